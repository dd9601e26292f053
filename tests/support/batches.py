"""Batches for tests of the monitor: columns as Python values, None for a missing one."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from kedge_monitor.batch import Batch, Classes, Column, Floats, Kind, NumberValues, Schema, TextValues

type Values = Sequence[float | str | None] | Floats

_INTEGRAL = re.compile(r"[-+]? ?\d+")


def schema_of(columns: Mapping[str, Values], texts: Sequence[str] = ()) -> Schema:
    """Return a schema; `texts` names the text columns."""
    kinds = {name: Kind.TEXT if name in texts else Kind.NUMBER for name in columns}
    return Schema(columns=tuple(Column(name=name, kind=kind) for name, kind in kinds.items()))


def batch_of(columns: Mapping[str, Values], texts: Sequence[str] = ()) -> Batch:
    """Return one batch of these columns, as a reader gives it."""
    records = max(map(len, columns.values()), default=0)
    return Batch(
        records=records,
        columns=tuple(text_values(v) if name in texts else number_values(v) for name, v in columns.items()),
    )


def number_values(values: Values) -> NumberValues:
    """Return numbers; a text among them stays a text."""
    if isinstance(values, np.ndarray):
        return NumberValues(values=values, classes=Classes(fractional=len(values)), missing=0)
    numbers = [value for value in values if isinstance(value, int | float)]
    texts = [value for value in values if isinstance(value, str)]
    integral = sum(isinstance(value, int) for value in numbers)
    return NumberValues(
        values=np.array(numbers, np.float64),
        classes=Classes(integral=integral, fractional=len(numbers) - integral, string=len(texts)),
        missing=sum(value is None for value in values),
        texts=pa.array(texts, pa.string()),
    )


def text_values(values: Values) -> TextValues:
    """Return texts as a dictionary array."""
    texts = [str(value) for value in values if value is not None]
    integral = sum(bool(_INTEGRAL.fullmatch(text)) for text in texts)
    return TextValues(
        values=pa.array(texts, pa.string()).dictionary_encode(),
        classes=Classes(integral=integral, string=len(texts) - integral),
        missing=len(values) - len(texts),
    )
