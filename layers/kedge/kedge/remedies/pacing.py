"""Tells the workflow how long to wait before it looks again."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from kedge.remediation.waits import pauses
from kedge.remedies.moving import Moves

_GOES_ON: Final = frozenset({"later", "acted", "pending"})
"""Outcomes after which the workflow waits."""


class Pacing:
    """Adds to the outcome of a step what the workflow needs for its next wait."""

    def __init__(self, moves: Moves, clock: Callable[[], datetime]) -> None:
        """`moves` knows how long an action has waited already."""
        self._moves = moves
        self._clock = clock

    def paced(self, digest: str, outcome: dict[str, object]) -> dict[str, object]:
        """Return an outcome with `wait` and `pause`, in seconds, if the workflow waits after it. Raises Transient, Permanent."""
        if outcome["outcome"] not in _GOES_ON:
            return outcome
        found = pauses(self._moves.load(digest).action, self._clock())
        return outcome | {"wait": found.wait, "pause": found.pause}
