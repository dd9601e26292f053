"""Profiles of columns that a test writes down, without files."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from kedge_monitor.batch import Batch, Classes, Column, Kind, NumberValues, Schema, TextValues
from kedge_monitor.profile.dataset import DatasetProfile, DatasetState
from kedge_monitor.profile.fit import fit_profile

type Value = float | str | None
type Columns = Mapping[str, Sequence[Value] | np.ndarray]


def kind_of(values: Sequence[Value]) -> Kind:
    """Return how a column is read if no baseline says it: one text or Boolean makes it a text column."""
    return Kind.TEXT if any(isinstance(value, str | bool) for value in values) else Kind.NUMBER


def schema_of(columns: Columns) -> Schema:
    """Return the schema of columns."""
    return Schema(columns=tuple(Column(name=name, kind=kind_of(_plain(values))) for name, values in columns.items()))


def batch_of(schema: Schema, columns: Columns) -> Batch:
    """Return columns of equal length as one batch. An int is a whole number, a float has a fraction, None is missing."""
    parts = [_part(column.kind, _plain(columns[column.name])) for column in schema.columns]
    return Batch(records=len(next(iter(columns.values()))), columns=tuple(parts))


def baseline_profile(columns: Columns) -> DatasetProfile:
    """Return the profile of a baseline, with edges of its own."""
    schema = schema_of(columns)
    return fit_profile(schema, lambda: [batch_of(schema, columns)])


def window_profile(baseline: DatasetProfile, columns: Columns) -> DatasetProfile:
    """Return the profile of a window that is read as the baseline says."""
    edges = {
        column.name: column.numbers.histogram.edges
        for column in baseline.columns
        if column.numbers is not None and column.numbers.histogram is not None
    }
    state = DatasetState(baseline.schema, edges)
    state.add(batch_of(baseline.schema, columns))
    return state.profile()


def _plain(values: Sequence[Value] | np.ndarray) -> list[Value]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _part(kind: Kind, values: list[Value]) -> NumberValues | TextValues:
    present = [value for value in values if value is not None]
    missing = len(values) - len(present)
    classes = Classes(
        integral=sum(type(value) is int for value in present),
        fractional=sum(type(value) is float for value in present),
        boolean=sum(value in {"true", "false"} or type(value) is bool for value in present),
        string=sum(isinstance(value, str) and value not in {"true", "false"} for value in present),
    )
    if kind is Kind.TEXT:
        texts = pa.array([_text(value) for value in present], pa.string()).dictionary_encode()
        return TextValues(values=texts, classes=classes, missing=missing)
    numbers = [value for value in present if type(value) in {int, float}]
    texts = pa.array([_text(value) for value in present if type(value) not in {int, float}], pa.string())
    return NumberValues(values=np.array(numbers, np.float64), classes=classes, missing=missing, texts=texts)


def _text(value: Value) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
