"""Actions in memory for many at once. They pass the contract that the table's adapter passes: tests/contracts."""

from kedge.ports.actions import ActionCommit
from tests.fakes.ledger import MemoryLedger
from workbench.replay.actions import MemoryActions as ReplayActions


class MemoryActions(ReplayActions):
    """What was kept of plans under way; of two steps at once, one is kept first."""

    def __init__(self, ledger: MemoryLedger) -> None:
        super().__init__(ledger)
        self._lock = ledger.lock

    def keep(self, step: ActionCommit) -> None:
        with self._lock:
            super().keep(step)
