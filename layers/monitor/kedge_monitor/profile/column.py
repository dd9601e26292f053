"""The state of one column: what all engines keep of its values. States of parts of the data can be merged.

This file fixes the attributes that baseline, compare, files and report read.
"""

from dataclasses import dataclass

from kedge_monitor.batch import Classes, Column, Counts, DataType, Floats
from kedge_monitor.profile.categories import CategoryCounts
from kedge_monitor.profile.distinct import HyperLogLog
from kedge_monitor.profile.kll import KllSketch


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Counts and sums of a number column over fixed edges.

    `edges` are B increasing values of the baseline (its quantiles, deciles among them). `counts` has B + 1 entries: entry 0 counts
    values <= edges[0], entry i those in (edges[i-1], edges[i]], entry B those above edges[B-1]. `sums` are the sums of the same
    values. So the cumulative counts divided by the total are the exact distribution function at the edges.
    """

    edges: Floats
    counts: Counts
    sums: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What is known of the numbers of a column. `m2` is the sum of squared deviations from `mean`; count may be 0."""

    count: int
    total: float
    mean: float
    m2: float
    minimum: float
    maximum: float
    sketch: KllSketch
    histogram: Histogram | None  # None while there is no baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column of a window or of a baseline.

    `categories` counts the values of a text column, and those of a number column while they are few (the text of its number);
    texts in a number column are counted there, too. `distinct` estimates the number of distinct values.
    """

    column: Column
    missing: int
    classes: Classes
    numbers: Numbers | None  # None for a text column
    categories: CategoryCounts
    distinct: HyperLogLog

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
