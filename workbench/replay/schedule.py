"""What is due when, found in the order of time though most of it is put off before its time comes."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count


class Schedule[Thing]:
    """Things with a moment each. Only the newest moment of a thing counts; older ones are dropped when they come up."""

    def __init__(self, moment_of: Callable[[Thing], datetime | None]) -> None:
        """`moment_of` tells when a thing is due as things stand now, None for what is not due at all."""
        self._moment_of = moment_of
        self._heap: list[tuple[datetime, int, Thing]] = []
        self._turns = count()

    def add(self, at: datetime, thing: Thing) -> None:
        """Note the moment of a thing, when it is new or another than before."""
        heapq.heappush(self._heap, (at, next(self._turns), thing))

    def next(self) -> datetime | None:
        """When the first thing is due, or None."""
        while self._heap and self._moment_of(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def until(self, now: datetime, most: int | None = None) -> list[tuple[datetime, Thing]]:
        """What is due by now, in order, at most so many. It stays due until its moment changes."""
        found: dict[Thing, tuple[datetime, int, Thing]] = {}
        while (first := self.next()) is not None and first <= now and (most is None or len(found) < most):
            entry = heapq.heappop(self._heap)
            found.setdefault(entry[2], entry)
        for entry in found.values():
            heapq.heappush(self._heap, entry)
        return [(at, thing) for at, _, thing in found.values()]
