"""Actions in memory for concurrent callers. They pass the same contract as the table's adapter: tests/contracts."""

from kedge.ports.actions import ActionCommit
from tests.fakes.ledger import MemoryLedger
from workbench.replay.actions import MemoryActions as ReplayActions


class MemoryActions(ReplayActions):
    """The store of plans under way. If two steps come at once, one is kept first."""

    def __init__(self, ledger: MemoryLedger) -> None:
        super().__init__(ledger)
        self._lock = ledger.lock

    def keep(self, step: ActionCommit) -> None:
        with self._lock:
            super().keep(step)
