"""Parquet to tables of texts and numbers, in parts."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from kedge_monitor.capture.source import Source
from kedge_monitor.errors import MonitorError

_ROWS: Final = 65_536


class ParquetUnreadable(MonitorError):
    """A Parquet file that is broken, or that has a column of lists."""


def parquet_tables(source: Source, most: int = _ROWS) -> Iterator[pa.Table]:
    """Return the rows of a Parquet file in tables of at most `most` rows, each column as in `plain_column`.

    Objects become columns with dotted names.

    Raises:
        ParquetUnreadable: the file is broken, or a column has values that are no single values.
    """
    try:
        with closing(source.open()) as stream:
            file = pyarrow.parquet.ParquetFile(stream)
            empty = True
            for batch in file.iter_batches(batch_size=most, use_threads=False):
                empty = False
                yield _plain(pa.Table.from_batches([batch]), source)
            if empty:
                yield _plain(file.schema_arrow.empty_table(), source)
    except (pa.ArrowInvalid, OSError) as error:
        raise ParquetUnreadable(f"{source.key}: no Parquet: {str(error).rstrip('.')}. Name another table.") from None


def _plain(table: pa.Table, source: Source) -> pa.Table:
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    columns = {}
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        try:
            columns[name] = plain_column(values)
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
            raise ParquetUnreadable(
                f"{source.key}: column {name} of type {values.type} has no single values: {error}. Leave the column out of the file."
            ) from None
    return pa.table(columns)


def plain_column(values: pa.Array) -> pa.Array:
    """Return a column as whole numbers, as float64, or as texts.

    In float64 a value that is not a number is missing, as numpy and pandas mean it. Booleans are the texts `true` and `false`.
    Times are texts of ISO 8601. An empty text is missing, as in CSV.
    """
    kind = values.type
    if pa.types.is_integer(kind):
        return values
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = pc.cast(values, pa.float64(), safe=False)
        return pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
    texts = pc.cast(values, pa.string())
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
