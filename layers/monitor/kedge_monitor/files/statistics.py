"""Reads and writes statistics.json of data quality.

Sources: SageMaker Developer Guide, "Schema for Statistics (statistics.json file)", and deequ's KLLSketch.scala for the
ten buckets. Only the files of the current analyzer have `completeness` and `approximate_num_distinct_values`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kedge_monitor.batch import DataType, Floats, Kind
from kedge_monitor.files.constraints import read_type
from kedge_monitor.files.json_reader import JsonNode, read_json
from kedge_monitor.files.json_writer import write_json
from kedge_monitor.profile.column import ColumnProfile, NumberSummary
from kedge_monitor.profile.dataset import DatasetProfile

STATISTICS: Final = "statistics.json"
BUCKETS: Final = 10
"""The number of buckets of a number column; AWS: "You can't change this"."""

MOST_CATEGORIES: Final = 120
"""deequ's ColumnProfiler counts the values of a text column up to this number of distinct values."""

_PARAMETERS: Final = {"c": 0.64, "k": 2048.0}
_NULL: Final = "NullValue"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStatistics:
    """The numbers of a column. `levels` are the items of the sketch: an item of level i stands for 2^i values."""

    mean: float
    total: float
    std_dev: float
    minimum: float
    maximum: float
    levels: tuple[Floats, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureStatistics:
    """One feature of statistics.json.

    `distinct` is approximate, None if the file does not say it. `categories` are the counts of the values, None if the
    file has none.
    """

    name: str
    inferred_type: DataType
    present: int
    missing: int
    distinct: int | None
    numbers: NumberStatistics | None = None
    categories: dict[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetStatistics:
    """The whole of statistics.json."""

    records: int
    features: tuple[FeatureStatistics, ...]


def write_statistics(profile: DatasetProfile) -> bytes:
    """Return statistics.json of a window or a baseline."""
    return write_json(
        {
            "version": 0.0,
            "dataset": {"item_count": profile.records},
            "features": [_feature_object(column) for column in profile.columns],
        }
    )


def written_type(column: ColumnProfile) -> DataType:
    """Return the type that the file gives a column: a text column stays a String if all its texts look like numbers."""
    if not column.present:
        return DataType.UNKNOWN
    return DataType.STRING if column.column.kind is Kind.TEXT else column.data_type


def counted_categories(column: ColumnProfile) -> dict[str, int] | None:
    """Return the counts of all values, the commonest first; None if there are too many, or not all were counted."""
    if not column.categories.exact or distinct_values(column) > MOST_CATEGORIES:
        return None
    return column.categories.counts


def distinct_values(column: ColumnProfile) -> int:
    """Return the number of distinct values: exact where all values were counted, else an estimate."""
    if column.categories.exact:
        return column.categories.size
    return min(column.distinct.estimate(), column.present)


def bucket_counts(levels: Sequence[Floats], minimum: float, maximum: float) -> tuple[list[float], list[float]]:
    """Return the 11 bounds and the 10 counts of a sketch's buckets.

    Formula: deequ, KLLSketch.scala. Bound i is `min + (max - min) * i / 10`. A count is the difference of the exclusive
    ranks of its bounds in the sketch; the last bucket contains its upper bound. So the counts sum to the total weight.

    Args:
        levels: the items of the sketch; an item of level i stands for 2^i values.
        minimum: the least of all values.
        maximum: the greatest of all values.
    """
    span = maximum - minimum
    if math.isfinite(span * BUCKETS):
        bounds = [minimum + span * i / BUCKETS for i in range(BUCKETS + 1)]
    else:
        bounds = [minimum * (1 - i / BUCKETS) + maximum * (i / BUCKETS) for i in range(BUCKETS + 1)]
    counts = np.zeros(BUCKETS, np.int64)
    for level, items in enumerate(levels):
        # The number of inner bounds up to an item is its bucket, also where bounds are equal.
        counts += np.bincount(np.searchsorted(bounds[1:-1], items, side="right"), minlength=BUCKETS) << level
    return bounds, counts.astype(np.float64).tolist()


def _feature_object(column: ColumnProfile) -> dict[str, object]:
    kind = written_type(column)
    head: dict[str, object] = {"name": column.name, "inferred_type": kind.value}
    if kind.numeric and column.numbers is not None and column.numbers.count:
        return head | {"numerical_statistics": _numerical(column, column.numbers)}
    return head | {"string_statistics": _textual(column)}


def _common(column: ColumnProfile) -> dict[str, int]:
    return {"num_present": column.present, "num_missing": column.missing}


def _numerical(column: ColumnProfile, numbers: NumberSummary) -> dict[str, object]:
    levels = numbers.sketch.levels
    bounds, counts = bucket_counts(levels, numbers.minimum, numbers.maximum)
    buckets = [{"lower_bound": bounds[i], "upper_bound": bounds[i + 1], "count": counts[i]} for i in range(BUCKETS)]
    return {
        "common": _common(column),
        "mean": float(numbers.mean),
        "sum": float(numbers.total),
        # The deviation of the population: deequ, StandardDeviation.scala.
        "std_dev": numbers.std_dev,
        "min": float(numbers.minimum),
        "max": float(numbers.maximum),
        "approximate_num_distinct_values": distinct_values(column),
        "completeness": column.completeness,
        "distribution": {"kll": {"buckets": buckets, "sketch": {"parameters": _PARAMETERS, "data": levels}}},
    }


def _textual(column: ColumnProfile) -> dict[str, object]:
    found: dict[str, object] = {"common": _common(column), "distinct_count": 0.0}
    if not column.present:
        return found
    found |= {"distinct_count": float(distinct_values(column)), "completeness": column.completeness}
    categories = counted_categories(column)
    if categories is not None:
        buckets = [{"value": value, "count": count} for value, count in categories.items()]
        found["distribution"] = {"categorical": {"buckets": buckets}}
    return found


def read_statistics(data: bytes, file: str = STATISTICS) -> DatasetStatistics:
    """Return the content of statistics.json, also of older analyzers. `file` is its name in errors.

    Without a sketch, the ten buckets stand for the values: each value counts as the upper bound of its bucket.

    Raises:
        FileUnreadable: the file is not JSON, or a part of it has the wrong shape.
    """
    root = read_json(data, file)
    features = tuple(_feature(node) for node in root.need("features").items())
    dataset = root.get("dataset")
    count = dataset.get("item_count") if dataset else None
    counted = max((feature.present + feature.missing for feature in features), default=0)
    return DatasetStatistics(records=counted if count is None else count.count(), features=features)


def _feature(node: JsonNode) -> FeatureStatistics:
    kind = read_type(node.need("inferred_type"))
    below = node.get("numerical_statistics", "string_statistics")
    if below is None:
        if kind is not DataType.UNKNOWN:
            raise node.fault("the feature has no statistics", "Add `numerical_statistics` or `string_statistics`")
        return FeatureStatistics(name=node.need("name").text(), inferred_type=kind, present=0, missing=0, distinct=0)
    common = below.need("common")
    missing, present = common.get("num_missing"), common.need("num_present").count()
    distinct = below.get("approximate_num_distinct_values", "distinct_count")
    distribution = below.get("distribution")
    categorical = distribution.get("categorical") if distribution else None
    return FeatureStatistics(
        name=node.need("name").text(),
        inferred_type=kind,
        present=present,
        missing=0 if missing is None else missing.count(),
        distinct=None if distinct is None else distinct.count(),
        numbers=_numbers(below, distribution) if kind.numeric and present else None,
        categories=None if categorical is None else _categories(categorical, present),
    )


def _numbers(node: JsonNode, distribution: JsonNode | None) -> NumberStatistics:
    if distribution is None:
        raise node.fault("the feature has no distribution", "Create the baseline again")
    values = {key: _number(node.need(key)) for key in ("mean", "sum", "min", "max")}
    spread = node.get("std_dev")
    kll = distribution.need("kll")
    sketch = kll.get("sketch")
    return NumberStatistics(
        mean=values["mean"],
        total=values["sum"],
        std_dev=0.0 if spread is None else spread.finite() or 0.0,
        minimum=values["min"],
        maximum=values["max"],
        levels=_from_buckets(kll.need("buckets")) if sketch is None else _levels(sketch.need("data")),
    )


def _number(node: JsonNode) -> float:
    number = node.finite()
    if number is None:
        raise node.fault("the number is not finite", "Create the baseline again without such values")
    return number


def _levels(node: JsonNode) -> tuple[Floats, ...]:
    levels = tuple(np.array(level.numbers(), np.float64) for level in node.items())
    if not any(level.size for level in levels):
        raise node.fault("the sketch is empty", "Create the baseline again")
    return levels


def _from_buckets(node: JsonNode) -> tuple[Floats, ...]:
    """Return levels whose weighted items are the buckets' upper bounds: the binary digits of each count."""
    levels: list[list[float]] = []
    for bucket in node.items():
        bound, count = _number(bucket.need("upper_bound")), bucket.need("count").count()
        for level in range(count.bit_length()):
            levels += [[]] if level == len(levels) else []
            levels[level] += [bound] if count >> level & 1 else []
    return tuple(np.array(level, np.float64) for level in levels)


def _categories(node: JsonNode, present: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for bucket in node.need("buckets").items():
        value = bucket.need("value").text()
        counts[value] = counts.get(value, 0) + bucket.need("count").count()
    # deequ counts missing values as a category; they are known as missing already.
    if sum(counts.values()) > present:
        counts.pop(_NULL, None)
    return counts
