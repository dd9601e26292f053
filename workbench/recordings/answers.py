"""What AWS answered, found again by what was asked and when.

Only the place of each answer is kept in memory, never the answer.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct, field

from workbench.recordings.recording import Fault, moment

_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)

type Parameters = Mapping[str, object]
type _Scalar = str | int | float | bool | None


class ErrorAnswer(Struct, frozen=True, rename="pascal"):
    """The error that AWS answered, in botocore's own words."""

    code: str
    message: str = ""


class Answer(Struct, frozen=True):
    """One line of `aws/<service>.<Operation>.jsonl`. Without `from` it holds from the beginning of time."""

    request: dict[str, object] = {}
    response: dict[str, object] | None = None
    error: ErrorAnswer | None = None
    since: str | None = field(name="from", default=None)


class _Place(Struct, frozen=True, order=True, gc=False):
    """Where an answer lies. Places sort by which of two answers wins."""

    since: datetime
    line: int
    offset: int


class Answers:
    """The answers to one operation."""

    def __init__(self, file: Path) -> None:
        """Read the file once, to learn which answer lies where. Lines that cannot be read go to `faults`."""
        self.faults: list[Fault] = []
        # Names of the plain parameters of a request -> their values -> places. One look-up for each set of names finds
        # the few answers that may fit among the many thousands of a long recording.
        self._index: dict[tuple[str, ...], dict[tuple[_Scalar, ...], list[_Place]]] = {}
        self._name = f"aws/{file.name}"
        self._file: BinaryIO = file.open("rb")
        self._learn()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def find(self, asked: Parameters, at: datetime) -> tuple[Answer, str] | None:
        """The answer to a call made at a time (UTC) and where it lies, `file:line`; None where nothing fits.

        An answer fits a call whose parameters contain everything in its request. Among those, the latest `from` that
        is not after `at` wins; of equals, the last line.
        """
        asked = {name: _comparable(value) for name, value in asked.items()}
        plain = _plain(asked)
        best: tuple[_Place, Answer] | None = None
        for names, by_values in self._index.items():
            values = tuple(plain[name] for name in names if name in plain)
            found = self._newest(by_values.get(values, []), asked, at) if len(values) == len(names) else None
            if found is not None and (best is None or best[0] < found[0]):
                best = found
        return (best[1], f"{self._name}:{best[0].line}") if best else None

    def _newest(self, places: list[_Place], asked: Parameters, at: datetime) -> tuple[_Place, Answer] | None:
        for index in range(bisect_right(places, at, key=lambda place: place.since) - 1, -1, -1):
            self._file.seek(places[index].offset)
            answer = _decode(self._file.readline())
            if contains(asked, answer.request):
                return places[index], answer
        return None

    def _learn(self) -> None:
        offset = 0
        for line, text in enumerate(self._file, start=1):
            if text.strip():
                self._note(line, offset, text)
            offset += len(text)
        for by_values in self._index.values():
            for places in by_values.values():
                places.sort()

    def _note(self, line: int, offset: int, text: bytes) -> None:
        where = f"{self._name}:{line}"
        try:
            answer = _decode(text)
            since = moment(answer.since) if answer.since is not None else _ALWAYS
        except msgspec.ValidationError as error:
            why, _, path = str(error).partition(" - at ")
            self.faults.append(Fault(where=where, path=path.strip("`") or "$", why=why))
            return
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self.faults.append(Fault(where=where, path="$", why=f"not JSON: {error}"))
            return
        except RecursionError:
            self.faults.append(Fault(where=where, path="$", why="JSON that nests too deep"))
            return
        except ValueError as error:
            self.faults.append(Fault(where=where, path="$.from", why=str(error)))
            return
        if (answer.response is None) == (answer.error is None):
            self.faults.append(Fault(where=where, path="$", why="must have either `response` or `error`"))
            return
        plain = _plain(answer.request)
        names = tuple(sorted(plain))
        by_values = self._index.setdefault(names, {})
        by_values.setdefault(tuple(plain[name] for name in names), []).append(_Place(since, line, offset))


def contains(asked: object, wanted: object) -> bool:
    """Whether what was asked holds everything that an answer wants: objects in part, all else as a whole."""
    if isinstance(wanted, Mapping):
        return isinstance(asked, Mapping) and all(
            name in asked and contains(asked[name], value) for name, value in wanted.items()
        )
    return asked == wanted


def _plain(parameters: Parameters) -> dict[str, _Scalar]:
    return {name: value for name, value in parameters.items() if isinstance(value, str | int | float | None)}


def _comparable(value: object) -> object:
    """Parameters as a recording writes them: times in ISO 8601, tuples as lists."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {name: _comparable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_comparable(part) for part in value]
    return value


def _decode(text: bytes) -> Answer:
    return _DECODER.decode(text.removeprefix(b"\xef\xbb\xbf"))


_DECODER: Final = msgspec.json.Decoder(Answer)
