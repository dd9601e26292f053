"""The data of batch transform: manifests of its capture, and objects of inputs paired with those of outputs."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile, zip_longest
from typing import Any, Final

import msgspec

from kedge_monitor.batch import Batch, Schema
from kedge_monitor.capture.arrange import Arranger
from kedge_monitor.capture.columns import RowParser
from kedge_monitor.capture.layout import Layout, Survey
from kedge_monitor.capture.payload import PayloadUnreadable, Row, csv_rows, json_rows
from kedge_monitor.capture.read_report import ObjectRead, ReadReport
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.window import parse_time
from kedge_monitor.errors import MonitorError

_SUFFIX: Final = ".out"
_MOST_ROWS: Final = 32_768
_SURVEYED: Final = 64
# `GenerateInferenceId` adds these to each record: fields of JSON, or the last two columns of CSV.
_ADDED: Final = ("SageMakerInferenceId", "SageMakerInferenceTime")
_ID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class ManifestUnreadable(MonitorError):
    """A file of captured batch transform data that is no manifest."""


class TransformPair(msgspec.Struct, frozen=True, kw_only=True):
    """One object that was transformed, and what came of it; None if the capture has only one of them."""

    inputs: Source | None
    outputs: Source | None


class TransformSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How objects of batch transform are read.

    Attributes:
        has_header: whether the first line of an object of inputs is a header of CSV.
        has_ids: whether the outputs end with the id and the time of `GenerateInferenceId`; they are no columns.
        excluded: columns to leave out, by name or by number from 0.
    """

    has_header: bool = False
    has_ids: bool = False
    excluded: tuple[str, ...] = ()


def read_manifest(data: bytes, key: str) -> tuple[str, ...]:
    """Return the URIs of the objects that a manifest names: `[{"prefix": "s3://bucket/data/"}, "a.csv", "b.csv"]`.

    Raises:
        ManifestUnreadable: it does not have this form.
    """
    try:
        head, *names = msgspec.json.decode(data, type=list[Any])
        prefix = msgspec.convert(head, dict[str, str])["prefix"]
        return tuple(prefix + name for name in msgspec.convert(names, list[str]))
    except (ValueError, KeyError, RecursionError) as error:
        raise ManifestUnreadable(
            f"{key}: no manifest ({error}). Name the folder of a batch transform job's captured data."
        ) from None


def pair_objects(inputs: Iterable[Source], outputs: Iterable[Source]) -> tuple[TransformPair, ...]:
    """Return objects of inputs with those of outputs: `a.csv` belongs to `a.csv.out`, in any folder.

    If several inputs have one name, the input whose folders agree with those of the output is taken, the innermost first.
    """
    by_name: dict[str, list[Source]] = {}
    for source in inputs:
        by_name.setdefault(posixpath.basename(source.key), []).append(source)
    pairs = []
    for source in sorted(outputs, key=lambda one: one.key):
        key = source.key.removesuffix(_SUFFIX)
        candidates = by_name.get(posixpath.basename(key), [])
        best = max(candidates, key=lambda one: _common_folders(one.key, key), default=None)
        if best is not None:
            candidates.remove(best)
        pairs.append(TransformPair(inputs=best, outputs=source))
    rest = sorted((source for left in by_name.values() for source in left), key=lambda one: one.key)
    return (*pairs, *(TransformPair(inputs=source, outputs=None) for source in rest))


def _common_folders(left: str, right: str) -> int:
    """Return the number of names that two keys have in common at their ends."""
    both = zip(reversed(left.split("/")), reversed(right.split("/")), strict=False)
    return sum(1 for _ in takewhile(lambda names: names[0] == names[1], both))


def has_inference_ids(pairs: Iterable[TransformPair]) -> bool:
    """Return whether the outputs end with what `GenerateInferenceId` adds, by the first line of the first object."""
    sources = (pair.outputs for pair in pairs if pair.outputs is not None)
    line = next((text for source in sources for text in _texts(source)), "").strip()
    if line.startswith("{"):
        return f'"{_ADDED[0]}"' in line
    values = [value.strip('" ') for value in line.split(",")]
    return len(values) > len(_ADDED) and _ID.fullmatch(values[-2]) is not None and parse_time(values[-1]) is not None


class TransformReader:
    """Reads pairs of objects, each CSV or JSON Lines, as batches: outputs first, then inputs.

    Attributes:
        layout: the columns of the records.
        report: what became of the records; a line is one of the inputs.
    """

    def __init__(self, pairs: Sequence[TransformPair], baseline: Schema | None, settings: TransformSettings) -> None:
        """Read the beginning of the first pairs.

        Raises:
            ColumnsInvalid: a column to leave out does not exist.
        """
        self._pairs, self._settings = pairs, settings
        self._names = frozenset(baseline.names if baseline else ())
        survey = Survey()
        for _, (_, _, row) in zip(range(_SURVEYED), self._rows(), strict=False):
            if not isinstance(row, str):
                survey.add(*row)
        self.layout: Layout = survey.layout(baseline, settings.excluded)
        self.report = ReadReport()

    def read(self) -> Iterator[Batch]:
        """Return the records as batches. A record that cannot be read, or has only one side, is counted with its place."""
        self.report = ReadReport()
        arranger, parser = Arranger(self.layout, self.report), RowParser(self.layout.names, self.layout.schema)
        waiting: list[bytes] = []
        for source, number, row in self._rows():
            self.report.lines += 1
            if isinstance(row, str):
                self.report.add_unreadable(source.key, number, row)
                continue
            try:
                waiting.append(arranger.line(*row))
                self.report.read += 1
            except PayloadUnreadable as error:
                self.report.add_unreadable(source.key, number, str(error))
            if len(waiting) >= _MOST_ROWS:
                yield self._batch(parser, waiting)
                waiting = []
        if waiting:
            yield self._batch(parser, waiting)
        for pair in self._pairs:
            for one in (pair.inputs, pair.outputs):
                if one is not None:
                    self.report.objects.append(ObjectRead(key=one.key, etag=one.etag, lines=0))

    def _batch(self, parser: RowParser, rows: list[bytes]) -> Batch:
        data = b"\n".join((*rows, b""))
        batch = parser.parse(data, quoted=b'"' in data, is_doubtful=True).batch
        self.report.records += batch.records
        return batch

    def _rows(self) -> Iterator[tuple[Source, int, tuple[Row | None, Row | None] | str]]:
        """Return the place of each record with its rows, or with the reason why it cannot be read."""
        for pair in self._pairs:
            source = pair.inputs or pair.outputs
            if source is None:
                continue
            skip = self._settings.has_header
            inputs = _texts(pair.inputs, skip=1 if skip else 0)
            outputs = _texts(pair.outputs)
            if pair.inputs is None or pair.outputs is None:
                lines = enumerate((text for text in (*inputs, *outputs)), start=1)
                yield from ((source, number, self._one_side(pair, text)) for number, text in lines)
                continue
            for number, both in enumerate(zip_longest(outputs, inputs), start=2 if skip else 1):
                yield source, number, self._both_sides(*both)

    def _one_side(self, pair: TransformPair, text: str) -> tuple[Row | None, Row | None] | str:
        try:
            return (self._output(text), None) if pair.inputs is None else (None, _one_row(text, self._names))
        except PayloadUnreadable as error:
            return str(error)

    def _both_sides(self, output: str | None, given: str | None) -> tuple[Row | None, Row | None] | str:
        if output is None or given is None:
            return "the objects of inputs and outputs have different numbers of lines"
        try:
            return self._output(output), _one_row(given, self._names)
        except PayloadUnreadable as error:
            return str(error)

    def _output(self, text: str) -> Row:
        row = _one_row(text, self._names)
        if not self._settings.has_ids:
            return row
        if isinstance(row, dict):
            return {name: value for name, value in row.items() if name not in _ADDED}
        return row.rsplit(",", 2)[0] if isinstance(row, str) else row[:-2]


def _one_row(text: str, names: frozenset[str]) -> Row:
    rows = json_rows(text, names) if text.lstrip()[:1] in ("{", "[") else csv_rows(text)
    if len(rows) != 1:
        raise PayloadUnreadable(f"{len(rows)} records in one line")
    return rows[0]


def _texts(source: Source | None, skip: int = 0) -> Iterator[str]:
    """Return the lines of an object."""
    if source is None:
        return
    for piece in source.pieces():
        for text in piece.data.split(b"\n")[: piece.lines]:
            if skip:
                skip -= 1
            elif text.strip():
                yield text.decode(errors="replace")
