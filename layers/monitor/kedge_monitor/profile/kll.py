"""The quantile sketch of deequ, which Model Monitor writes into statistics.json: the same items to the last digit.

After Karnin, Lang and Liberty 2016; the rules are those of QuantileNonSample.scala and NonSampleCompactor.scala of deequ 2.0.2,
which use no random numbers: the same values in the same order give the same sketch.
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

_EMPTY: Final = np.empty(0)


def find_capacity(level: int) -> int:
    """Return the number of items from which a level can be compacted: deequ's `capacity`."""
    return 2 * (math.ceil(SKETCH_SIZE * SHRINKING_FACTOR**level / 2) + 1)


_CAPACITIES: Final = tuple(find_capacity(level) for level in range(64))
_TOTALS: Final = tuple(sum(_CAPACITIES[: levels + 1]) for levels in range(64))


class _Level:
    """Items of one weight as a list of pieces, and how often they were compacted."""

    __slots__ = ("compactions", "pieces", "size")

    def __init__(self, items: Floats = _EMPTY, compactions: int = 0) -> None:
        self.pieces = [items] if len(items) else []
        self.size = len(items)
        self.compactions = compactions

    def append(self, items: Floats) -> None:
        self.pieces.append(items)
        self.size += len(items)

    def join(self) -> Floats:
        if len(self.pieces) != 1:
            self.pieces = [np.concatenate(self.pieces) if self.pieces else _EMPTY]
        return self.pieces[0]

    def compact(self) -> Floats:
        """Remove the items but for an odd last one, and return every second of them in ascending order."""
        items = self.join()
        even = self.size - self.size % 2
        ordered = np.sort(items[:even])
        self.pieces = [items[even:]] if self.size % 2 else []
        self.size %= 2
        self.compactions += 1
        return ordered[self.compactions // 2 % 2 :: 2]


class KllSketch:
    """A summary of many numbers that gives ranks and quantiles. An item of level h stands for 2^h values.

    The sketch depends on the order of the values and on how parts were merged; its weights always add up to the number of values.
    """

    def __init__(self) -> None:
        self._levels = [_Level()]
        self._items = 0

    @classmethod
    def from_levels(cls, levels: Sequence[Floats], compactions: Sequence[int] = ()) -> Self:
        """Return the sketch with these items, as `sketch.data` of statistics.json lists them.

        Args:
            levels: The items of each level, the lightest first.
            compactions: How often each level was compacted. A file does not tell it; it only decides which items further values keep.
        """
        sketch = cls()
        known = [*compactions, *[0] * len(levels)]
        arrays = [np.array(items, np.float64) for items in levels] or [_EMPTY]
        sketch._levels = [_Level(items, known[h]) for h, items in enumerate(arrays)]
        sketch._items = sum(level.size for level in sketch._levels)
        return sketch

    @property
    def levels(self) -> list[Floats]:
        """Return the items of each level in deequ's order: level 0 in order of arrival."""
        return [level.join() for level in self._levels]

    @property
    def compactions(self) -> list[int]:
        """Return how often each level was compacted."""
        return [level.compactions for level in self._levels]

    @property
    def total(self) -> int:
        """Return the number of values: the sum of the weights."""
        return sum(level.size << h for h, level in enumerate(self._levels))

    def add(self, values: Floats) -> None:
        """Add finite values in their order; the result is that of adding them one by one."""
        position, count = 0, len(values)
        while position < count:
            room = _TOTALS[len(self._levels) - 1] + 1 - self._items
            piece = values[position : position + room]
            self._levels[0].append(piece)
            self._items += len(piece)
            position += len(piece)
            if len(piece) == room:
                self._condense()
        first = self._levels[0]
        first.pieces = [np.concatenate(first.pieces)] if first.pieces else []  # no view keeps the caller's array alive

    def merge(self, other: "KllSketch") -> None:
        """Add the items of another sketch, as deequ merges: concatenate the levels, then condense."""
        incoming = other.levels
        while len(self._levels) < len(incoming):
            self._levels.append(_Level())
        for level, items in zip(self._levels, incoming, strict=False):
            if len(items):
                level.append(items)
        self._items += sum(len(items) for items in incoming)
        while self._items >= _TOTALS[len(self._levels) - 1]:
            self._condense()

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

    def _condense(self) -> None:
        """Compact the lowest level that is full, and only that one."""
        for h, level in enumerate(self._levels):
            if level.size >= _CAPACITIES[h]:
                if h + 1 == len(self._levels):
                    self._levels.append(_Level())
                kept = level.compact()
                self._levels[h + 1].append(kept)
                self._items = sum(level.size for level in self._levels)
                return


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
