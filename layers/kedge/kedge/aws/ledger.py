"""The ledger in DynamoDB: state, incident, timeline and outbox in one transaction."""

from collections.abc import Iterable
from datetime import datetime

from kedge.aws.table import Table
from kedge.domain.decision import Decision, State
from kedge.domain.effect import Effect
from kedge.domain.run import Monitor
from kedge.domain.signal import Change
from kedge.domain.target import Target
from kedge.ledger.items import Story, case_key, incident_key, state_of, story_of, writes_of


class DynamoLedger:
    """A ledger that keeps its items in one table."""

    def __init__(self, table: Table) -> None:
        """`table` is where everything lies."""
        self._table = table

    def load(self, target: Target, monitor: Monitor | Change) -> tuple[State, int]:
        """What is known of a case, and the version to commit against (0 for a case never seen)."""
        item = self._table.get(case_key(target, monitor))
        return (State(), 0) if item is None else (state_of(item), item.version)

    def commit(
        self,
        decision: Decision,
        signal_id: str,
        target: Target,
        monitor: Monitor | Change,
        version: int,
        effects: Iterable[Effect],
        now: datetime,
    ) -> None:
        """Keep state, incident, timeline entry and outbox in one transaction.

        Raises Conflict where somebody else committed after `version` was loaded: also where that somebody was this
        caller, whose success got lost on its way back. Whoever reads again then finds the signal known.
        """
        writes = writes_of(decision, signal_id, case_key(target, monitor), version, tuple(effects), now)
        if len(writes) == 1:
            # A transaction costs double, and one write is all or nothing anyway.
            self._table.put(writes[0])
        else:
            self._table.put_all(writes)

    def story(self, incident_id: str) -> Story | None:
        """All that is remembered of an incident, or None."""
        return story_of(tuple(self._table.partition(incident_key(incident_id).pk)))
