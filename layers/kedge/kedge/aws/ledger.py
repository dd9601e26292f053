"""The ledger in DynamoDB: state, incident, timeline, outbox and all that lies around in one transaction."""

from kedge.aws.surroundings import surroundings
from kedge.aws.table import Table
from kedge.domain.around import Asks
from kedge.domain.decision import State
from kedge.domain.run import Monitor
from kedge.domain.signal import Change
from kedge.domain.silence import Silence
from kedge.domain.target import Target
from kedge.errors import Conflict
from kedge.ledger.items import Write
from kedge.ledger.keys import case_key, incident_key
from kedge.ledger.puts import write_of_silence
from kedge.ledger.reading import Story, state_of, story_of
from kedge.ledger.writes import writes_of
from kedge.ports import Commit, Surroundings


class DynamoLedger:
    """A ledger that keeps its items in one table."""

    def __init__(self, table: Table) -> None:
        """`table` is where everything lies."""
        self._table = table

    def load(self, target: Target, monitor: Monitor | Change) -> tuple[State, int]:
        """What is known of a case, and the version to commit against (0 for a case never seen)."""
        item = self._table.get(case_key(target, monitor))
        return (State(), 0) if item is None else (state_of(item), item.version)

    def surroundings(self, asks: Asks) -> Surroundings:
        """What lies around a case: the silences that were added, and what is asked for, all as it is now."""
        return surroundings(self._table, asks)

    def commit(self, commit: Commit) -> None:
        """Keep state, incident, timeline entry, outbox, notices, paces, groups and inhibitions in one transaction.

        Raises Conflict where somebody else committed after something in it was loaded: also where that somebody was this
        caller, whose success got lost on its way back. Whoever reads again then finds the signal known.
        """
        match writes_of(commit):
            case (Write() as only,):
                # A transaction costs double, and one write is all or nothing anyway.
                self._table.put(only)
            case changes:
                self._table.change_all(changes)

    def keep_silence(self, silence: Silence) -> bool:
        """Keep a silence as it now is, over the one of the same id. False where that was changed later."""
        try:
            self._table.put(write_of_silence(silence))
        except Conflict:
            return False
        return True

    def story(self, incident_id: str) -> Story | None:
        """All that is remembered of an incident, or None."""
        return story_of(tuple(self._table.partition(incident_key(incident_id).pk)))
