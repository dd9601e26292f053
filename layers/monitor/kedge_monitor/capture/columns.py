"""Rows of CSV to the columns of a batch."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kedge_monitor.batch import NO_TEXTS, Batch, Classes, Kind, NumberValues, Schema, TextValues
from kedge_monitor.capture.classes import classify_numbers, count_classes

_MOST_BYTES: Final = 1 << 30
_TEXT: Final = pa.string()
_CATEGORY: Final = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True)
class Parsed:
    """A batch, and the numbers of the rows (from 0) that are not in it because they have another number of fields."""

    batch: Batch
    other_width: tuple[int, ...]


class RowParser:
    """Parses rows of CSV that have these fields. The options of the parser are made once.

    Args:
        names: the names of the fields of a row, in their order.
        schema: the columns of the batches. Those that the rows do not have are missing in all records.
    """

    def __init__(self, names: tuple[str, ...], schema: Schema) -> None:
        self._schema = schema
        self._kinds = {column.name: column.kind for column in schema.columns if column.name in set(names)}
        self._others: list[int] = []
        self._reading = pyarrow.csv.ReadOptions(use_threads=False, block_size=_MOST_BYTES, column_names=list(names))
        self._parsing = {
            quote: pyarrow.csv.ParseOptions(
                quote_char=quote,
                newlines_in_values=bool(quote),
                ignore_empty_lines=False,
                invalid_row_handler=self._set_aside,
            )
            for quote in ('"', False)
        }
        self._converting = pyarrow.csv.ConvertOptions(
            include_columns=list(self._kinds),
            column_types={name: _TEXT if kind is Kind.NUMBER else _CATEGORY for name, kind in self._kinds.items()},
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=False,  # rows come from Python texts
        )

    def parse(self, data: bytes, *, quoted: bool, has_bare_dot: bool) -> Parsed:
        """Return the batch of some rows.

        Args:
            data: rows of UTF-8 CSV, each with a line feed at its end.
            quoted: whether quotes have the meaning of RFC 4180; False: no field has a quote.
            has_bare_dot: what `find_bare_dot` says of the rows.
        """
        self._others.clear()
        table = pyarrow.csv.read_csv(
            pa.py_buffer(data), self._reading, self._parsing['"' if quoted else False], self._converting
        )
        batch = batch_of(table, self._schema, has_bare_dot=has_bare_dot)
        return Parsed(batch, tuple(self._others))

    def _set_aside(self, row: pyarrow.csv.InvalidRow) -> str:
        self._others.append(row.number - 1)
        return "skip"


def batch_of(table: pa.Table, schema: Schema, *, has_bare_dot: bool = True) -> Batch:
    """Return the columns of a schema from a table of texts. A column that the table does not have is missing in all records."""
    present = set(table.column_names)
    return Batch(
        records=table.num_rows,
        columns=tuple(
            _values(table.column(column.name), column.kind, has_bare_dot=has_bare_dot)
            if column.name in present
            else _missing(column.kind, table.num_rows)
            for column in schema.columns
        ),
    )


def _values(column: pa.ChunkedArray, kind: Kind, *, has_bare_dot: bool) -> NumberValues | TextValues:
    values = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):  # a column without chunks stays one
        values = pa.array([], values.type)
    if kind is Kind.TEXT:
        return text_values(values)
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        return _typed_numbers(values)
    return classify_numbers(pc.cast(values, pa.string()), has_bare_dot=has_bare_dot)


def _typed_numbers(values: pa.Array) -> NumberValues:
    """Return the values of a column that is stored as numbers. An infinite one is a text."""
    present = values.drop_null()
    numbers = pc.cast(present, pa.float64(), safe=False).to_numpy()
    is_finite = np.isfinite(numbers)
    count, others = int(is_finite.sum()), NO_TEXTS
    if count < len(numbers):
        others = pc.if_else(pc.greater(present.filter(pa.array(~is_finite)), 0), "Infinity", "-Infinity")
        numbers = numbers[is_finite]
    is_whole = pa.types.is_integer(values.type)
    return NumberValues(
        values=numbers,
        classes=Classes(integral=count * is_whole, fractional=count * (not is_whole), string=len(others)),
        missing=values.null_count,
        texts=others,
    )


def text_values(values: pa.Array) -> TextValues:
    """Return the values of a text column: a dictionary array, or texts that become one."""
    if not pa.types.is_dictionary(values.type):
        values = pc.cast(values, pa.string()).dictionary_encode()
    missing = values.null_count
    present = values.drop_null() if missing else values
    counts = np.bincount(present.indices.to_numpy(), minlength=len(present.dictionary)).astype(np.int64)
    return TextValues(values=present, classes=count_classes(present.dictionary, counts), missing=missing)


def _missing(kind: Kind, records: int) -> NumberValues | TextValues:
    if kind is Kind.NUMBER:
        return NumberValues(values=np.empty(0), classes=Classes(), missing=records)
    return TextValues(values=pa.array([], _CATEGORY), classes=Classes(), missing=records)
