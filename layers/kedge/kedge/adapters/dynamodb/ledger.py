"""The ledger in DynamoDB: one transaction writes state, incident, timeline, outbox and everything around them."""

from datetime import datetime
from typing import Final

from kedge.adapters.dynamodb.actions import register_of
from kedge.adapters.dynamodb.context import load_context
from kedge.adapters.dynamodb.table import Table
from kedge.domain.action import ActionRegister, Efficacy
from kedge.domain.context import ContextRequest
from kedge.domain.decision import CaseState
from kedge.domain.errors import Conflict
from kedge.domain.remedy import RemedyName
from kedge.domain.run import MeasuredRun, Monitor
from kedge.domain.signal import ChangeKind
from kedge.domain.silence import Silence
from kedge.domain.source_case import SourceCase
from kedge.domain.target import Target
from kedge.ledger.codec import IncidentHistory, awaited_of, efficacies_in, measured_of, spoken_in, state_of, story_of
from kedge.ledger.items import ItemKind, Write, newest, stamp
from kedge.ledger.keys import awaited_key, case_key, efficacies_of, incident_key, runs_of, spoken_of
from kedge.ledger.writes import write_of_silence, writes_of
from kedge.ports.storage import Commit, VersionedContext

_MOST_RUNS: Final = 1_500


class DynamoLedger:
    """A ledger that keeps its items in one table."""

    def __init__(self, table: Table) -> None:
        """Keep `table`, which holds all items."""
        self._table = table

    def load(self, target: Target, monitor: Monitor | ChangeKind) -> tuple[CaseState, int]:
        """Return the state of a case and the version to commit against (0 for a new case)."""
        item = self._table.get(case_key(target, monitor))
        return (CaseState(), 0) if item is None else (state_of(item), item.version)

    def spoken(self, source_target: Target) -> tuple[SourceCase, ...]:
        """Return the cases that a source and each of its parts report on, by one Query."""
        return tuple(map(spoken_in, self._table.partition(spoken_of(source_target))))

    def load_context(self, asks: ContextRequest) -> VersionedContext:
        """Return the current context of a case: the silences and everything that `asks` names."""
        return load_context(self._table, asks)

    def commit(self, commit: Commit) -> None:
        """Write state, incident, timeline entry, outbox, workflow requests, notices, paces, groups and inhibitions.

        All of it is one transaction.

        Raises:
            Conflict: another worker committed after something in it was loaded. It can also be this caller, if its
                success was lost on the way back; then a new read finds the signal known.
        """
        match writes_of(commit):
            case (Write() as only,):
                # A transaction costs double, and a single write is atomic anyway.
                self._table.put(only)
            case (Write() as case, Write() as run) if run.item.kind is ItemKind.RUN:
                # Two writes need no transaction here either. A run without a decision does no harm: it is written again
                # in the same place.
                self._table.put(run)
                self._table.put(case)
            case changes:
                self._table.change_all(changes)

    def keep_silence(self, silence: Silence) -> bool:
        """Write the current silence over the one with the same id; return False if that one was changed later."""
        try:
            self._table.put(write_of_silence(silence))
        except Conflict:
            return False
        return True

    def cases(self, target: Target, monitors: tuple[Monitor, ...]) -> tuple[CaseState, ...]:
        """Return the states of some cases of a target, by one BatchGetItem; an empty state for a new case."""
        keys = [case_key(target, monitor) for monitor in monitors]
        found = {key: state_of(item) for key, item in self._table.get_all(keys).items()}
        return tuple(found.get(key, CaseState()) for key in keys)

    def measured(self, target: Target, monitor: Monitor, since: datetime) -> tuple[MeasuredRun, ...]:
        """Return the newest runs of a monitor with values that ended since a moment, the oldest first.

        It returns at most 1,500 runs.
        """
        return tuple(map(measured_of, self._table.newest(runs_of(target, monitor), stamp(since), _MOST_RUNS)))

    def register(self, target: Target) -> ActionRegister:
        """Return the recent actions in a target's account and Region, read consistently; empty if there were none."""
        return register_of(self._table, target)[0]

    def efficacy(self, target: Target) -> dict[RemedyName, Efficacy]:
        """Return how well each remedy has worked for a target, without those never tried."""
        return efficacies_in(self._table.partition(efficacies_of(target)))

    def awaiting(self, names: tuple[str, ...]) -> dict[str, str]:
        """Return the digests of the actions that wait for these names, by name. It takes one Query per name."""
        found = {name: newest(map(awaited_of, self._table.partition(awaited_key(name).pk))) for name in names}
        return {name: digest for name, digest in found.items() if digest is not None}

    def story(self, incident_id: str) -> IncidentHistory | None:
        """Return everything that is stored about an incident, or None."""
        return story_of(tuple(self._table.partition(incident_key(incident_id).pk)))
