"""Opens a recording and reads its signals one at a time, so that a year of them needs no more memory than an hour."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self, override

import msgspec
from msgspec import Struct

from workbench.recordings import plain

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# Virtual time runs on from a signal's: there must be some left.
_YEARS: Final = range(1970, 9000)


class RecordingMissing(Exception):
    """There is no recording that may be read where one was named; the message says what was looked for, or what is refused."""


class Line(Struct, frozen=True, kw_only=True):
    """One event as it was delivered. `at` is when it arrived (UTC), `stamp` the same as the recording spells it."""

    number: int
    stamp: str
    at: datetime
    event: object


class Fault(Struct, frozen=True, kw_only=True):
    """Something in the recording that cannot be read: the file and line, the place within it, and what is wrong.

    `stamp` is the line's `at`, as far as there is one.
    """

    where: str
    path: str
    why: str
    stamp: str | None = None

    @override
    def __str__(self) -> str:
        """`<file>:<line>: <path>: <why>`."""
        return f"{self.where}: {self.path}: {self.why}"


class Recording:
    """A folder with `signals.jsonl`, and perhaps `aws/`, `s3/` and `policy.yaml`."""

    def __init__(self, folder: Path) -> None:
        """Take a folder for granted; `open` looks whether it is a recording."""
        self.folder = folder

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The recording in a folder. Raises RecordingMissing where there is none, and where a part of it is a link or no file."""
        if not folder.is_dir():
            raise RecordingMissing(f"{folder} is not a folder")
        refuse_links(folder)
        if not (folder / "signals.jsonl").is_file():
            raise RecordingMissing(f"{folder} holds no signals.jsonl, so it is not a recording")
        return cls(folder)

    @property
    def policy(self) -> Path | None:
        """The policy that lies in the recording, if one does."""
        file = self.folder / "policy.yaml"
        return file if file.is_file() else None

    def lines(self) -> Iterator[Line | Fault]:
        """Every signal in order of arrival; a line that cannot be read comes as a fault, and the next one follows."""
        with (self.folder / "signals.jsonl").open("rb") as file:
            for number, text in enumerate(file, start=1):
                line = text.removeprefix(_BYTE_ORDER_MARK).strip() if number == 1 else text.strip()
                if line:
                    yield _line(number, line)


def refuse_links(folder: Path) -> None:
    """Raise RecordingMissing if anything in the folder leads out of it: whoever sent it may have meant another file to be read."""
    try:
        plain.check(folder)
    except plain.NotPlain as refused:
        raise RecordingMissing(str(refused)) from refused


def moment(text: object) -> datetime:
    """The UTC time that an ISO 8601 text names. Raises ValueError with a sentence where it names none."""
    if not isinstance(text, str):
        raise ValueError("is not an ISO 8601 time in a string")  # noqa: TRY004  one kind of fault, whatever the type
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an ISO 8601 time") from None
    if told.tzinfo is None:
        raise ValueError(f"{text!r} does not say its time zone; end it in Z")
    try:
        return told.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} lies outside of all years") from None


def _line(number: int, text: bytes) -> Line | Fault:
    where = f"signals.jsonl:{number}"
    try:
        entry = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Fault(where=where, path="$", why=f"not JSON: {error}")
    except RecursionError:
        return Fault(where=where, path="$", why="JSON that nests too deep")
    if not isinstance(entry, dict):
        return Fault(where=where, path="$", why="not an object with `at` and `event`")
    stamp = entry.get("at")
    told = stamp if isinstance(stamp, str) else None
    if "at" not in entry:
        return Fault(where=where, path="$.at", why="missing: the time at which the event arrived")
    try:
        at = moment(stamp)
        if at.year not in _YEARS:
            raise ValueError(f"{stamp!r} is not a time at which anything arrived")
    except ValueError as error:
        return Fault(where=where, path="$.at", why=str(error), stamp=told)
    if "event" not in entry:
        return Fault(where=where, path="$.event", why="missing: the event as it was delivered", stamp=told)
    return Line(number=number, stamp=str(stamp), at=at, event=entry["event"])
