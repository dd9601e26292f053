"""The state of the numbers of a column, filled block by block. All of it but the sketch's items is exact or independent of order."""

from typing import Final

import numpy as np

from kedge_monitor.batch import Counts, Floats
from kedge_monitor.profile.distinct import HyperLogLog
from kedge_monitor.profile.kll import KllSketch
from kedge_monitor.profile.sums import (
    BLOCK,
    UNIT,
    BinSums,
    add_exactly,
    add_squares_exactly,
    round_ratio,
    round_units,
)

MOST_VALUES: Final = 1000  # distinct numbers that are counted one by one


class NumberState:
    """Everything that is kept of the finite numbers of a column."""

    def __init__(self, edges: Floats | None) -> None:
        self.count = 0
        self.minimum = np.inf
        self.maximum = -np.inf
        self.sum = 0  # exact, in units of 2^UNIT; with edges the bins have it
        self.squares = 0  # exact, in units of 2^UNIT
        self.sketch = KllSketch()
        self.edges = edges
        self.bin_counts: Counts = np.zeros(0 if edges is None else len(edges) + 1, np.int64)
        self.bin_sums = BinSums(len(self.bin_counts))
        self.counts: dict[float, int] | None = {}  # of each value, while there are at most MOST_VALUES
        self.distinct = HyperLogLog()  # of the values, once `counts` is None
        self._waiting: list[Floats] = []
        self._waiting_size = 0

    def add(self, values: Floats) -> None:
        """Add finite numbers in their order. Small pieces wait until they fill a block, or until `finish`."""
        if self._waiting_size + len(values) < BLOCK:
            if len(values):
                self._waiting.append(values)
                self._waiting_size += len(values)
            return
        position = BLOCK - self._waiting_size if self._waiting else 0
        if position:
            self._waiting.append(values[:position])
            self.finish()
        while len(values) - position >= BLOCK:
            self._add_block(values[position : position + BLOCK])
            position += BLOCK
        if position < len(values):
            self._waiting = [values[position:]]
            self._waiting_size = len(values) - position

    def finish(self) -> None:
        """Add what waits."""
        if self._waiting:
            block = np.concatenate(self._waiting)
            self._waiting, self._waiting_size = [], 0
            self._add_block(block)

    def merge(self, other: "NumberState") -> None:
        """Add another state with the same edges."""
        self.finish()
        other.finish()
        self.count += other.count
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        self.sum += other.sum
        self.squares += other.squares
        self.sketch.merge(other.sketch)
        self.bin_counts += other.bin_counts
        self.bin_sums.merge(other.bin_sums)
        if other.counts is not None:
            self._count_values(list(other.counts), list(other.counts.values()))
        else:
            self._stop_counting()
            self.distinct.merge(other.distinct)

    def mean(self) -> float:
        """Return the correctly rounded mean, 0.0 without values."""
        return round_ratio(self.exact_sum(), self.count << -UNIT) if self.count else 0.0

    def m2(self) -> float:
        """Return the correctly rounded sum of squared deviations from the exact mean."""
        if not self.count:
            return 0.0
        exact = self.count * (self.squares << -UNIT) - self.exact_sum() ** 2
        return round_ratio(exact, self.count << -2 * UNIT)

    def total(self) -> float:
        """Return the correctly rounded sum."""
        return round_units(self.exact_sum())

    def sketch_distinct(self) -> HyperLogLog:
        """Return a sketch of the distinct numbers."""
        sketch = self.distinct.copy()
        if self.counts:
            sketch.add_numbers(np.array(list(self.counts)))
        return sketch

    def exact_sum(self) -> int:
        """Return the exact sum in units of 2^UNIT."""
        return self.sum if self.edges is None else self.bin_sums.total()

    def _add_block(self, block: Floats) -> None:
        values = block + 0.0  # -0.0 becomes 0.0
        self.sketch.add(values)
        values.sort()
        self.count += len(values)
        self.minimum = min(self.minimum, float(values[0]))
        self.maximum = max(self.maximum, float(values[-1]))
        self._count_distinct(values)
        self.squares += add_squares_exactly(values)
        if self.edges is None:
            self.sum += add_exactly(values)
            return
        bounds = np.empty(len(self.edges) + 2, np.int64)
        bounds[0], bounds[-1] = 0, len(values)
        bounds[1:-1] = np.searchsorted(values, self.edges, side="right")
        self.bin_counts += np.diff(bounds)
        self.bin_sums.add_sorted(values, bounds)

    def _count_distinct(self, ordered: Floats) -> None:
        first = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
        values = ordered[np.concatenate(([0], first))]
        if self.counts is not None and len(values) <= MOST_VALUES:
            self._count_values(values.tolist(), np.diff(first, prepend=0, append=len(ordered)).tolist())
            return
        self._stop_counting()
        self.distinct.add_numbers(values)

    def _count_values(self, values: list[float], counts: list[int]) -> None:
        if self.counts is None:
            self.distinct.add_numbers(np.array(values))
            return
        for value, count in zip(values, counts, strict=True):
            self.counts[value] = self.counts.get(value, 0) + count
        if len(self.counts) > MOST_VALUES:
            self._stop_counting()

    def _stop_counting(self) -> None:
        if self.counts is not None:
            self.distinct.add_numbers(np.array(list(self.counts)))
            self.counts = None
