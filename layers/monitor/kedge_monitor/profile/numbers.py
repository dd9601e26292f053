"""The state of the numbers of a column, filled block by block. All of it but the sketch's items is exact or independent of order."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Final, override

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
    add_squares_of_parts,
    round_ratio,
    round_units,
)

MOST_VALUES: Final = 1000  # distinct numbers that are counted one by one


class ValueCounts(Mapping[float, int]):
    """How often each number occurs, as a mapping whose keys increase.

    Two arrays hold it, `numbers` and `counts`: most profiles never need the mapping itself, which is made at its first use.
    """

    def __init__(self, numbers: Floats, counts: Counts) -> None:
        """Take increasing numbers and their counts."""
        self.numbers = numbers
        self.counts = counts

    @override
    def __getitem__(self, number: float) -> int:
        return self._table[number]

    @override
    def __iter__(self) -> Iterator[float]:
        return iter(self._table)

    @override
    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def _table(self) -> dict[float, int]:
        return dict(zip(self.numbers.tolist(), self.counts.tolist(), strict=True))

    def join(self, other: "ValueCounts") -> "ValueCounts":
        """Return the counts of both."""
        if not len(self):
            return other
        numbers, place = np.unique(np.concatenate((self.numbers, other.numbers)), return_inverse=True)
        counts = np.zeros(len(numbers), np.int64)
        counts[place[: len(self)]] = self.counts
        counts[place[len(self) :]] += other.counts
        return ValueCounts(numbers, counts)


NO_VALUES: Final = ValueCounts(np.empty(0), np.zeros(0, np.int64))


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
        self.values: ValueCounts | None = NO_VALUES  # while there are at most MOST_VALUES
        self.distinct = HyperLogLog()  # of the values, once `values` is None
        self._waiting = np.empty(0)

    def add(self, parts: Sequence[Floats], ordered: Floats | None = None) -> None:
        """Add finite numbers in their order. A block that is not full waits, until `finish` at the latest.

        Args:
            parts: The numbers.
            ordered: The same numbers ascending, without negative zeros, if they are known and nothing waits: it spares sorting.
        """
        values = np.concatenate((self._waiting, *parts))
        if ordered is not None:
            self.sketch.add(values + 0.0)
            for start in range(0, len(ordered), BLOCK):
                block = ordered[start : start + BLOCK].copy()
                self.measure(block, add_squares_exactly(block))
            return
        whole = len(values) - len(values) % BLOCK
        for start in range(0, whole, BLOCK):
            block = self._sort(values[start : start + BLOCK])
            self.measure(block, add_squares_exactly(block))
        self._waiting = values[whole:].copy() if whole else values

    def finish(self) -> None:
        """Add what waits."""
        finish_all([self])

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
        if other.values is not None:
            self._count_values(other.values)
        else:
            self._stop_counting()
            self.distinct.merge(other.distinct)

    def moments(self, exact: int) -> tuple[float, float, float]:
        """Return the correctly rounded sum, mean and sum of squared deviations from the exact mean; 0.0 without values.

        Args:
            exact: the result of `exact_sum`.
        """
        n = self.count
        if not n:
            return 0.0, 0.0, 0.0
        deviations = n * (self.squares << -UNIT) - exact**2
        return round_units(exact), round_ratio(exact, n << -UNIT), round_ratio(deviations, n << -2 * UNIT)

    def sketch_distinct(self) -> HyperLogLog:
        """Return a sketch of the distinct numbers."""
        sketch = self.distinct.copy()
        if self.values is not None:
            sketch.add_numbers(self.values.numbers)
        return sketch

    def exact_sum(self) -> int:
        """Return the exact sum in units of 2^UNIT."""
        return self.sum if self.edges is None else self.bin_sums.total()

    def take_waiting(self) -> Floats:
        """Add what waits to the sketch, and return it in ascending order for `measure`."""
        waiting, self._waiting = self._waiting, np.empty(0)
        return self._sort(waiting)

    def _sort(self, block: Floats) -> Floats:
        """Add a block to the sketch, and return it in ascending order. It is overwritten."""
        block += 0.0  # -0.0 becomes 0.0
        self.sketch.add(block)
        block.sort()
        return block

    def measure(self, values: Floats, squares: int) -> None:
        """Add ascending values, which are overwritten, and the sum of their squares to all but the sketch."""
        self.count += len(values)
        self.minimum = min(self.minimum, float(values[0]))
        self.maximum = max(self.maximum, float(values[-1]))
        self._count_distinct(values)
        self.squares += squares
        if self.edges is None:
            self.sum += add_exactly(values)
            return
        bounds = np.empty(len(self.edges) + 2, np.int64)
        bounds[0], bounds[-1] = 0, len(values)
        bounds[1:-1] = np.searchsorted(values, self.edges, side="right")
        self.bin_counts += bounds[1:] - bounds[:-1]
        self.bin_sums.add_sorted(values, bounds)

    def _count_distinct(self, ordered: Floats) -> None:
        changes = ordered[1:] != ordered[:-1]
        many = int(np.count_nonzero(changes)) + 1
        if self.values is not None and many <= MOST_VALUES:
            bounds = np.concatenate(([0], changes.nonzero()[0] + 1, [len(ordered)]))
            self._count_values(ValueCounts(ordered[bounds[:-1]], bounds[1:] - bounds[:-1]))
            return
        self._stop_counting()
        self.distinct.add_numbers(ordered if many == len(ordered) else ordered[np.append(changes, True)])

    def _count_values(self, found: ValueCounts) -> None:
        if self.values is None:
            self.distinct.add_numbers(found.numbers)
            return
        self.values = self.values.join(found)
        if len(self.values) > MOST_VALUES:
            self._stop_counting()

    def _stop_counting(self) -> None:
        if self.values is not None:
            self.distinct.add_numbers(self.values.numbers)
            self.values = None


def finish_all(states: Iterable[NumberState]) -> None:
    """Add what waits in some states. Their squares are added together: for few values, most of the time is that of the calls."""
    waiting = [(state, block) for state in states if len(block := state.take_waiting())]
    while waiting:
        count = bisect_right(list(accumulate(len(block) for _, block in waiting)), BLOCK)  # what fits into one block
        group, waiting = waiting[:count], waiting[count:]
        begins = np.cumsum([0, *(len(block) for _, block in group[:-1])])
        sums = add_squares_of_parts(np.concatenate([block for _, block in group]), begins)
        for (state, block), squares in zip(group, sums, strict=True):
            state.measure(block, squares)
