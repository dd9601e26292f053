"""Runs a customer's script in a process of its own: `python -m kedge_monitor.engines.script_process TASK`.

Source of the handlers and of `inference_record`: SageMaker Developer Guide, "Preprocessing and Postprocessing".
"""

import importlib.util
import inspect
import logging
import mmap
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, BinaryIO, Final

import msgspec

from kedge_monitor.capture.payload import PayloadUnreadable
from kedge_monitor.capture.read_report import ObjectRead, ReadReport
from kedge_monitor.capture.record import decode_line
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.window import CaptureWindow, RecordTimes

POSITION: Final = struct.Struct("<qq")
"""The place of the record that the script has in hand: the number of its object and of its line, from 0 and from 1."""

_ENCODER: Final = msgspec.json.Encoder()
_PLAIN: Final = (str, int, float, bool, type(None))


class ScriptTask(msgspec.Struct, frozen=True, kw_only=True):
    """The task of the process.

    Attributes:
        script: the path of the script.
        handler: `preprocess_handler` or `postprocess_handler`.
        sources: key and path of each object; empty for a postprocessing script.
        captured: whether the lines are captured requests; else they are lines of a table.
        is_json: whether the lines of a table are JSON objects; else the script gets them as texts.
        header: whether the first line of each object is a header.
        window: the times of the requests that count.
        names: the columns of the baseline, for rows whose keys are numbers.
        folder: where the rows, the result and the position are written.
    """

    script: Path
    handler: str
    sources: tuple[tuple[str, Path], ...] = ()
    captured: bool = True
    is_json: bool = False
    header: bool = False
    window: CaptureWindow | None = None
    names: tuple[str, ...] = ()
    folder: Path

    @property
    def rows(self) -> Path:
        """Return the file of rows: JSON Lines."""
        return self.folder / "rows.jsonl"

    @property
    def result(self) -> Path:
        """Return the file of the result."""
        return self.folder / "result.json"

    @property
    def position(self) -> Path:
        """Return the file with the place of the current record."""
        return self.folder / "position"


class ScriptResult(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of the lines, or the text of the script's failure."""

    report: ReadReport = msgspec.field(default_factory=ReadReport)
    failure: str | None = None


class _Failed(Exception):
    """The script failed. The text names the record."""


class InferenceRecord:
    """A captured request as scripts know it."""

    def __init__(self, record: dict[str, Any]) -> None:
        """Take one line of capture, decoded."""
        captured, metadata = record.get("captureData") or {}, record.get("eventMetadata") or {}
        self.event_dict = record
        self.event_version = record.get("eventVersion")
        self.event_metadata = SimpleNamespace(
            event_id=metadata.get("eventId"),
            event_time=metadata.get("inferenceTime"),
            custom_attribute=metadata.get("customAttributes") or metadata.get("customAttribute"),
            inference_id=metadata.get("inferenceId"),
        )
        self.endpoint_input = _side(captured.get("endpointInput"))
        self.endpoint_output = _side(captured.get("endpointOutput"))
        self.batch_transform_output = _side(captured.get("batchTransformOutput"))
        self.ground_truth = _side(record.get("groundTruthData"))
        # Older scripts use this name.
        self.event_data = SimpleNamespace(endpointInput=self.endpoint_input, endpointOutput=self.endpoint_output)

    def as_dict(self) -> dict[str, Any]:
        """Return the line as it was captured."""
        return self.event_dict


def _side(given: dict[str, Any] | None) -> SimpleNamespace | None:
    if given is None:
        return None
    return SimpleNamespace(**{name: given.get(name) for name in ("encoding", "data", "observedContentType", "mode")})


class _Preprocessing:
    """One reading of all objects through the script."""

    def __init__(self, task: ScriptTask, handle: Callable[[Any], object]) -> None:
        self.report = ReadReport()
        self._task, self._handle = task, handle
        self._times = RecordTimes(task.window)
        with task.position.open("wb") as file:
            file.write(bytes(POSITION.size))
        with task.position.open("r+b") as file:
            self._position = mmap.mmap(file.fileno(), POSITION.size)

    def run(self) -> None:
        with self._task.rows.open("wb") as rows:
            for number, (key, path) in enumerate(self._task.sources):
                self._read(number, Source(key, partial(open_file, path)), rows)

    def _read(self, number: int, source: Source, rows: BinaryIO) -> None:
        before = self.report.lines
        for piece in source.pieces():
            self.report.lines += piece.lines
            if piece.cut:
                self.report.add_unreadable(source.key, piece.first, "the line is longer than can be read")
                continue
            for line, text in enumerate(piece.data.split(b"\n")[: piece.lines], start=piece.first):
                POSITION.pack_into(self._position, 0, number, line)
                rows.writelines(_ENCODER.encode(row) + b"\n" for row in self._rows(source, line, text))
        self.report.objects.append(ObjectRead(key=source.key, etag="", lines=self.report.lines - before))

    def _rows(self, source: Source, line: int, text: bytes) -> list[dict[str, object]]:
        """Return the rows that the script makes of a line, and count the line."""
        if not text.strip():
            self.report.blank += 1
            return []
        if self._task.header and line == 1:
            self.report.lines -= 1
            return []
        try:
            record = self._record(source, text)
        except (PayloadUnreadable, msgspec.DecodeError, UnicodeDecodeError) as error:
            self.report.add_unreadable(source.key, line, str(error))
            return []
        if record is None:
            return []
        self.report.read += 1
        place = f"{source.key}, line {line}"
        try:
            answer = self._handle(record)
        except Exception as error:
            traceback.print_exc()
            raise _Failed(f"{place}: {type(error).__name__}: {error}") from error
        return list(_plain_rows(answer, place, self._task.names))

    def _record(self, source: Source, text: bytes) -> object | None:
        """Return what the script gets for a line; None if the line does not count."""
        if not self._task.captured:
            return msgspec.json.decode(text) if self._task.is_json else text.decode().rstrip("\r")
        line = decode_line(text)
        if line.is_shadow:
            self.report.shadow += 1
            return None
        inside = self._times.place(line.time, source.hour)
        if inside is None:
            raise PayloadUnreadable(f"inferenceTime {line.time!r} is no time")
        if not inside:
            self.report.outside += 1
            return None
        return InferenceRecord(msgspec.json.decode(text))


def _plain_rows(answer: object, place: str, names: tuple[str, ...]) -> Iterator[dict[str, object]]:
    """Yield the rows of an answer: a dict is one row, a list of dicts one row each, an empty list none.

    Rows whose keys are numbers have their columns in the order of the keys as texts, so `0002` is before `0010`.
    """
    for row in answer if isinstance(answer, list) else [answer]:
        if not isinstance(row, dict):
            raise _Failed(f"{place}: the answer has {type(row).__name__}. Return a dict, a list of dicts, or [].")
        if wrong := [name for name, value in row.items() if not isinstance(value, _PLAIN)]:
            raise _Failed(f"{place}: the value of {wrong[0]} is {type(row[wrong[0]]).__name__}. Return a flat dict.")
        found = {str(name): value for name, value in row.items()}
        if found and all(name.isdecimal() for name in found):
            ordered = sorted(found)
            named = dict(zip(ordered, names, strict=False)) if not set(found) & set(names) else {}
            found = {named.get(name, name): found[name] for name in ordered}
        if found:
            yield found


def _load(task: ScriptTask) -> Callable[..., object]:
    """Return the handler of the script."""
    try:
        spec = importlib.util.spec_from_file_location(task.script.stem, task.script)
        if spec is None or spec.loader is None:
            raise _Failed("it is no Python file")
        module: ModuleType = importlib.util.module_from_spec(spec)
        sys.path.insert(0, str(task.script.parent))
        spec.loader.exec_module(module)
        handler: Callable[..., object] = getattr(module, task.handler)
    except Exception as error:
        traceback.print_exc()
        raise _Failed(f"it cannot be loaded: {type(error).__name__}: {error}") from error
    return handler


def _with_logger(handler: Callable[..., object]) -> Callable[[Any], object]:
    """Return the handler with one argument. A parameter `logger` gets a logger."""
    if "logger" not in inspect.signature(handler).parameters:
        return handler
    logger = logging.getLogger(handler.__module__)
    return lambda record: handler(record, logger)


def open_file(path: Path) -> BinaryIO:
    """Open a file as an object to read."""
    return path.open("rb")


def main(path: Path) -> int:
    """Do the task in a file, and write the result beside it. Return 0 if the script did its work."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    task = msgspec.json.decode(path.read_bytes(), type=ScriptTask, dec_hook=_read_path)
    result = ScriptResult()
    try:
        handler = _load(task)
        if task.handler == "preprocess_handler":
            reading = _Preprocessing(task, _with_logger(handler))
            reading.run()
            result = ScriptResult(report=reading.report)
        else:
            try:
                handler()
            except Exception as error:
                traceback.print_exc()
                raise _Failed(f"{type(error).__name__}: {error}") from error
    except _Failed as error:
        result = ScriptResult(failure=str(error))
    task.result.write_bytes(_ENCODER.encode(result))
    return 0 if result.failure is None else 1


def _read_path(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    raise NotImplementedError(kind)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
