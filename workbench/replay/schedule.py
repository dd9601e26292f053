"""Due times in order, although most are postponed before they come."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count


class Schedule[Thing]:
    """Things with a moment each.

    Only the newest moment of a thing counts; older ones are dropped when their time comes.
    """

    def __init__(self, moment_of: Callable[[Thing], datetime | None]) -> None:
        """Start empty. `moment_of` returns when a thing is due by the current state, None if it is not due."""
        self._moment_of = moment_of
        self._heap: list[tuple[datetime, int, Thing]] = []
        self._turns = count()

    def add(self, at: datetime, thing: Thing) -> None:
        """Add the moment of a thing that is new or has changed."""
        heapq.heappush(self._heap, (at, next(self._turns), thing))

    def next(self) -> datetime | None:
        """Return when the first thing is due, or None."""
        while self._heap and self._moment_of(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def until(self, now: datetime, most: int | None = None) -> list[tuple[datetime, Thing]]:
        """Return the things that are due by now, in order, at most `most`. Each stays due until its moment changes."""
        found: dict[Thing, tuple[datetime, int, Thing]] = {}
        while (first := self.next()) is not None and first <= now and (most is None or len(found) < most):
            entry = heapq.heappop(self._heap)
            found.setdefault(entry[2], entry)
        for entry in found.values():
            heapq.heappush(self._heap, entry)
        return [(at, thing) for at, _, thing in found.values()]
