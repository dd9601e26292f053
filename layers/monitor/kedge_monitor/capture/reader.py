"""Reads captured requests as batches of columns, in pieces of constant size."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from kedge_monitor.batch import Batch, Schema
from kedge_monitor.capture.arrange import Arranger
from kedge_monitor.capture.classes import find_doubtful
from kedge_monitor.capture.columns import Parsed, RowParser
from kedge_monitor.capture.layout import Layout, Survey
from kedge_monitor.capture.payload import PayloadUnreadable
from kedge_monitor.capture.plain import PlainPiece, PlainReader
from kedge_monitor.capture.read_report import ObjectRead, ReadReport
from kedge_monitor.capture.record import BOTH, CapturedLine, Rows, decode_line, decode_lines, rows_of_line
from kedge_monitor.capture.source import LinePiece, Source
from kedge_monitor.capture.window import CaptureWindow, RecordTimes

SURVEYED: Final = 64
"""How many records of the first pieces decide which form the records have."""

_MOST_ROWS: Final = 32_768
_MOST_BYTES: Final = 8 * 1024 * 1024


class CaptureSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How captured requests are read.

    Attributes:
        window: the times to read; None: all.
        sides: the sides to read, as `captureIndexNames` of the dataset's format names them.
        excluded: columns to leave out, by name or by number from 0.
        most_unreadable: the largest share of lines that cannot be read, 0 to 1; above it the run fails.
    """

    window: CaptureWindow | None = None
    sides: tuple[str, ...] = BOTH
    excluded: tuple[str, ...] = ()
    most_unreadable: float = 0.01


def survey_capture(
    sources: Iterable[Source], schema: Schema | None, settings: CaptureSettings, most: int = SURVEYED
) -> Layout:
    """Return the layout that fits the first records of some objects.

    Args:
        sources: the objects, in the order of the later read.
        schema: the columns of the baseline, None if there is none.
        settings: how the records are read.
        most: how many records are looked at.

    Raises:
        ColumnsInvalid: a column to leave out does not exist.
    """
    survey = Survey()
    for _, _, rows in _first_records(sources, schema, settings, most):
        for pair in rows.pairs:
            survey.add(*pair)
    return survey.layout(schema, settings.excluded)


def first_lines(
    sources: Iterable[Source], schema: Schema | None, settings: CaptureSettings, most: int = SURVEYED
) -> list[tuple[str, bytes]]:
    """Return the lines that `survey_capture` decides by, each with the key of its object.

    Several hosts that each see some of the objects get one layout if each surveys the lines of all, in the order of the keys.
    """
    return [(source.key, data) for source, data, _ in _first_records(sources, schema, settings, most)]


def _first_records(
    sources: Iterable[Source], schema: Schema | None, settings: CaptureSettings, most: int
) -> Iterator[tuple[Source, bytes, Rows]]:
    """Return the first lines that will be read."""
    names, times, count = frozenset(schema.names if schema else ()), RecordTimes(settings.window), 0
    for source in sources:
        for piece in source.pieces():
            for data in piece.data.split(b"\n"):
                try:
                    line = decode_line(data)
                    if line.is_shadow or not times.place(line.time, source.hour):
                        continue
                    rows = rows_of_line(line, names, settings.sides)
                except PayloadUnreadable:  # the reader counts it
                    continue
                yield source, data, rows
                count += 1
                if count >= most:
                    return


class _Waiting:
    """Rows of CSV that wait to be a batch. `pieces` says for each part of them how many rows it has, and its piece if it is plain."""

    def __init__(self, parser: RowParser) -> None:
        self.parser = parser
        self.clear()

    def clear(self) -> None:
        self.texts: list[bytes] = []
        self.pieces: list[tuple[int, PlainPiece | None]] = []
        self.count = self.size = 0
        self.quoted = self.is_doubtful = False

    def add(self, rows: bytes, count: int) -> None:
        self.texts.append(rows)
        self.pieces.append((count, None))
        self.count += count
        self.size += len(rows)
        self.quoted = self.quoted or b'"' in rows
        self.is_doubtful = self.is_doubtful or find_doubtful(rows)

    def add_plain(self, piece: PlainPiece) -> None:
        self.texts.append(piece.rows)
        self.pieces.append((piece.count, piece))
        self.count += piece.count
        self.size += len(piece.rows)
        self.is_doubtful = self.is_doubtful or piece.is_doubtful

    def parse(self) -> Parsed:
        """Parse the rows, and check that none is lost: a row never becomes two, so equal numbers mean equal rows."""
        data = b"\n".join((*self.texts, b""))
        parsed = self.parser.parse(data, quoted=self.quoted, is_doubtful=self.is_doubtful)
        found = parsed.batch.records + len(parsed.other_width)
        if found != self.count:
            raise AssertionError(f"{self.count} rows of CSV were parsed as {found}")
        return parsed

    @property
    def is_full(self) -> bool:
        return self.count >= _MOST_ROWS or self.size >= _MOST_BYTES


class CaptureReader:
    """Reads objects of one layout. `report` counts what became of the lines, and grows while batches are taken.

    Most pieces take a fast path: all records are CSV, decoded with a fixed type, and their rows are joined without a
    look at each. If anything in a piece is unusual, the reader takes it line by line.
    """

    def __init__(self, layout: Layout, settings: CaptureSettings) -> None:
        self.layout = layout
        self.report = ReadReport()
        self._settings = settings
        self._times = RecordTimes(settings.window)
        self._names = frozenset(layout.names)
        self._arranger = Arranger(layout, self.report)
        self._whole = _Waiting(RowParser(layout.names, layout.schema))
        # Rows by position are shorter than whole rows if the data has fewer columns than the baseline.
        self._short = self._whole
        if layout.is_plain and layout.width not in (0, len(layout.names)):
            self._short = _Waiting(RowParser(layout.names[: layout.width], layout.schema))
        self._plain = PlainReader(settings.sides, self._times) if layout.is_plain and layout.width else None

    def read(self, sources: Iterable[Source]) -> Iterator[Batch]:
        """Return the records of some objects as batches. Memory does not grow with the number of records.

        A line that cannot be read is counted in `report` with its place. The caller checks the share with `check_readable`.
        """
        for source in sources:
            before = self.report.lines
            for piece in source.pieces():
                yield from self._read_piece(piece, source)
            self.report.objects.append(ObjectRead(key=source.key, etag=source.etag, lines=self.report.lines - before))
        for rows in (self._short, self._whole):
            while rows.count:
                yield from self._flush(rows)

    def _read_piece(self, piece: LinePiece, source: Source) -> Iterator[Batch]:
        self.report.lines += piece.lines
        plain = self._plain.read(piece, source) if self._plain and not piece.cut else None
        if plain is None:
            self._read_lines(piece, source, None)
        else:
            self.report.outside += plain.outside
            self.report.read += plain.count
            if plain.count:
                self._short.add_plain(plain)
            if plain.odd:
                self._read_lines(piece, source, plain.odd)
        for rows in (self._short, self._whole):
            if rows.is_full:
                yield from self._flush(rows)

    def _flush(self, rows: _Waiting) -> Iterator[Batch]:
        """Parse the waiting rows. Those with another number of fields are arranged one by one, and wait for the next batch."""
        parsed, parts = rows.parse(), rows.pieces
        rows.clear()
        for row in parsed.other_width:
            self._add_line(decode_line(_line_of(parts, row)))
        self.report.records += parsed.batch.records
        if parsed.batch.records:
            if any(piece for _, piece in parts):
                self.report.seen.update(self.layout.names[: self.layout.width])
            yield parsed.batch

    def _read_lines(self, piece: LinePiece, source: Source, selected: Sequence[int] | None) -> None:
        """Read some or all lines of a piece one by one, and count them."""
        if piece.cut:
            self.report.add_unreadable(source.key, piece.first, "the line is longer than can be read")
            return
        texts = piece.data.split(b"\n")[: piece.lines]
        decoded: Sequence[CapturedLine | None] | None = None if selected else decode_lines(piece.data)
        # A line with two records beside an empty line gives the right number, too: then each line is decoded by itself.
        if decoded is None or len(decoded) != len(texts) or b"" in texts:
            decoded = [None] * piece.lines
        for number in range(piece.lines) if selected is None else selected:
            text = texts[number]
            if not text or text.isspace():
                self.report.blank += 1
                continue
            try:
                self._take(decoded[number] or decode_line(text), source)
            except PayloadUnreadable as error:
                self.report.add_unreadable(source.key, piece.first + number, str(error))

    def _take(self, line: CapturedLine, source: Source) -> None:
        if line.is_shadow:
            self.report.shadow += 1
            return
        match self._times.place(line.time, source.hour):
            case None:
                raise PayloadUnreadable(f"inferenceTime {line.time!r} is no time")
            case False:
                self.report.outside += 1
            case True:
                self._add_line(line)
                self.report.read += 1

    def _add_line(self, line: CapturedLine) -> None:
        """Arrange the rows of a line. None waits if one of them cannot be read."""
        rows = rows_of_line(line, self._names, self._settings.sides)
        texts = [self._arranger.line(*pair) for pair in rows.pairs]
        self.report.dropped_outputs += len(texts) if rows.dropped_outputs else 0
        self._whole.add(b"\n".join(texts), len(texts))


def _line_of(parts: list[tuple[int, PlainPiece | None]], row: int) -> bytes:
    """Return the line of a row that the parser set aside. Only rows of plain pieces can have another number of fields."""
    for count, piece in parts:
        if row < count and piece:
            return piece.line(row)
        row -= count
    raise AssertionError("a row that was arranged has another number of fields")
