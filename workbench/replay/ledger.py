"""A ledger in memory, for as long as a replay lasts."""

from collections.abc import Iterable
from datetime import datetime

from kedge.domain.decision import Decision, State
from kedge.domain.effect import Effect
from kedge.domain.run import Monitor
from kedge.domain.signal import Change
from kedge.domain.target import Target
from kedge.errors import Conflict


class MemoryLedger:
    """Keeps the state of every case, and nothing else: a replay prints its timeline instead of keeping it."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._cases: dict[tuple[Target, Monitor | Change], tuple[State, int]] = {}

    def load(self, target: Target, monitor: Monitor | Change) -> tuple[State, int]:
        """What is known of a case, and its version (0 for a case never seen)."""
        return self._cases.get((target, monitor), (State(), 0))

    def commit(
        self,
        decision: Decision,
        signal_id: str,  # noqa: ARG002  part of the port
        target: Target,
        monitor: Monitor | Change,
        version: int,
        effects: Iterable[Effect],  # noqa: ARG002  printed from the decision
        now: datetime,  # noqa: ARG002  part of the port
    ) -> None:
        """Keep the new state. Raises Conflict where `version` is not the newest."""
        _, newest = self.load(target, monitor)
        if version != newest:
            raise Conflict(f"{target} {monitor} is at version {newest}, not {version}")
        self._cases[target, monitor] = (decision.state, newest + 1)
