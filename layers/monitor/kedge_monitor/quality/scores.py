"""Probabilities of a window in bounded memory: exact up to a number of records, then counts over fixed bins. Mergeable."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kedge_monitor.batch import Counts, Floats

EXACT: Final = 2**20
"""The number of probabilities that are kept as they are: 8 MB."""
BINS: Final = 2**16
"""Bins of equal width over [0, 1] above this number: a probability moves by at most 2^-17 = 7.6e-6."""


class ScoreCounts:
    """Probabilities between 0 and 1, in any order. The state depends on the values only, not on how they were split.

    At most `exact` values are kept. Above that the state is the number of values in each of BINS bins, and `weighted`
    gives the middle of each bin.
    """

    def __init__(self, exact: int = EXACT) -> None:
        self.exact = exact
        self.parts: list[Floats] = []
        self.kept = 0
        self.bins: Counts | None = None

    @property
    def binned(self) -> bool:
        """Return whether values were rounded to bins."""
        return self.bins is not None

    @property
    def count(self) -> int:
        """Return the number of values."""
        return self.kept if self.bins is None else int(self.bins.sum())

    def add(self, values: Floats) -> None:
        """Add probabilities. Shape (n,), each between 0 and 1; the caller has checked them."""
        if self.bins is None and self.kept + values.size <= self.exact:
            self.parts.append(np.array(values, np.float64))
            self.kept += values.size
            return
        self.to_bins()
        self._count(values)

    def merge(self, other: "ScoreCounts") -> None:
        """Add the values of another state."""
        if other.bins is None:
            for part in other.parts:
                self.add(part)
            return
        self.to_bins()
        self.bins = other.bins.copy() if self.bins is None else self.bins + other.bins

    def to_bins(self) -> None:
        """Round the values that were kept to bins."""
        if self.bins is None:
            self.bins = np.zeros(BINS, np.int64)
            parts, self.parts, self.kept = self.parts, [], 0
            for part in parts:
                self._count(part)

    def weighted(self) -> tuple[Floats, Counts]:
        """Return the distinct values, increasing, and how many records have each."""
        if self.bins is not None:
            used = np.flatnonzero(self.bins)
            return (used + 0.5) / BINS, self.bins[used]
        values, counts = np.unique(self.sorted(), return_counts=True)
        return values, counts.astype(np.int64)

    def sorted(self) -> Floats:
        """Return the kept values in increasing order; only of a state without bins."""
        values = np.concatenate(self.parts) if self.parts else np.empty(0)
        values.sort()
        self.parts = [values]
        return values

    def _count(self, values: Floats) -> None:
        places = np.minimum((values * BINS).astype(np.int64), BINS - 1)
        counted = np.bincount(places, minlength=BINS).astype(np.int64)
        self.bins = counted if self.bins is None else self.bins + counted


class LabelledScores:
    """Probabilities of the records with the positive label and of the others. Mergeable, bounded as ScoreCounts."""

    def __init__(self, exact: int = EXACT) -> None:
        self.positive = ScoreCounts(exact)
        self.negative = ScoreCounts(exact)
        self._exact = exact

    @property
    def binned(self) -> bool:
        """Return whether values were rounded to bins."""
        return self.positive.binned

    def add(self, scores: Floats, is_positive: NDArray[np.bool_]) -> None:
        """Add probabilities and whether each record has the positive label. Both of shape (n,)."""
        self.positive.add(scores[is_positive])
        self.negative.add(scores[~is_positive])
        self._align()

    def merge(self, other: "LabelledScores") -> None:
        """Add the values of another state."""
        self.positive.merge(other.positive)
        self.negative.merge(other.negative)
        self._align()

    def cells(self) -> tuple[Floats, Counts, Counts]:
        """Return the distinct probabilities, increasing, and how many positive and negative records have each."""
        if self.binned:
            (values, positive), (others, negative) = self.positive.weighted(), self.negative.weighted()
            union = np.union1d(values, others)
            return union, _spread_over(union, values, positive), _spread_over(union, others, negative)
        positives, negatives = self.positive.sorted(), self.negative.sorted()
        union = np.concatenate([positives, negatives])
        union.sort()
        if union.size:
            union = union[np.concatenate([[True], union[1:] != union[:-1]])]
        return union, _counts_at(positives, union), _counts_at(negatives, union)

    def _align(self) -> None:
        # The bound is of both together, so that the state follows from the number of records alone.
        if self.binned or self.negative.binned or self.positive.count + self.negative.count > self._exact:
            self.positive.to_bins()
            self.negative.to_bins()


def _counts_at(ordered: Floats, values: Floats) -> Counts:
    return np.diff(np.searchsorted(ordered, values, "right"), prepend=0).astype(np.int64)


def _spread_over(union: Floats, values: Floats, counts: Counts) -> Counts:
    spread = np.zeros(union.size, np.int64)
    spread[np.searchsorted(union, values)] = counts
    return spread
