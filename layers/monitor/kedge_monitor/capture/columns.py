"""Rows of CSV to the columns of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kedge_monitor.batch import NO_TEXTS, Batch, Classes, Kind, NumberValues, Schema, TextValues
from kedge_monitor.capture.classes import classify_numbers, count_classes
from kedge_monitor.capture.typed import Conversion, FractionReader, NotProven, choose_conversion, whole_values

_MOST_BYTES: Final = 1 << 30
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
        self._places = {name: place for place, name in enumerate(names) if name in self._kinds}
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
        self._conversions: dict[str, Conversion] = {}
        self._texts = self._options({})
        self._typed = self._texts

    def parse(self, data: bytes, *, quoted: bool, is_doubtful: bool) -> Parsed:
        """Return the batch of some rows.

        Args:
            data: rows of UTF-8 CSV, each with a line feed at its end.
            quoted: whether quotes have the meaning of RFC 4180; False: no field has a quote.
            is_doubtful: what `find_doubtful` says of the rows.
        """
        if self._conversions and not is_doubtful:
            try:
                return self._parse_typed(data, quoted=quoted)
            except NotProven as problem:
                self._distrust(problem.name)
            except pa.ArrowInvalid:  # a value in a column of whole numbers or of fractions is neither
                self._distrust("")
        table = self._read(data, self._texts, quoted=quoted)
        batch = batch_of(table, self._schema, has_bare_dot=is_doubtful)
        if not self._conversions:
            self._choose(batch)
        return Parsed(batch, tuple(self._others))

    def _read(self, data: bytes, options: pyarrow.csv.ConvertOptions, *, quoted: bool) -> pa.Table:
        self._others.clear()
        return pyarrow.csv.read_csv(pa.py_buffer(data), self._reading, self._parsing['"' if quoted else False], options)

    def _parse_typed(self, data: bytes, *, quoted: bool) -> Parsed:
        """Return the batch of rows whose number columns Arrow converts.

        Raises:
            NotProven: the class of some value does not follow.
            pa.ArrowInvalid: a value cannot be converted.
        """
        table = self._read(data, self._typed, quoted=quoted)
        fractions = FractionReader(data, table.num_rows)
        columns: list[NumberValues | TextValues] = []
        for column in self._schema.columns:
            place = self._places.get(column.name)
            if place is None:
                columns.append(_missing(column.kind, table.num_rows))
                continue
            values = _one_chunk(table.column(column.name))
            match self._conversions.get(column.name, Conversion.TEXT):
                case Conversion.WHOLE:
                    columns.append(whole_values(values))
                case Conversion.FRACTION:
                    columns.append(fractions.read(column.name, place, values))
                case Conversion.TEXT:
                    columns.append(_values(values, column.kind, has_bare_dot=False))
        return Parsed(Batch(records=table.num_rows, columns=tuple(columns)), tuple(self._others))

    def _choose(self, batch: Batch) -> None:
        """Choose how the next rows are read, from those that were read as texts."""
        found = {
            column.name: choose_conversion(values)
            for column, values in zip(self._schema.columns, batch.columns, strict=True)
            if isinstance(values, NumberValues) and column.name in self._places
        }
        if any(conversion is not Conversion.TEXT for conversion in found.values()):
            self._conversions = found
            self._typed = self._options(found)

    def _distrust(self, name: str) -> None:
        """Read a column as texts from now on; all columns if it is not known which one was wrong."""
        for each in (name,) if name in self._conversions else tuple(self._conversions):
            self._conversions[each] = Conversion.TEXT
        self._typed = self._options(self._conversions)

    def _options(self, conversions: Mapping[str, Conversion]) -> pyarrow.csv.ConvertOptions:
        types = {
            name: conversions.get(name, Conversion.TEXT).arrow if kind is Kind.NUMBER else _CATEGORY
            for name, kind in self._kinds.items()
        }
        return pyarrow.csv.ConvertOptions(
            include_columns=list(types),
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=False,  # rows come from Python texts
        )

    def _set_aside(self, row: pyarrow.csv.InvalidRow) -> str:
        self._others.append(row.number - 1)
        return "skip"


def batch_of(table: pa.Table, schema: Schema, *, has_bare_dot: bool = True) -> Batch:
    """Return the columns of a schema from a table of texts. A column that the table does not have is missing in all records."""
    present = set(table.column_names)
    return Batch(
        records=table.num_rows,
        columns=tuple(
            _values(_one_chunk(table.column(column.name)), column.kind, has_bare_dot=has_bare_dot)
            if column.name in present
            else _missing(column.kind, table.num_rows)
            for column in schema.columns
        ),
    )


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    values = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    # A column without chunks stays one.
    return pa.array([], values.type) if isinstance(values, pa.ChunkedArray) else values


def _values(values: pa.Array, kind: Kind, *, has_bare_dot: bool) -> NumberValues | TextValues:
    if kind is Kind.TEXT:
        return text_values(values)
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        return _typed_numbers(values)
    texts = values if pa.types.is_string(values.type) else pc.cast(values, pa.string())
    return classify_numbers(texts, has_bare_dot=has_bare_dot)


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
