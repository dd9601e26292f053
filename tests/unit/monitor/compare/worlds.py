"""Baselines and windows of invented data, and windows drawn from a baseline's own bins."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from kedge_monitor.baseline import Baseline, Constraint, Constraints, MonitoringConfig
from kedge_monitor.batch import Batch, Classes, Column, Kind, NumberValues, Schema, TextValues
from kedge_monitor.profile.column import ColumnProfile, Histogram
from kedge_monitor.profile.dataset import DatasetProfile, DatasetState
from kedge_monitor.profile.fit import fit_profile

type Values = Sequence[object] | np.ndarray


def batch_of(columns: Mapping[str, Values]) -> Batch:
    """Return columns as a batch: None is missing, numbers are Integral if all of them are whole."""
    read = tuple(_texts(values) if _is_text(values) else _numbers(values) for values in columns.values())
    return Batch(records=len(next(iter(columns.values()))), columns=read)


def profile_of(columns: Mapping[str, Values], edges: DatasetProfile | None = None) -> DatasetProfile:
    """Return the profile of columns; `edges` is the baseline of a window."""
    batch = batch_of(columns)
    if edges is None:
        schema = Schema(
            columns=tuple(
                Column(name=name, kind=Kind.TEXT if _is_text(values) else Kind.NUMBER)
                for name, values in columns.items()
            )
        )
        return fit_profile(schema, lambda: [batch])
    known = {column.name: column for column in edges.columns}
    schema = Schema(columns=tuple(known[n].column if n in known else Column(name=n, kind=Kind.NUMBER) for n in columns))
    state = DatasetState(
        schema,
        {
            name: column.numbers.histogram.edges
            for name, column in known.items()
            if column.numbers is not None and column.numbers.histogram is not None
        },
    )
    state.add(batch)
    return state.profile()


def baseline_of(
    columns: Mapping[str, Values],
    *,
    config: MonitoringConfig | None = None,
    overrides: Mapping[str, MonitoringConfig] | None = None,
    excluded: Mapping[str, str] | None = None,
    **constraint: Any,
) -> Baseline:
    """Return a baseline whose constraints are those that the data suggests: domains for texts of at most 120 values."""
    profile = profile_of(columns)
    return baseline_from(profile, config=config, overrides=overrides, excluded=excluded, **constraint)


def baseline_from(
    profile: DatasetProfile,
    *,
    config: MonitoringConfig | None = None,
    overrides: Mapping[str, MonitoringConfig] | None = None,
    excluded: Mapping[str, str] | None = None,
    **constraint: Any,
) -> Baseline:
    """Return the baseline of a profile."""
    features = tuple(
        Constraint(
            **(
                {
                    "name": column.name,
                    "inferred_type": column.data_type,
                    "completeness": column.completeness,
                    "domains": _domains(column),
                    "overrides": (overrides or {}).get(column.name),
                }
                | constraint
            )
        )
        for column in profile.columns
    )
    return Baseline(
        profile=profile,
        constraints=Constraints(features=features, config=config or MonitoringConfig()),
        notices=(),
        excluded=dict(excluded or {}),
        digest="d1",
    )


def draw_window(profile: DatasetProfile, records: int, draw: np.random.Generator) -> DatasetProfile:
    """Draw a window of number columns from the bins of a baseline: counts only, no sketch and no values."""
    columns = tuple(_draw(column, records, draw) for column in profile.columns)
    return replace(profile, records=records, columns=columns)


def with_counts(column: ColumnProfile, counts: np.ndarray) -> ColumnProfile:
    """Return a number column with these counts over its edges; sums and moments stay those of the baseline's bins."""
    numbers = column.numbers
    assert numbers is not None
    histogram = numbers.histogram
    assert histogram is not None
    count = int(counts.sum())
    means = histogram.sums / np.maximum(histogram.counts, 1)
    drawn = Histogram(edges=histogram.edges, counts=counts, sums=means * counts)
    share = float(drawn.sums.sum() / max(count, 1))
    return replace(
        column,
        missing=0,
        classes=Classes(fractional=count),
        numbers=replace(numbers, count=count, mean=share, histogram=drawn, values=None),
    )


def _draw(column: ColumnProfile, records: int, draw: np.random.Generator) -> ColumnProfile:
    assert column.numbers is not None
    assert column.numbers.histogram is not None
    counts = column.numbers.histogram.counts
    return with_counts(column, draw.multinomial(records, counts / counts.sum()))


def _is_text(values: Values) -> bool:
    return any(isinstance(value, str) for value in values[:50])


def _numbers(values: Values) -> NumberValues:
    present = np.array(
        [value for value in values if value is not None and not isinstance(value, str)], dtype=np.float64
    )
    texts = [value for value in values if isinstance(value, str)]
    whole = int(np.count_nonzero(present == np.floor(present)))
    classes = Classes(integral=whole, fractional=len(present) - whole, string=len(texts))
    missing = len(values) - len(present) - len(texts)
    return NumberValues(values=present, classes=classes, missing=missing, texts=pa.array(texts, pa.string()))


def _texts(values: Values) -> TextValues:
    present = [value for value in values if value is not None]
    encoded = pa.array(present, pa.string()).dictionary_encode()
    return TextValues(values=encoded, classes=Classes(string=len(present)), missing=len(values) - len(present))


def _domains(column: ColumnProfile) -> tuple[str, ...] | None:
    if column.numbers is not None or not column.categories.exact:
        return None
    counts = column.categories.counts
    singles = sum(count == 1 for count in counts.values())
    return tuple(counts) if len(counts) <= 120 and singles <= 0.1 * len(counts) else None
