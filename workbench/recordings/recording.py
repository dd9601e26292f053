"""Opens a recording and reads its signals one at a time, so that a year of them needs no more memory than an hour."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self, override

import msgspec
from msgspec import Struct

from workbench.recordings import plain

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# Virtual time continues after the last signal, so there must be some left.
_YEARS: Final = range(1970, 9000)
_DECODER: Final = msgspec.json.Decoder()
_BUFFER: Final = 1 << 18  # bytes


class RecordingMissing(Exception):
    """The named folder is not a readable recording; the message names the missing or refused part."""


class Line(Struct, frozen=True, kw_only=True):
    """One event as it was delivered. `at` is when it arrived (UTC), `stamp` is the recording's spelling of it."""

    number: int
    stamp: str
    at: datetime
    event: object


class Fault(Struct, frozen=True, kw_only=True):
    """An unreadable part of a recording: the file and line, the place within it, and the reason.

    `stamp` is the line's `at`, as far as it has one.
    """

    where: str
    path: str
    why: str
    stamp: str | None = None

    @override
    def __str__(self) -> str:
        """Return `<file>:<line>: <path>: <why>`."""
        return f"{self.where}: {self.path}: {self.why}"


class Recording:
    """A folder with `signals.jsonl`, and perhaps `aws/`, `s3/` and `policy.yaml`."""

    def __init__(self, folder: Path) -> None:
        """Keep a folder without a check; `open` checks that it is a recording."""
        self.folder = folder

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Return the recording in a folder.

        Raises RecordingMissing if there is none, or if a part of it is a link or not a file.
        """
        if not folder.is_dir():
            raise RecordingMissing(f"{folder} is not a folder")
        refuse_links(folder)
        if not (folder / "signals.jsonl").is_file():
            raise RecordingMissing(f"{folder} holds no signals.jsonl, so it is not a recording")
        return cls(folder)

    @property
    def policy(self) -> Path | None:
        """Return the policy in the recording, or None."""
        file = self.folder / "policy.yaml"
        return file if file.is_file() else None

    def lines(self) -> Iterator[Line | Fault]:
        """Yield every signal in order of arrival; an unreadable line becomes a fault, and the next line follows."""
        with (self.folder / "signals.jsonl").open("rb", _BUFFER) as file:
            for number, text in enumerate(file, start=1):
                line = text.removeprefix(_BYTE_ORDER_MARK).strip() if number == 1 else text.strip()
                if line:
                    yield _line(number, line)


def refuse_links(folder: Path) -> None:
    """Raise RecordingMissing if a link leads out of the folder: its sender may want another file to be read."""
    try:
        plain.check(folder)
    except plain.NotPlain as refused:
        raise RecordingMissing(str(refused)) from refused


def moment(text: object) -> datetime:
    """Return the UTC time in an ISO 8601 text. Raises ValueError with a sentence if there is none."""
    if not isinstance(text, str):
        raise ValueError("is not an ISO 8601 time in a string")  # noqa: TRY004  one kind of fault, whatever the type
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an ISO 8601 time") from None
    if told.tzinfo is None:
        raise ValueError(f"{text!r} does not say its time zone; end it in Z")
    if told.tzinfo is UTC:
        return told
    try:
        return told.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} lies outside of all years") from None


def _line(number: int, text: bytes) -> Line | Fault:
    try:
        entry = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _fault(number, "$", f"not JSON: {error}")
    except RecursionError:
        return _fault(number, "$", "JSON that nests too deep")
    if not isinstance(entry, dict):
        return _fault(number, "$", "not an object with `at` and `event`")
    stamp = entry.get("at")
    told = stamp if isinstance(stamp, str) else None
    if "at" not in entry:
        return _fault(number, "$.at", "missing: the time at which the event arrived")
    try:
        at = moment(stamp)
        if at.year not in _YEARS:
            raise ValueError(f"{stamp!r} is not a time at which anything arrived")
    except ValueError as error:
        return _fault(number, "$.at", str(error), told)
    if "event" not in entry:
        return _fault(number, "$.event", "missing: the event as it was delivered", told)
    return Line(number=number, stamp=str(stamp), at=at, event=entry["event"])


def _fault(number: int, path: str, why: str, stamp: str | None = None) -> Fault:
    return Fault(where=f"signals.jsonl:{number}", path=path, why=why, stamp=stamp)
