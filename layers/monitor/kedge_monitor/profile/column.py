"""The state of one column: what all engines keep of its values. States of parts of the data can be merged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from kedge_monitor.batch import Classes, Column, Counts, DataType, Floats, Kind, NumberValues, TextValues
from kedge_monitor.profile.categories import CategoryCounts
from kedge_monitor.profile.distinct import HyperLogLog
from kedge_monitor.profile.kll import KllSketch
from kedge_monitor.profile.numbers import NumberState, ValueCounts
from kedge_monitor.profile.sums import UNIT, BinSums, to_units


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Counts and sums of a number column over fixed edges.

    `edges` are B increasing values of the baseline (its quantiles, deciles among them). `counts` has B + 1 entries: entry 0 counts
    values <= edges[0], entry i those in (edges[i-1], edges[i]], entry B those above edges[B-1]. `sums` are the sums of the same
    values. So the cumulative counts divided by the total are the exact distribution function at the edges. `exact` are the sums
    before rounding: merging needs them. Without them, `sums` are taken as they stand.
    """

    edges: Floats
    counts: Counts
    sums: Floats
    exact: BinSums | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSummary:
    """What is known of the numbers of a column. `m2` is the sum of squared deviations from `mean`; count may be 0.

    The rest is for merging, and absent in a baseline that AWS made: `exact` are the sum and the sum of squares in units of 2^UNIT,
    `values` the counts of the single numbers while they are few.
    """

    count: int
    total: float
    mean: float
    m2: float
    minimum: float
    maximum: float
    sketch: KllSketch
    histogram: Histogram | None  # None while there is no baseline
    exact: tuple[int, int] | None = None
    values: dict[float, int] | None = None

    @property
    def std_dev(self) -> float:
        """Return the standard deviation of the population, as Model Monitor's files have it; 0.0 without values."""
        return float(np.sqrt(self.m2 / self.count)) if self.count else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column of a window or of a baseline.

    `categories` counts the values of a text column, and those of a number column while they are few (the text of its number);
    texts in a number column are counted there, too. If a number column has more than 1,000 distinct numbers, `categories` holds only
    its texts and is not `exact`. `distinct` estimates the number of distinct values.
    """

    column: Column
    missing: int
    classes: Classes
    numbers: NumberSummary | None  # None for a text column
    categories: CategoryCounts
    distinct: HyperLogLog
    texts: CategoryCounts | None = None  # those of a number column alone, for merging

    @property
    def name(self) -> str:
        """Return the name of the column."""
        return self.column.name

    @property
    def present(self) -> int:
        """Return how many values are present."""
        return self.classes.present

    @property
    def records(self) -> int:
        """Return how many records were read."""
        return self.classes.present + self.missing

    @property
    def data_type(self) -> DataType:
        """Return the type that the values have."""
        return self.classes.data_type

    @property
    def completeness(self) -> float:
        """Return the share of records with a value, 0 to 1; 1.0 if there are no records."""
        return self.present / self.records if self.records else 1.0


class ColumnState:
    """The mutable state behind a ColumnProfile."""

    def __init__(self, column: Column, edges: Floats | None = None) -> None:
        self.column = column
        self.missing = 0
        self.classes = Classes()
        self.numbers = NumberState(edges) if column.kind is Kind.NUMBER else None
        self.texts = CategoryCounts()

    @classmethod
    def from_profile(cls, profile: ColumnProfile) -> Self:
        """Return the state that has this profile, to be filled or merged further."""
        state = cls(profile.column)
        state.missing, state.classes = profile.missing, profile.classes
        state.texts.merge(profile.categories if profile.texts is None else profile.texts)
        if profile.numbers is not None:
            state.numbers = _restore(profile.numbers, profile.distinct)
        return state

    def add(self, parts: Sequence[NumberValues | TextValues], ordered: Floats | None = None) -> None:
        """Add the column's values of some batches; `ordered` as in `NumberState.add`."""
        texts = []
        for values in parts:
            self.missing += values.missing
            if isinstance(values, TextValues):
                texts.append(values.values)
            elif len(values.texts):
                texts.append(values.texts.dictionary_encode())
        self.classes = add_classes([self.classes, *(values.classes for values in parts)])
        if texts:
            self._count_texts(pa.chunked_array(texts))
        if self.numbers is not None:
            self.numbers.add([values.values for values in parts if isinstance(values, NumberValues)], ordered)

    def fits(self, other: "ColumnState") -> bool:
        """Return whether the other state can be merged: both have the same edges, or none."""
        if self.numbers is None or other.numbers is None:
            return self.numbers is other.numbers
        if self.numbers.edges is None or other.numbers.edges is None:
            return self.numbers.edges is other.numbers.edges
        return np.array_equal(self.numbers.edges, other.numbers.edges)

    def merge(self, other: "ColumnState") -> None:
        """Add the state of the same column in other records."""
        self.missing += other.missing
        self.classes += other.classes
        self.texts.merge(other.texts)
        if self.numbers is not None and other.numbers is not None:
            self.numbers.merge(other.numbers)

    def profile(self) -> ColumnProfile:
        """Return the profile of all values so far. The state can be filled further."""
        if self.numbers is not None:
            self.numbers.finish()
        texts = self.texts.copy()
        distinct = texts.sketch_distinct()
        if self.numbers is None:
            return ColumnProfile(
                column=self.column,
                missing=self.missing,
                classes=self.classes,
                numbers=None,
                categories=texts,
                distinct=distinct,
            )
        distinct.merge(self.numbers.sketch_distinct())
        numbers = _sum_up(self.numbers)
        return ColumnProfile(
            column=self.column,
            missing=self.missing,
            classes=self.classes,
            numbers=numbers,
            categories=join_categories(texts, numbers.values),
            distinct=distinct,
            texts=texts,
        )

    def _count_texts(self, texts: pa.ChunkedArray) -> None:
        pieces = texts.unify_dictionaries().chunks  # now all have the same dictionary
        values = pieces[0].dictionary
        counts = np.bincount(np.concatenate([piece.indices.to_numpy() for piece in pieces]), minlength=len(values))
        self.texts.add(values, counts.astype(np.int64, copy=False))


def add_classes(parts: Iterable[Classes]) -> Classes:
    """Return the sum of counts by class."""
    rows = [(part.integral, part.fractional, part.boolean, part.string) for part in parts]
    integral, fractional, boolean, string = map(sum, zip(*rows, strict=True))
    return Classes(integral=integral, fractional=fractional, boolean=boolean, string=string)


def join_categories(texts: CategoryCounts, numbers: Mapping[float, int] | None) -> CategoryCounts:
    """Return the categories of a number column: its texts, and its numbers while they are few."""
    joined = texts.copy()
    if numbers is None:
        joined.give_up()
    else:
        joined.add_numbers(numbers)
    return joined


def _sum_up(state: NumberState) -> NumberSummary:
    histogram = None
    if state.edges is not None:
        sums = state.bin_sums
        exact = BinSums.from_digits(sums.lowest, sums.digits)
        histogram = Histogram(edges=state.edges, counts=state.bin_counts.copy(), sums=exact.round(), exact=exact)
    total, mean, m2 = state.moments()
    return NumberSummary(
        count=state.count,
        total=total,
        mean=mean,
        m2=m2,
        minimum=state.minimum,
        maximum=state.maximum,
        sketch=KllSketch.from_levels(state.sketch.levels, state.sketch.compactions),
        histogram=histogram,
        exact=(state.exact_sum(), state.squares),
        values=None if state.values is None else state.values.as_dict(),
    )


def _restore(numbers: NumberSummary, distinct: HyperLogLog) -> NumberState:
    histogram = numbers.histogram
    state = NumberState(None if histogram is None else histogram.edges)
    state.count, state.minimum, state.maximum = numbers.count, numbers.minimum, numbers.maximum
    if numbers.exact is not None:
        state.sum, state.squares = numbers.exact
    else:
        state.sum = to_units(numbers.total)
        state.squares = to_units(numbers.m2) + (to_units(numbers.mean) ** 2 * numbers.count >> -UNIT)
    if histogram is not None:
        state.bin_counts = histogram.counts.copy()
        exact = histogram.exact or BinSums.from_floats(histogram.sums)
        state.bin_sums = BinSums.from_digits(exact.lowest, exact.digits)
    state.sketch = KllSketch.from_levels(numbers.sketch.levels, numbers.sketch.compactions)
    state.values = None if numbers.values is None else ValueCounts.from_dict(numbers.values)
    if state.values is None:
        state.distinct = distinct.copy()
    return state
