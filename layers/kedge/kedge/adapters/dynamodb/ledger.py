"""The ledger in DynamoDB: state, incident, timeline, outbox and all that lies around in one transaction."""

from datetime import datetime
from typing import Final

from kedge.adapters.dynamodb.actions import register_of
from kedge.adapters.dynamodb.surroundings import surroundings
from kedge.adapters.dynamodb.table import Table
from kedge.domain.action import ActionRegister, Efficacy
from kedge.domain.context import ContextRequest
from kedge.domain.decision import CaseState
from kedge.domain.errors import Conflict
from kedge.domain.remedy import RemedyName
from kedge.domain.run import MeasuredRun, Monitor
from kedge.domain.signal import ChangeKind
from kedge.domain.silence import Silence
from kedge.domain.source_key import SourceCase
from kedge.domain.target import Target
from kedge.ledger.awaited import newest
from kedge.ledger.codec import Story, awaited_of, efficacies_in, measured_of, spoken_in, state_of, story_of
from kedge.ledger.items import ItemKind, Write, stamp
from kedge.ledger.keys import awaited_key, case_key, efficacies_of, incident_key, runs_of, spoken_of
from kedge.ledger.writes import write_of_silence, writes_of
from kedge.ports.storage import Commit, VersionedContext

_MOST_RUNS: Final = 1_500


class DynamoLedger:
    """A ledger that keeps its items in one table."""

    def __init__(self, table: Table) -> None:
        """`table` is where everything lies."""
        self._table = table

    def load(self, target: Target, monitor: Monitor | ChangeKind) -> tuple[CaseState, int]:
        """What is known of a case, and the version to commit against (0 for a case never seen)."""
        item = self._table.get(case_key(target, monitor))
        return (CaseState(), 0) if item is None else (state_of(item), item.version)

    def spoken(self, speaker: Target) -> tuple[SourceCase, ...]:
        """Where the word of a source lies, and of each of its parts; a Query."""
        return tuple(map(spoken_in, self._table.partition(spoken_of(speaker))))

    def surroundings(self, asks: ContextRequest) -> VersionedContext:
        """What lies around a case: the silences that were added, and what is asked for, all as it is now."""
        return surroundings(self._table, asks)

    def commit(self, commit: Commit) -> None:
        """Keep state, incident, timeline entry, outbox, errands, notices, paces, groups and inhibitions in one transaction.

        Raises Conflict where somebody else committed after something in it was loaded: also where that somebody was this
        caller, whose success got lost on its way back. Whoever reads again then finds the signal known.
        """
        match writes_of(commit):
            case (Write() as only,):
                # A transaction costs double, and one write is all or nothing anyway.
                self._table.put(only)
            case (Write() as case, Write() as run) if run.item.kind is ItemKind.RUN:
                # So do two writes. A run that no decision follows does no harm: it is written again, where it lies.
                self._table.put(run)
                self._table.put(case)
            case changes:
                self._table.change_all(changes)

    def keep_silence(self, silence: Silence) -> bool:
        """Keep a silence as it now is, over the one of the same id. False where that was changed later."""
        try:
            self._table.put(write_of_silence(silence))
        except Conflict:
            return False
        return True

    def cases(self, target: Target, monitors: tuple[Monitor, ...]) -> tuple[CaseState, ...]:
        """What is known of some cases of a target, by one BatchGetItem; of a case never seen, an empty state."""
        keys = [case_key(target, monitor) for monitor in monitors]
        found = {key: state_of(item) for key, item in self._table.get_all(keys).items()}
        return tuple(found.get(key, CaseState()) for key in keys)

    def measured(self, target: Target, monitor: Monitor, since: datetime) -> tuple[MeasuredRun, ...]:
        """The runs of a target's monitor that are kept with their values and ended since a moment, the oldest first; the newest 1,500 at most."""
        return tuple(map(measured_of, self._table.newest(runs_of(target, monitor), stamp(since), _MOST_RUNS)))

    def register(self, target: Target) -> ActionRegister:
        """What was done lately in a target's account and region, as it is now; empty where nothing ever was."""
        return register_of(self._table, target)[0]

    def efficacy(self, target: Target) -> dict[RemedyName, Efficacy]:
        """How well each remedy has worked for a target; those that were never tried are left out."""
        return efficacies_in(self._table.partition(efficacies_of(target)))

    def awaiting(self, names: tuple[str, ...]) -> dict[str, str]:
        """The digests of the actions that wait for what has these names, by name; a Query for each."""
        found = {name: newest(map(awaited_of, self._table.partition(awaited_key(name).pk))) for name in names}
        return {name: digest for name, digest in found.items() if digest is not None}

    def story(self, incident_id: str) -> Story | None:
        """All that is remembered of an incident, or None."""
        return story_of(tuple(self._table.partition(incident_key(incident_id).pk)))
