"""Profiles from what a statistics.json of AWS holds: a sketch of the numbers, and counts of some categories."""

import dataclasses
from typing import Final

import numpy as np
import pyarrow as pa

from kedge_monitor.batch import Classes, Column, DataType, Kind, Schema
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.statistics import DatasetStatistics, FeatureStatistics, NumberStatistics
from kedge_monitor.profile.categories import CategoryCounts, write_number
from kedge_monitor.profile.column import ColumnProfile, Histogram, NumberSummary
from kedge_monitor.profile.dataset import DatasetProfile
from kedge_monitor.profile.distinct import HyperLogLog
from kedge_monitor.profile.fit import fit_edges
from kedge_monitor.profile.kll import KllSketch

_FEW: Final = 5


def profile_from_statistics(statistics: DatasetStatistics) -> DatasetProfile:
    """Return the profile that a statistics.json describes.

    Edges and histograms come from the sketch's items, so their shares have the sketch's error: about 0.13 % of ranks at
    a million values. A number column has categories if its sketch retains at most 5 values. Two facts are not in the
    file: `distinct` counts only the values that it lists, and columns without counts have categories that are not exact
    and list nothing. A Fractional column counts all of its values as fractional.

    Raises:
        MonitorError: a sketch does not belong to the numbers beside it.
    """
    columns = tuple(_column(feature) for feature in statistics.features)
    schema = Schema(columns=tuple(each.column for each in columns))
    return DatasetProfile(schema=schema, records=statistics.records, columns=columns)


def with_histograms(profile: DatasetProfile) -> DatasetProfile:
    """Return a profile whose number columns all have a histogram; the sketch gives those that are absent."""
    columns = tuple(_with_histogram(column) for column in profile.columns)
    return dataclasses.replace(profile, columns=columns)


def _histogram_of(sketch: KllSketch) -> Histogram:
    """Return the histogram of a sketch's weighted items over their own quantiles."""
    edges = fit_edges(sketch)
    items, weights = sketch.weighted()
    bins = np.searchsorted(edges, items, side="left")
    counts = np.bincount(bins, weights=weights, minlength=len(edges) + 1).astype(np.int64)
    return Histogram(edges=edges, counts=counts, sums=np.bincount(bins, items * weights, len(edges) + 1))


def _with_histogram(column: ColumnProfile) -> ColumnProfile:
    numbers = column.numbers
    if numbers is None or numbers.histogram is not None or not numbers.count:
        return column
    histogram = _histogram_of(numbers.sketch)
    return dataclasses.replace(column, numbers=dataclasses.replace(numbers, histogram=histogram))


def _column(feature: FeatureStatistics) -> ColumnProfile:
    kind = Kind.TEXT if feature.inferred_type is DataType.STRING else Kind.NUMBER
    numbers = _numbers(feature.name, feature.numbers, feature.present) if kind is Kind.NUMBER else None
    counts = feature.categories if numbers is None else _few_values(numbers)
    distinct = HyperLogLog()
    if numbers is None:
        distinct.add_texts(pa.array(list(counts or ()), pa.string()))
    elif numbers.count:
        distinct.add_numbers(numbers.sketch.weighted()[0])
    return ColumnProfile(
        column=Column(name=feature.name, kind=kind),
        missing=feature.missing,
        classes=_classes(feature),
        numbers=numbers,
        categories=_unknown(feature.present, distinct) if counts is None else CategoryCounts.from_counts(counts),
        distinct=distinct,
    )


def _classes(feature: FeatureStatistics) -> Classes:
    match feature.inferred_type:
        case DataType.INTEGRAL:
            return Classes(integral=feature.present)
        case DataType.FRACTIONAL:
            return Classes(fractional=feature.present)
        case DataType.STRING:
            return Classes(string=feature.present)
        case DataType.UNKNOWN:
            return Classes()


def _numbers(name: str, found: NumberStatistics | None, present: int) -> NumberSummary:
    if found is None:
        return NumberSummary(
            count=0, total=0.0, mean=0.0, m2=0.0, minimum=np.inf, maximum=-np.inf, sketch=KllSketch(), histogram=None
        )
    sketch = KllSketch.from_levels(found.levels)
    items, _ = sketch.weighted()
    if (known := sketch.total) != present:
        message = f"statistics.json: the sketch of `{name}` stands for {known:,} values, and {present:,} are present."
        raise MonitorError(f"{message} Create the baseline again.")
    if not found.minimum <= items[0] <= items[-1] <= found.maximum:
        message = (
            f"statistics.json: the sketch of `{name}` has values outside of {found.minimum:g} to {found.maximum:g}."
        )
        raise MonitorError(f"{message} Create the baseline again.")
    return NumberSummary(
        count=present,
        total=found.total,
        mean=found.mean,
        m2=found.std_dev * found.std_dev * present,
        minimum=found.minimum,
        maximum=found.maximum,
        sketch=sketch,
        histogram=_histogram_of(sketch),
    )


def _unknown(present: int, distinct: HyperLogLog) -> CategoryCounts:
    """Return counts that say nothing: any value can have occurred as often as there are values."""
    return CategoryCounts.from_parts(total=present, commonest={}, error=present, sample={}, level=0, distinct=distinct)


def _few_values(numbers: NumberSummary) -> dict[str, int] | None:
    """Return the counts of the values that a sketch retains, or None if there are more than 5."""
    items, weights = numbers.sketch.weighted()
    values, places = np.unique(items, return_inverse=True)
    if len(values) > _FEW:
        return None
    counts = np.bincount(places, weights=weights).astype(np.int64)
    return {write_number(value): count for value, count in zip(values.tolist(), counts.tolist(), strict=True)}
