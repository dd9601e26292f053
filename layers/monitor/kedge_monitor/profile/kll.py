"""The quantile sketch of deequ, which Model Monitor writes into statistics.json: the same items to the last digit.

The sketch is that of Karnin, Lang and Liberty 2016, with the rules of QuantileNonSample.scala and NonSampleCompactor.scala of
deequ 2.0.2. They use no random numbers: the same values in the same order give the same sketch.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from kedge_monitor.batch import Counts, Floats

SKETCH_SIZE: Final = 2048
SHRINKING_FACTOR: Final = 0.64
BUCKETS: Final = 10


def find_capacity(level: int) -> int:
    """Return the least number of items that makes a level compactable: deequ's `capacity`."""
    return 2 * (math.ceil(SKETCH_SIZE * SHRINKING_FACTOR**level / 2) + 1)


_CAPACITIES: Final = tuple(find_capacity(level) for level in range(64))
_TOTALS: Final = tuple(sum(_CAPACITIES[: levels + 1]) for levels in range(64))


class KllSketch:
    """A summary of many numbers that gives ranks and quantiles. An item of level h stands for 2^h values.

    The sketch depends on the order of the values and on how parts were merged; its weights always add up to the number of values.
    """

    def __init__(self) -> None:
        self._pieces: list[list[Floats]] = [[]]  # of each level, to be joined when needed
        self._sizes = [0]
        self._compactions = [0]

    @classmethod
    def from_levels(cls, levels: Sequence[Floats], compactions: Sequence[int] = ()) -> Self:
        """Return the sketch with these items, as `sketch.data` of statistics.json lists them.

        Args:
            levels: The items of each level, the lightest first.
            compactions: How often each level was compacted. A file does not have it; it only decides which items further values keep.
        """
        sketch = cls()
        if levels:
            sketch._pieces = [[np.array(items, np.float64)] for items in levels]
            sketch._sizes = [len(items) for items in levels]
            sketch._compactions = [*compactions, *[0] * len(levels)][: len(levels)]
        return sketch

    @property
    def levels(self) -> list[Floats]:
        """Return the items of each level in deequ's order: level 0 in order of arrival."""
        for pieces in self._pieces:
            if len(pieces) != 1:
                pieces[:] = [np.concatenate(pieces) if pieces else np.empty(0)]
        return [pieces[0] for pieces in self._pieces]

    @property
    def compactions(self) -> list[int]:
        """Return how often each level was compacted."""
        return list(self._compactions)

    @property
    def total(self) -> int:
        """Return the number of values: the sum of the weights."""
        return sum(size << h for h, size in enumerate(self._sizes))

    def add(self, values: Floats) -> None:
        """Add finite values in their order; the result is that of adding them one by one."""
        # Level 0 is always what was read last: one slice of `data`, from `start` to `position`.
        data = np.concatenate((*self._pieces[0], values))
        sizes = self._sizes
        start, position, end = 0, sizes[0], len(data)
        while (room := max(_TOTALS[len(sizes) - 1] + 1 - sum(sizes), 1)) <= end - position:
            position += room
            sizes[0] += room
            if sizes[0] < _CAPACITIES[0]:
                level = self._find_full()
                self._compact(level, np.concatenate(self._pieces[level]))
            else:
                self._compact(0, data[start:position].copy())
                start = position - sizes[0]
        self._pieces[0] = [data[start:].copy()]
        sizes[0] = len(data) - start

    def merge(self, other: "KllSketch") -> None:
        """Add the items of another sketch, as deequ merges: concatenate the levels, then condense."""
        for level, items in enumerate(other.levels):
            if level == len(self._sizes):
                self._extend()
            if len(items):
                self._pieces[level].append(items)
                self._sizes[level] += len(items)
        while sum(self._sizes) >= _TOTALS[len(self._sizes) - 1]:
            level = self._find_full()
            self._compact(level, np.concatenate(self._pieces[level]))

    def weighted(self) -> tuple[Floats, Counts]:
        """Return all items in ascending order and their weights."""
        levels = self.levels
        items = np.concatenate(levels)
        weights = np.repeat(np.left_shift(1, np.arange(len(levels), dtype=np.int64)), [len(level) for level in levels])
        order = np.argsort(items, kind="stable")
        return items[order], weights[order]

    def rank(self, x: float, *, inclusive: bool) -> int:
        """Return the estimated number of values <= x, or < x if not inclusive: deequ's getRank and getRankExclusive."""
        compare = np.less_equal if inclusive else np.less
        return sum(int(np.count_nonzero(compare(items, x))) << h for h, items in enumerate(self.levels))

    def _find_full(self) -> int:
        """Return the lowest level that can be compacted. There is one if the items are as many as the capacities."""
        level = 0
        while self._sizes[level] < _CAPACITIES[level]:
            level += 1
        return level

    def _compact(self, level: int, items: Floats) -> None:
        """Move every second item of a level up, in ascending order; an odd last one stays. `items` are overwritten."""
        if level + 1 == len(self._sizes):
            self._extend()
        self._compactions[level] += 1
        size = len(items)
        self._sizes[level] = size % 2
        self._sizes[level + 1] += size // 2
        self._pieces[level] = []
        if size % 2:
            self._pieces[level] = [items[-1:].copy()]
            items = items[:-1]
        items.sort()
        # deequ flips the offset before the 2nd, 4th, ... compaction of a level.
        self._pieces[level + 1].append(items[self._compactions[level] // 2 % 2 :: 2])

    def _extend(self) -> None:
        self._pieces.append([])
        self._sizes.append(0)
        self._compactions.append(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One of the ten buckets of a number column in statistics.json. `count` is estimated by the sketch."""

    lower: float
    upper: float
    count: int


def divide_range(sketch: KllSketch, minimum: float, maximum: float) -> tuple[Bucket, ...]:
    """Return deequ's ten buckets of equal width: counts from the sketch's ranks, which add up to the number of values.

    Args:
        sketch: The values' sketch.
        minimum: The least value.
        maximum: The greatest value. If it equals the minimum, the last bucket holds everything.

    Source: KLLSketch.scala of deequ (`computeMetricFrom`).
    """
    width = maximum - minimum
    bounds = [minimum + width * i / BUCKETS for i in range(BUCKETS + 1)]
    if not math.isfinite(bounds[-1]):  # the range or ten times the range is beyond float64
        bounds = [minimum * ((BUCKETS - i) / BUCKETS) + maximum * (i / BUCKETS) for i in range(BUCKETS + 1)]
    ranks = [sketch.rank(bound, inclusive=False) for bound in bounds[:-1]]
    ranks.append(sketch.rank(bounds[-1], inclusive=True))
    return tuple(Bucket(lower=bounds[i], upper=bounds[i + 1], count=ranks[i + 1] - ranks[i]) for i in range(BUCKETS))
