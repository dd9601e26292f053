"""Tables of CSV, JSON Lines and Parquet as batches: baselines, and the data of batch transform."""

import csv
import io
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from kedge_monitor.batch import Batch, Column, Kind, NumberValues, Schema
from kedge_monitor.capture.arrange import Arranger
from kedge_monitor.capture.classes import find_doubtful
from kedge_monitor.capture.columns import RowParser, batch_of
from kedge_monitor.capture.layout import Survey, left_out
from kedge_monitor.capture.parquet import parquet_tables
from kedge_monitor.capture.payload import PayloadUnreadable, flat
from kedge_monitor.capture.read_report import ObjectRead, ReadReport
from kedge_monitor.capture.source import LinePiece, Source, count_lines
from kedge_monitor.errors import MonitorError, counted

_PIECE: Final = 4 * 1024 * 1024
_MOST_OPEN: Final = 64 * 1024 * 1024
_SURVEYED: Final = 1_000


class TableUnreadable(MonitorError):
    """A table that cannot be read at all. The text names the object, the line and the action."""


class TableFormat(StrEnum):
    """How a table is stored, by the words of a monitoring schedule's `DatasetFormat`."""

    CSV = "csv"
    CSV_WITHOUT_HEADER = "csv_without_header"
    JSON_LINES = "json_lines"
    PARQUET = "parquet"


class TableReader:
    """Reads tables of one format as batches.

    Kinds of columns that no baseline gives are guessed from the first rows. A later value can prove a guess wrong: then `read`
    raises KindsChanged, and the reading begins again with a reader from `corrected`.

    Attributes:
        schema: the columns of the batches: those of the baseline, then those that only the table has.
        report: what became of the rows so far.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        form: TableFormat,
        baseline: Schema | None = None,
        excluded: Sequence[str] = (),
        *,
        texts: frozenset[str] = frozenset(),
    ) -> None:
        """Read the beginning of the first table.

        Args:
            sources: the tables; all have the same columns.
            form: how they are stored. A source of Parquet must open a file that can seek.
            baseline: the columns of the baseline, None if this is the baseline.
            excluded: columns to leave out, by name or by number from 0.
            texts: columns that are text whatever the first rows say.

        Raises:
            TableUnreadable: the first table is empty, or is not of this format.
            ColumnsInvalid: a column to leave out does not exist.
        """
        self._sources, self._form, self._baseline, self._excluded = sources, form, baseline, excluded
        self._texts = texts
        self._typed: frozenset[str] = frozenset()  # columns that are stored as numbers
        self.names, guessed = self._begin()
        known = {} if baseline is None else {column.name: column.kind for column in baseline.columns}
        # Names of rows by position are the baseline's.
        if baseline is not None and form is TableFormat.CSV_WITHOUT_HEADER:
            self.names = (*baseline.names[: len(self.names)], *self.names[len(baseline.names) :])
        out = left_out(tuple(dict.fromkeys((*known, *self.names))), excluded)
        self._guessed = {name for name in self.names if name not in known} - texts - self._typed
        kinds = {**known, **{name: guessed.get(name, Kind.NUMBER) for name in self.names if name not in known}}
        self.schema = Schema(
            columns=tuple(
                Column(name=name, kind=Kind.TEXT if name in texts else kind)
                for name, kind in kinds.items()
                if name not in out
            )
        )
        self.report = ReadReport()

    def corrected(self, change: "KindsChanged") -> "TableReader":
        """Return the reader that takes the columns of a wrong guess as text."""
        texts = self._texts | change.names
        return TableReader(self._sources, self._form, self._baseline, self._excluded, texts=texts)

    def read(self) -> Iterator[Batch]:
        """Return all tables as batches.

        Raises:
            KindsChanged: a column that was guessed to be a number has a text.
            TableUnreadable: a table cannot be read.
        """
        self.report = ReadReport(seen=set(self.names))
        for source in self._sources:
            before = self.report.lines
            for batch in self._read(source):
                self.report.records += batch.records
                self._check_kinds(batch)
                if batch.records:
                    yield batch
            lines = self.report.lines - before
            self.report.objects.append(ObjectRead(key=source.key, etag=source.etag, lines=lines))

    def _check_kinds(self, batch: Batch) -> None:
        wrong = frozenset(
            column.name
            for column, values in zip(self.schema.columns, batch.columns, strict=True)
            if column.name in self._guessed and isinstance(values, NumberValues) and len(values.texts)
        )
        if wrong:
            raise KindsChanged(wrong)

    def _begin(self) -> tuple[tuple[str, ...], dict[str, Kind]]:
        """Return the names of the first table, and the kinds that its first rows have."""
        source = self._sources[0]
        match self._form:
            case TableFormat.PARQUET:
                table = next(parquet_tables(source, 1), None)
                if table is None:
                    raise TableUnreadable(f"{source.key} has no columns. Name another table.")
                self._typed = frozenset(
                    field.name
                    for field in table.schema
                    if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
                )
                return tuple(table.column_names), {}
            case TableFormat.JSON_LINES:
                layout = _survey_json(source).layout()
                if not layout.names:
                    raise TableUnreadable(f"{source.key} has no JSON object in its first lines. Name another table.")
                return layout.names, {column.name: column.kind for column in layout.schema.columns}
            case _:
                return _begin_csv(source, has_header=self._form is TableFormat.CSV)

    def _read(self, source: Source) -> Iterator[Batch]:
        match self._form:
            case TableFormat.PARQUET:
                for table in parquet_tables(source):
                    self.report.lines += table.num_rows
                    self.report.read += table.num_rows
                    yield batch_of(table, self.schema)
            case TableFormat.JSON_LINES:
                yield from self._read_json(source)
            case _:
                yield from self._read_csv(source)

    def _read_csv(self, source: Source) -> Iterator[Batch]:
        parser = RowParser(self.names, self.schema)
        for piece in _closed_pieces(source):
            data, first, lines = piece.data, piece.first, piece.lines
            if first == 1 and self._form is TableFormat.CSV:
                data = data[data.find(b"\n") + 1 :] if b"\n" in data else b""
                first, lines = 2, lines - 1
            data = data.removeprefix(b"\xef\xbb\xbf")
            if not data:
                continue
            try:
                data.decode()
            except UnicodeDecodeError as error:
                number = first + count_lines(data[: error.start])
                raise TableUnreadable(f"{source.key}, line {number}: no UTF-8. Store the table as UTF-8.") from None
            quoted = b'"' in data
            numbers: list[int] | None = None
            if len(self.names) > 1 and _has_blank_lines(data):
                data, numbers = _without_blank_lines(data)
                blank = lines - len(numbers)
                self.report.blank += blank
                self.report.lines += blank
                lines -= blank
            if not data:
                continue
            parsed = parser.parse(data, quoted=quoted, is_doubtful=find_doubtful(data))
            rows = parsed.batch.records + len(parsed.other_width)
            if not quoted and rows != lines:
                raise TableUnreadable(
                    f"{source.key}, from line {first} on: {counted(lines, 'line')} {'has' if lines == 1 else 'have'} {counted(rows, 'row')}. "
                    "Separate rows by line feeds alone."
                )
            self.report.lines += rows
            self.report.read += parsed.batch.records
            for row in parsed.other_width:
                number = row if numbers is None or row >= len(numbers) else numbers[row]
                self.report.add_unreadable(source.key, first + number, f"not {counted(len(self.names), 'field')}")
            yield parsed.batch

    def _read_json(self, source: Source) -> Iterator[Batch]:
        parser, arranger = RowParser(self.names, self.schema), Arranger.of_names(self.names, self.report)
        for piece in source.pieces(_PIECE):
            rows = []
            for number, text in enumerate(piece.data.split(b"\n")[: piece.lines], start=piece.first):
                self.report.lines += 1
                if not text.strip():
                    self.report.blank += 1
                    continue
                try:
                    rows.append(arranger.line(None, flat(_object(text))))
                except PayloadUnreadable as error:
                    self.report.add_unreadable(source.key, number, str(error))
            self.report.read += len(rows)
            if rows:
                data = b"\n".join((*rows, b""))
                yield parser.parse(data, quoted=b'"' in data, is_doubtful=True).batch


class KindsChanged(Exception):
    """Columns that were guessed to be numbers have texts."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        super().__init__(", ".join(sorted(names)))


def _has_blank_lines(data: bytes) -> bool:
    return data.startswith((b"\n", b"\r\n")) or b"\n\n" in data or b"\n\r\n" in data


def _without_blank_lines(data: bytes) -> tuple[bytes, list[int]]:
    """Return rows of CSV without the blank lines between them, and the number of each line that stays, from 0 on."""
    kept, numbers, is_open = [], [], False
    for number, text in enumerate(data.removesuffix(b"\n").split(b"\n")):
        if text.strip(b"\r") or is_open:
            kept.append(text)
            numbers.append(number)
            is_open ^= text.count(b'"') % 2 == 1
    return b"".join(text + b"\n" for text in kept), numbers


def _object(text: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (ValueError, RecursionError) as error:
        raise PayloadUnreadable(f"no JSON object: {error}") from None


def _survey_json(source: Source) -> Survey:
    survey, count = Survey(), 0
    for piece in source.pieces():
        for text in piece.data.split(b"\n"):
            try:
                survey.add(None, flat(_object(text)))
            except PayloadUnreadable:  # counted when it is read
                continue
            count += 1
            if count >= _SURVEYED:
                return survey
    return survey


def _begin_csv(source: Source, *, has_header: bool) -> tuple[tuple[str, ...], dict[str, Kind]]:
    """Return the names of a CSV table, and the kinds of the rows of its first piece."""
    piece = next(_closed_pieces(source), None)
    if piece is None:
        raise TableUnreadable(f"{source.key} is empty. Name another table.")
    text = piece.data.decode(errors="replace").removeprefix("\ufeff")
    rows = csv.reader(io.StringIO(text, newline=""))
    survey, names = Survey(), []
    try:
        if has_header:
            names = next(rows, [])
            if not any(names):
                raise TableUnreadable(f"{source.key}, line 1: there are no names of columns. Begin with a header.")
        for row in islice(rows, _SURVEYED):
            survey.add(None, list(row))
    except csv.Error as error:  # a field that Python's reader finds too long
        if not names:
            raise TableUnreadable(f"{source.key}, line {rows.line_num}: no CSV: {error}. Correct the line.") from None
    layout = survey.layout()
    names = names or list(layout.names)
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise TableUnreadable(f"{source.key}, line 1: columns have the same name: {', '.join(twice)}. Rename them.")
    return tuple(names), dict(zip(names, (column.kind for column in layout.schema.columns), strict=False))


def _closed_pieces(source: Source) -> Iterator[LinePiece]:
    """Return the lines of a CSV table in pieces that end outside quotes."""
    held: list[bytes] = []
    first, lines, quotes, size = 1, 0, 0, 0
    for piece in source.pieces(_PIECE):
        held.append(piece.data)
        lines += piece.lines
        size += len(piece.data)
        if b'"' in piece.data:
            quotes += int(np.count_nonzero(np.frombuffer(piece.data, np.uint8) == ord('"')))
        if piece.cut or size > _MOST_OPEN:
            raise TableUnreadable(
                f"{source.key}: a quote or a line that begins after line {first} does not end. Close it."
            )
        if quotes % 2 == 0:
            yield LinePiece(b"".join(held), first, lines)
            held, first, lines, quotes, size = [], first + lines, 0, 0, 0
    if held:
        raise TableUnreadable(f"{source.key}: a quote that begins after line {first} does not end. Close it.")
