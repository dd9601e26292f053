"""Ground truth: labels by the id of their record, and captured records joined with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.csv

from kedge_monitor.capture.arrange import Arranger, encode_line
from kedge_monitor.capture.layout import Layout, csv_field, fields_of
from kedge_monitor.capture.payload import PayloadUnreadable, Row, Side, read_side
from kedge_monitor.capture.read_report import ObjectRead, ReadReport
from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.capture.record import CapturedLine, decode_line, rows_of_line
from kedge_monitor.capture.source import LinePiece, Source
from kedge_monitor.capture.window import RecordTimes
from kedge_monitor.errors import MonitorError

GROUND_TRUTH: Final = "ground_truth"
_MOST_ROWS: Final = 32_768
_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


class LabelNameTaken(MonitorError):
    """A column of the records has the name that the labels are to get."""


class JoinReport(msgspec.Struct, kw_only=True):
    """The counts of a join of records with labels.

    Attributes:
        labelled: rows with a label.
        unlabelled: rows without a label.
        mismatched: rows of records whose label has another number of values; they count as unlabelled, too.
        labels: records that labels name.
        orphan_labels: those of them whose record was not read.
        replaced_labels: labels that a newer one for the same record replaced.
    """

    labelled: int = 0
    unlabelled: int = 0
    mismatched: int = 0
    labels: int = 0
    orphan_labels: int = 0
    replaced_labels: int = 0


@dataclass(slots=True)
class _Label:
    rows: list[Row]
    time: datetime
    is_used: bool = False


class Labels:
    """The labels of many records, in memory: about 300 bytes for each.

    If a record has several labels, the one in the newest object counts; in the same object the later one.
    """

    def __init__(self) -> None:
        self.report = ReadReport()
        self.replaced = 0
        self._by_key: dict[str, _Label] = {}

    def read(self, sources: Iterable[Source]) -> None:
        """Add the labels of some objects. A line that cannot be read is counted in `report` with its place."""
        for source in sources:
            before = self.report.lines
            for piece in source.pieces():
                for number, text in _lines(piece, source, self.report):
                    try:
                        self._add(decode_line(text), source.time or _ALWAYS)
                        self.report.read += 1
                    except PayloadUnreadable as error:
                        self.report.add_unreadable(source.key, number, str(error))
            lines = self.report.lines - before
            self.report.objects.append(ObjectRead(key=source.key, etag=source.etag, lines=lines))

    def _add(self, line: CapturedLine, time: datetime) -> None:
        key = line.event_metadata.event_id if line.event_metadata else None
        if not key:
            raise PayloadUnreadable("no eventId in eventMetadata, so the label belongs to no record")
        if line.ground_truth_data is None:
            raise PayloadUnreadable("no groundTruthData")
        label = _Label(label_rows(line.ground_truth_data), time)
        known = self._by_key.get(key)
        if known is not None:
            self.replaced += 1
        if known is None or known.time <= time:
            self._by_key[key] = label

    def find(self, key: str) -> list[Row] | None:
        """Return the label of a record, None if it has none. The label is then no orphan."""
        label = self._by_key.get(key)
        if label is None:
            return None
        label.is_used = True
        return label.rows

    def forget_use(self) -> None:
        """Take all labels as orphans again, before another part of the records is read."""
        for label in self._by_key.values():
            label.is_used = False

    def __len__(self) -> int:
        return len(self._by_key)

    @property
    def orphans(self) -> int:
        """Return how many labels were never looked for."""
        return sum(not label.is_used for label in self._by_key.values())


def label_rows(side: Side) -> list[Row]:
    """Return the rows of a label: one for each row of its record.

    Raises:
        PayloadUnreadable: the label cannot be read.
    """
    try:
        return read_side(side)
    except PayloadUnreadable as error:
        raise PayloadUnreadable(f"groundTruthData: {error}") from None


def pair_labels(rows: list[Row], count: int, attribute: str) -> list[str | None] | None:
    """Return one label for each of `count` rows, None if the numbers differ.

    Args:
        rows: the rows of the label record.
        count: how many rows the captured record has.
        attribute: which value of a label with several names counts.
    """
    if len(rows) == 1 and count != 1 and not isinstance(rows[0], dict):
        values = fields_of(rows[0])
        return values if len(values) == count else None
    if len(rows) != count:
        return None
    found = []
    for row in rows:
        if isinstance(row, dict) and attribute in row:
            found.append(row[attribute])
            continue
        values = fields_of(row)
        if len(values) != 1:
            return None
        found.append(values[0])
    return found


class LabelledReader:
    """Reads captured records together with their labels.

    Attributes:
        report: what became of the captured lines.
        join: what became of records and labels.
    """

    def __init__(
        self,
        layout: Layout,
        labels: Labels,
        settings: CaptureSettings,
        *,
        name: str = GROUND_TRUTH,
        attribute: str = "",
    ) -> None:
        """Begin a read.

        Args:
            layout: the columns of the records.
            labels: the labels; records that a merge job wrote have their own.
            settings: how records are read.
            name: the name of the column of labels.
            attribute: which value of a label with several names counts; empty: `name`.

        Raises:
            LabelNameTaken: a column has this name already.
        """
        if name in layout.names:
            raise LabelNameTaken(
                f"The data has a column {name!r}, so the labels cannot get this name. Choose another one."
            )
        self.report, self.join = ReadReport(), JoinReport()
        self._layout, self._labels, self._settings, self._attribute = layout, labels, settings, attribute or name
        self._arranger = Arranger(layout, self.report)
        self._times = RecordTimes(settings.window)
        self._names = frozenset(layout.names)
        self._columns = (*layout.schema.names, name)
        self._reading = pyarrow.csv.ReadOptions(
            use_threads=False, column_names=[*layout.names, name], block_size=1 << 30
        )
        self._parsing = pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
        self._converting = pyarrow.csv.ConvertOptions(
            include_columns=list(self._columns),
            column_types=dict.fromkeys(self._columns, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
        )

    def read(self, sources: Iterable[Source]) -> Iterator[pa.Table]:
        """Return the rows that have a label, in tables of texts; a missing value is null.

        The columns are those of the layout's schema, then the label. `join` is complete when all tables were taken.
        """
        waiting: list[bytes] = []
        for source in sources:
            before = self.report.lines
            for piece in source.pieces():
                for number, text in _lines(piece, source, self.report):
                    try:
                        waiting += self._rows(decode_line(text), source)
                    except PayloadUnreadable as error:
                        self.report.add_unreadable(source.key, number, str(error))
                if len(waiting) >= _MOST_ROWS:
                    yield self._table(waiting)
                    waiting = []
            lines = self.report.lines - before
            self.report.objects.append(ObjectRead(key=source.key, etag=source.etag, lines=lines))
        if waiting:
            yield self._table(waiting)
        self.join.labels, self.join.replaced_labels = len(self._labels), self._labels.replaced
        self.join.orphan_labels = self._labels.orphans

    def _table(self, rows: list[bytes]) -> pa.Table:
        data = b"\n".join((*rows, b""))
        return pyarrow.csv.read_csv(pa.py_buffer(data), self._reading, self._parsing, self._converting)

    def _rows(self, line: CapturedLine, source: Source) -> list[bytes]:
        """Return the labelled rows of a line as CSV, and count all of them."""
        if line.is_shadow:
            self.report.shadow += 1
            return []
        # A label of a record outside the window is no orphan.
        labels = self._labels.find(line.join_key)
        if line.ground_truth_data is not None:
            labels = label_rows(line.ground_truth_data)
        is_inside = self._times.place(line.time, source.hour)
        if is_inside is None:
            raise PayloadUnreadable(f"inferenceTime {line.time!r} is no time")
        if not is_inside:
            self.report.outside += 1
            return []
        rows = rows_of_line(line, self._names, self._settings.sides)
        texts = [self._arranger.line(*pair) for pair in rows.pairs]
        self.report.dropped_outputs += len(texts) if rows.dropped_outputs else 0
        self.report.read += 1
        self.report.records += len(texts)
        values = None if labels is None else pair_labels(labels, len(texts), self._attribute)
        if values is None:
            self.join.unlabelled += len(texts)
            self.join.mismatched += len(texts) if labels is not None else 0
            return []
        labelled = [
            b"%b,%b" % (text, encode_line(csv_field(value))) for text, value in zip(texts, values, strict=True) if value
        ]
        self.join.labelled += len(labelled)
        self.join.unlabelled += len(texts) - len(labelled)
        return labelled


def _lines(piece: LinePiece, source: Source, report: ReadReport) -> Iterator[tuple[int, bytes]]:
    """Return the lines of a piece with their numbers. Blank and cut lines are counted."""
    report.lines += piece.lines
    if piece.cut:
        report.add_unreadable(source.key, piece.first, "the line is longer than can be read")
        return
    for number, text in enumerate(piece.data.split(b"\n")[: piece.lines], start=piece.first):
        if text.strip():
            yield number, text
        else:
            report.blank += 1
