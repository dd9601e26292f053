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


def profile_of(columns: Mapping[str, Values], baseline: DatasetProfile | None = None) -> DatasetProfile:
    """Return the profile of columns: None is missing, and numbers are Integral if they are whole.

    With a baseline, a column is read as there, over its edges. Without one, it is a text column if most of its values are texts.
    """
    known = {} if baseline is None else {column.name: column for column in baseline.columns}
    schema = Schema(
        columns=tuple(
            known[name].column if name in known else _column(name, values) for name, values in columns.items()
        )
    )
    read = tuple(
        _texts(values) if column.kind is Kind.TEXT else _numbers(values)
        for column, values in zip(schema.columns, columns.values(), strict=True)
    )
    batch = Batch(records=len(next(iter(columns.values()))), columns=read)
    if baseline is None:
        return fit_profile(schema, lambda: [batch])
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


def _column(name: str, values: Values) -> Column:
    first = [value for value in values[:50] if value is not None]
    texts = sum(isinstance(value, str) for value in first)
    return Column(name=name, kind=Kind.TEXT if 2 * texts > len(first) else Kind.NUMBER)


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
