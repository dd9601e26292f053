"""What AWS answered, found again by what was asked and when.

Only the place of each answer is kept, never the answer.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import msgspec
from msgspec import Struct, field

from workbench.recordings.index import Index, Place, micros
from workbench.recordings.recording import Fault, moment

_ALWAYS: Final = micros(datetime.min.replace(tzinfo=UTC))
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_TEXT: Final = frozenset({str})
_LATEST: Final = datetime.max.replace(tzinfo=UTC)
# A fleet has some hundreds of schedules, and every run asks for one of them. A job is asked for once.
_REMEMBERED: Final = 2048

type Asked = Mapping[str, object]
type _Scalar = str | int | float | bool | None
# The names of a request's plain parameters, in order, and their values.
type _Key = tuple[tuple[str, ...], tuple[_Scalar, ...]]


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


type _Given = dict[str, object] | None


class Found(Struct):
    """An answer, the place where it lies (`file:line`), and, once a client gave it, the shape in which it did."""

    answer: Answer
    where: str
    given: _Given = None


class Answers:
    """The answers to one operation."""

    def __init__(self, file: Path, response_type: Any = None) -> None:
        """Read the file once, to learn which answer lies where. Lines that cannot be read go to `faults`.

        An answer whose response is of the type is found in the shape in which a client gives it.
        """
        self.faults: list[Fault] = []
        # The sets of names under which requests have plain parameters: one look-up for each finds the few answers that
        # may fit among the millions of a long recording.
        self._names: dict[tuple[str, ...], None] = {}
        self._name = f"aws/{file.name}"
        self._is_remembered = True  # as long as there are few answers, and none has a `from`
        self._typed = _decoder_of(response_type) if response_type is not None else None
        self._file: BinaryIO = file.open("rb")
        self._index = Index(self._learn())
        self._remembered = lru_cache(_REMEMBERED)(lambda items: self._look_up(dict(items), dict(items), _LATEST))

    def close(self) -> None:
        """Let go of the file and the index."""
        self._file.close()
        self._index.close()

    def find(self, asked: Asked, at: datetime) -> Found | None:
        """The answer to a call made at a time (UTC); None where nothing fits.

        An answer fits a call whose parameters contain everything in its request. Among those, the latest `from` that
        is not after `at` wins; of equals, the last line.
        """
        if _TEXT.issuperset(map(type, asked.values())):
            plain: Mapping[str, _Scalar] = cast("Mapping[str, str]", asked)
        else:
            asked = {name: _comparable(value) for name, value in asked.items()}
            plain = _plain(asked)
        if self._is_remembered and len(plain) == len(asked):
            return self._remembered(tuple(plain.items()))
        return self._look_up(asked, plain, at)

    def _look_up(self, asked: Asked, plain: Mapping[str, _Scalar], at: datetime) -> Found | None:
        best: tuple[Place, Answer, _Given] | None = None
        for names in self._names:
            if plain.keys() >= set(names):
                found = self._newest((names, tuple([plain[name] for name in names])), asked, at)
                if found is not None and (best is None or best[0] < found[0]):
                    best = found
        if best is None:
            return None
        (_, line, _), answer, given = best
        return Found(answer, f"{self._name}:{line}", given)

    def _newest(self, key: _Key, asked: Asked, at: datetime) -> tuple[Place, Answer, _Given] | None:
        for place in self._index.places(key, at):
            _, _, offset = place
            self._file.seek(offset)
            answer, given = self._decoded(self._file.readline())
            if asked == answer.request or contains(asked, answer.request):
                return place, answer, given
        return None

    def _decoded(self, text: bytes) -> tuple[Answer, _Given]:
        """An answer, and its response in the client's shape where that is at hand. In one go, if it is as it should be."""
        if self._typed is not None:
            with suppress(msgspec.ValidationError):
                answer: Answer = self._typed.decode(text.removeprefix(_BYTE_ORDER_MARK))
                return answer, answer.response
        return _decode(text), None

    def _learn(self) -> Iterator[tuple[_Key, Place]]:
        offset = 0
        for line, text in enumerate(self._file, start=1):
            if text.strip() and (learnt := self._read(line, text)) is not None:
                answer, since = learnt
                self._is_remembered = self._is_remembered and since == _ALWAYS and line <= _REMEMBERED
                plain = _plain(answer.request)
                names = tuple(sorted(plain))
                self._names[names] = None
                yield (names, tuple(plain[name] for name in names)), (since, line, offset)
            offset += len(text)

    def _read(self, line: int, text: bytes) -> tuple[Answer, int] | None:
        """An answer and since when it holds; None where the line goes to the faults."""
        where = f"{self._name}:{line}"
        try:
            answer = _decode(text)
            since = micros(moment(answer.since)) if answer.since is not None else _ALWAYS
        except msgspec.ValidationError as error:
            why, _, path = str(error).partition(" - at ")
            self.faults.append(Fault(where=where, path=path.strip("`") or "$", why=why))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self.faults.append(Fault(where=where, path="$", why=f"not JSON: {error}"))
        except RecursionError:
            self.faults.append(Fault(where=where, path="$", why="JSON that nests too deep"))
        except ValueError as error:
            self.faults.append(Fault(where=where, path="$.from", why=str(error)))
        else:
            if (answer.response is None) != (answer.error is None):
                return answer, since
            self.faults.append(Fault(where=where, path="$", why="must have either `response` or `error`"))
        return None


def contains(asked: object, wanted: object) -> bool:
    """Whether what was asked holds everything that an answer wants: objects in part, all else as a whole."""
    if isinstance(wanted, Mapping):
        return isinstance(asked, Mapping) and all(
            name in asked and contains(asked[name], value) for name, value in wanted.items()
        )
    return asked == wanted


def _plain(parameters: Asked) -> dict[str, _Scalar]:
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
    return _DECODER.decode(text.removeprefix(_BYTE_ORDER_MARK))


def _decoder_of(response_type: Any) -> Any:
    fields = [("response", response_type | None, None)]
    return msgspec.json.Decoder(msgspec.defstruct("Answer", fields, bases=(Answer,), frozen=True))


_DECODER: Final = msgspec.json.Decoder(Answer)
