"""Finds the files of data, their form, and the times of records."""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from kedge_monitor.capture.payload import PayloadUnreadable
from kedge_monitor.capture.record import decode_line
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.transform import TransformPair, pair_objects, read_manifest
from kedge_monitor.capture.window import CaptureWindow, hour_of, parse_time
from workbench.cli.monitor.options import DataForm

_HEAD: Final = 64 * 1024
_MANIFEST: Final = re.compile(rb'\s*\[\s*\{\s*"prefix"')
_ROWS: Final = 200
_DISORDER: Final = timedelta(minutes=10)
_COMPRESSED: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")
_SEPARATORS: Final = {"semicolon": b";", "tab": b"\t", "vertical bar": b"|"}
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")


class WrongInput(Exception):
    """Data or an option that makes no sense. The text names the place and the action."""


@dataclass(frozen=True, kw_only=True)
class Data:
    """Files of one form. `pairs` are set for batch transform, `sources` for all other forms. `size` is in bytes."""

    path: Path
    form: DataForm
    sources: tuple[Source, ...] = ()
    pairs: tuple[TransformPair, ...] = ()
    size: int

    @property
    def has_times(self) -> bool:
        """Return whether the records have times."""
        return self.form is DataForm.CAPTURE


def find_data(path: Path, form: DataForm | None = None, *, is_window: bool = False) -> Data:
    """Find the files in a folder, or the one file, and their form.

    A window can be a folder without files: an endpoint without requests captures nothing. It has the form `capture`.

    Raises:
        WrongInput: there is no file, or the files do not have one known form.
    """
    check_exists(path)
    if form is DataForm.BATCH_TRANSFORM or (form is None and _is_transform(path)):
        return _find_pairs(path)
    files = _files_of(path, may_be_none=is_window)
    if form is None:
        form = _common_form(files) if files else DataForm.CAPTURE
    return Data(path=path, form=form, sources=tuple(map(source_of, files)), size=_size_of(files))


def find_labels(path: Path) -> list[Source]:
    """Return the files of labels as objects. A folder has none before the first label came. Raises WrongInput."""
    check_exists(path)
    return [source_of(file) for file in _files_of(path, may_be_none=True)]


def check_exists(path: Path) -> None:
    """Check that a path exists on this disk. Raises WrongInput."""
    if str(path).startswith("s3:/"):
        raise WrongInput(f"{path} is not on this disk. Copy it first: aws s3 sync s3://… a-folder.")
    if not path.exists():
        raise WrongInput(f"{path} does not exist. Correct the path.")


def source_of(file: Path) -> Source:
    """Return a file as an object. The time of its hour's folder, else its own, decides which label is newest."""
    key = file.as_posix()
    if hour_of(key) is None and hour_of(whole := file.absolute().as_posix()) is not None:
        key = whole
    when = hour_of(key) or datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return Source(key, partial(_open, file), time=when, size=file.stat().st_size)


def _open(file: Path) -> BinaryIO:
    return file.open("rb")


def find_spans(sources: Iterable[Source]) -> dict[str, CaptureWindow | None]:
    """Return the whole minutes from the first to the last record of each object, by key; None if they have no times.

    Records are in the order of their times, so the first and the last one are enough.
    """
    spans: dict[str, CaptureWindow | None] = {}
    for source in sources:
        times = [found.astimezone(UTC) for found in _times_of(source)]
        spans[source.key] = None
        if times:
            first, last = (moment.replace(second=0, microsecond=0) for moment in (min(times), max(times)))
            spans[source.key] = CaptureWindow(start=first, end=last + timedelta(minutes=1))
    return spans


def whole_span(spans: Iterable[CaptureWindow | None]) -> CaptureWindow | None:
    """Return the span of all objects; None if no record has a time."""
    known = [span for span in spans if span is not None]
    return (
        CaptureWindow(start=min(each.start for each in known), end=max(each.end for each in known)) if known else None
    )


def select_sources(
    sources: Sequence[Source], spans: Mapping[str, CaptureWindow | None], window: CaptureWindow | None
) -> list[Source]:
    """Return the objects that can hold records of a window. A few minutes of disorder in an object make no difference."""

    def may_reach(span: CaptureWindow | None) -> bool:
        return (
            window is None
            or span is None
            or (span.start - _DISORDER < window.end and window.start < span.end + _DISORDER)
        )

    return [source for source in sources if may_reach(spans.get(source.key))]


def _times_of(source: Source) -> Iterator[datetime]:
    stream = source.open()
    try:
        head = stream.read(_HEAD)
        yield from islice(_parsed(head.split(b"\n")), 1)
        if isinstance(stream, io.BufferedReader):
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _HEAD))
            yield from islice(_parsed(reversed(stream.read().split(b"\n"))), 1)
    finally:
        stream.close()


def _parsed(lines: Iterable[bytes]) -> Iterator[datetime]:
    for line in lines:
        try:
            moment = parse_time(decode_line(line).time)
        except PayloadUnreadable:
            continue
        if moment is not None:
            yield moment


def _files_of(path: Path, *, may_be_none: bool = False) -> list[Path]:
    files = [path] if path.is_file() else _below(path)
    files = [each for each in files if each.stat().st_size]
    if not files and not (may_be_none and path.is_dir()):
        raise WrongInput(f"{path} has no data. Name a file or a folder with records.")
    return files


def _below(folder: Path) -> list[Path]:
    """Return the files below a folder, in the order of their paths, without hidden ones.

    Raises:
        OSError: a folder cannot be read. Its files must not be missing silently.
        WrongInput: a link leads nowhere.
    """
    found = []
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        found += [Path(place, name) for name in names if not _is_hidden(name)]
    for file in found:
        if file.is_symlink() and not file.exists():
            raise WrongInput(f"{file} is a link to a file that does not exist. Remove it, or copy the file.")
    return sorted(file for file in found if file.is_file())


def _refuse(error: OSError) -> None:
    raise error


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _size_of(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files)


def _common_form(files: Sequence[Path]) -> DataForm:
    first = form_of(files[0])
    for file in files[1:]:
        other = form_of(file)
        if {first, other} == {DataForm.CSV, DataForm.CSV_WITHOUT_HEADER}:
            continue  # the first file decides; each file has a header or none has
        if other is not first:
            raise WrongInput(
                f"{files[0]} is {first}, and {file} is {other}. Name a folder with one form, or set --format."
            )
    return first


def form_of(file: Path) -> DataForm:
    """Return the form of a file by its beginning.

    Raises:
        WrongInput: the file is compressed, is not UTF-8, has JSON arrays, or is CSV with other separators.
    """
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith(b"PAR1"):
        return DataForm.PARQUET
    if head.startswith(_COMPRESSED):
        raise WrongInput(f"{file} is compressed. Decompress it first.")
    if head.startswith(_WIDE) or b"\0" in head:
        raise WrongInput(f"{file} is not UTF-8. Store it as UTF-8.")
    if b'"captureData"' in head:
        return DataForm.CAPTURE
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith(b"{"):
        return DataForm.JSON_LINES
    if begin.startswith(b"["):
        raise WrongInput(f"{file} has JSON arrays. Write one JSON object on each line.")
    _check_separators(file, begin)
    return DataForm.CSV if _has_header(begin) else DataForm.CSV_WITHOUT_HEADER


def _check_separators(file: Path, head: bytes) -> None:
    """Check that fields and rows of CSV have the separators of RFC 4180. Raises WrongInput."""
    first, _, rest = head.partition(b"\n")
    if not rest and b"\r" in first.rstrip(b"\r"):
        raise WrongInput(f"{file} has rows that end with a carriage return alone. End each row with a line feed.")
    if b"," in first:
        return
    rows = [row for row in rest.split(b"\n")[:_ROWS] if row.strip()]
    for name, sign in _SEPARATORS.items():
        number = first.count(sign)
        if number and all(row.count(sign) >= number for row in rows[:-1]):
            raise WrongInput(f"{file} has fields that a {name} separates. Separate them by commas.")


def _has_header(head: bytes) -> bool:
    """Return whether the first row of CSV has names: distinct texts, and no value of its column below."""
    text = head[: head.rfind(b"\n") + 1] or head
    rows = csv.reader(io.StringIO(text.decode(errors="replace"), newline=""))
    first, *others = list(islice(rows, _ROWS)) or [[]]
    if not all(_is_name(value) for value in first):
        return False
    columns = list(zip(*(row for row in others if len(row) == len(first)), strict=True))
    if any(any(value and not _is_name(value) for value in column) for column in columns):
        return True
    distinct = len(set(first)) == len(first)
    return distinct and all(name not in column for name, column in zip(first, columns, strict=False))


def _is_name(value: str) -> bool:
    """Return whether a text is neither empty nor a number nor a Boolean."""
    try:
        float(value)
    except ValueError:
        return bool(value.strip()) and value.strip().lower() not in ("true", "false")
    return False


def _is_transform(path: Path) -> bool:
    return path.is_dir() and (path / "input").is_dir() and (path / "output").is_dir()


def _find_pairs(path: Path) -> Data:
    if not _is_transform(path):
        raise WrongInput(f"{path} has no folders input and output. Name the folder of captured batch transform data.")
    sides = [_resolved(path / side, path) for side in ("input", "output")]
    inputs, outputs = ([source_of(file) for file in files] for files in sides)
    if not inputs and not outputs:
        raise WrongInput(f"{path} has no data. Name a folder with records.")
    return Data(
        path=path,
        form=DataForm.BATCH_TRANSFORM,
        pairs=pair_objects(inputs, outputs),
        size=_size_of(file for files in sides for file in files),
    )


def _resolved(folder: Path, root: Path) -> list[Path]:
    """Return the data files of a folder. Those that a manifest names are found by their names below the root."""
    files: list[Path] = []
    for file in _below(folder):
        with file.open("rb") as stream:
            is_manifest = _MANIFEST.match(stream.read(_HEAD)) is not None
        if not is_manifest:
            files.append(file)
            continue
        files += [_local(uri, root, file) for uri in read_manifest(file.read_bytes(), file.as_posix())]
    return list(dict.fromkeys(files))


def _local(uri: str, root: Path, manifest: Path) -> Path:
    name = uri.rpartition("/")[2]
    found = sorted(
        (each for each in _below(root) if each.name == name),
        key=lambda each: not uri.endswith(each.relative_to(root).as_posix()),
    )
    if not found:
        raise WrongInput(f"{manifest} names {uri}, which is not below {root}. Copy the object into this folder.")
    return found[0]
