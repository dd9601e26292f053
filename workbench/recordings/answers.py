"""AWS's answers, found by request and time.

Only the place of each answer is kept in memory, not the answer.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import msgspec

from workbench.recordings.ahead import BUFFER, Ahead
from workbench.recordings.answer import (
    Answer,
    Asked,
    Decoder,
    Found,
    Given,
    Scalar,
    comparable,
    contains,
    decoded,
    plain_of,
)
from workbench.recordings.index import Index, Place, micros
from workbench.recordings.recording import Fault, moment

_ALWAYS: Final = micros(datetime.min.replace(tzinfo=UTC))
_TEXT: Final = frozenset({str})
_LATEST: Final = datetime.max.replace(tzinfo=UTC)
# A fleet has some hundreds of schedules, and every run asks for one of them. A job is requested once.
_REMEMBERED: Final = 2048

# The names of a request's plain parameters, in order, and their values.
type _Key = tuple[tuple[str, ...], tuple[Scalar, ...]]


class Answers:
    """The answers to one operation."""

    def __init__(self, file: Path, response_type: Any = None) -> None:
        """Read the file once to index its answers. Unreadable lines go to `faults`.

        An answer whose response is of the type is returned in the client's shape.
        """
        self.faults: list[Fault] = []
        # The sets of names of the requests' plain parameters. One look-up for each set finds the few possible answers
        # among the millions of a long recording.
        self._names: dict[tuple[str, ...], None] = {}
        self._name = f"aws/{file.name}"
        self._decoder = Decoder(response_type)
        self._file: BinaryIO = file.open("rb")
        self._lines, self._is_timeless = 0, True  # timeless as long as no answer has a `from`
        with file.open("rb", BUFFER) as lines:
            self._index = Index(self._learn(lines))
        self._is_remembered = self._is_timeless and self._lines <= _REMEMBERED
        self._remembered = lru_cache(_REMEMBERED)(lambda items: self._look_up(dict(items), dict(items), _LATEST))
        self._ahead: Ahead[tuple[Answer, Given]] | None = None
        if self._is_timeless and not self._is_remembered and self._holds_each_question_once():
            self._ahead = Ahead(file, self._decoder.decode, lambda read: _key_of(read[0]))

    @property
    def is_timeless(self) -> bool:
        """Return whether one question always has the same answer."""
        return self._is_timeless

    def close(self) -> None:
        """Close the file and the index."""
        self._file.close()
        self._index.close()
        if self._ahead is not None:
            self._ahead.close()

    def find(self, asked: Asked, at: datetime) -> Found | None:
        """Return the answer to a call at a time (UTC), or None.

        An answer fits a call whose parameters contain everything in its request. Among those, the latest `from` that is
        not after `at` wins; of equals, the last line.
        """
        if _TEXT.issuperset(map(type, asked.values())):
            plain: Mapping[str, Scalar] = cast("Mapping[str, str]", asked)
        else:
            asked = {name: comparable(value) for name, value in asked.items()}
            plain = plain_of(asked)
        if self._is_remembered and len(plain) == len(asked):
            return self._remembered(tuple(plain.items()))
        return self._look_up(asked, plain, at)

    def _look_up(self, asked: Asked, plain: Mapping[str, Scalar], at: datetime) -> Found | None:
        if self._ahead is not None and (coming := self._coming(self._ahead, asked, plain)) is not None:
            return coming
        best: tuple[Place, Answer, Given] | None = None
        for names in self._names:
            if plain.keys() >= set(names):
                found = self._newest((names, _values(plain, names)), asked, at)
                if found is not None and (best is None or best[0] < found[0]):
                    best = found
        if best is None:
            return None
        (_, line, _), answer, given = best
        return Found(answer, f"{self._name}:{line}", given)

    def _coming(self, ahead: Ahead[tuple[Answer, Given]], asked: Asked, plain: Mapping[str, Scalar]) -> Found | None:
        (names,) = self._names
        try:
            taken = ahead.take((names, _values(plain, names)))
        except KeyError:  # the question does not say all that an answer is found by
            return None
        if taken is None:
            return None
        line, (answer, given) = taken
        fits = asked == answer.request or contains(asked, answer.request)
        return Found(answer, f"{self._name}:{line}", given) if fits else None

    def _holds_each_question_once(self) -> bool:
        return len(self._names) == 1 and not self.faults and self._index.has_each_key_once

    def _newest(self, key: _Key, asked: Asked, at: datetime) -> tuple[Place, Answer, Given] | None:
        for place in self._index.places(key, at):
            _, _, offset = place
            self._file.seek(offset)
            answer, given = self._decoder.decode(self._file.readline())
            if asked == answer.request or contains(asked, answer.request):
                return place, answer, given
        return None

    def _learn(self, lines: BinaryIO) -> Iterator[tuple[_Key, Place]]:
        offset = 0
        for line, text in enumerate(lines, start=1):
            if not text.isspace() and (learnt := self._read(line, text)) is not None:
                answer, since = learnt
                self._lines, self._is_timeless = line, self._is_timeless and since == _ALWAYS
                key = _key_of(answer)
                self._names[key[0]] = None
                yield key, (since, line, offset)
            offset += len(text)

    def _read(self, line: int, text: bytes) -> tuple[Answer, int] | None:
        """Return an answer and since when it holds; None if the line goes to the faults."""
        try:
            answer = decoded(text)
            since = micros(moment(answer.since)) if answer.since is not None else _ALWAYS
        except msgspec.ValidationError as error:
            why, _, path = str(error).partition(" - at ")
            self._fault(line, path.strip("`") or "$", why)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._fault(line, "$", f"not JSON: {error}")
        except RecursionError:
            self._fault(line, "$", "JSON that nests too deep")
        except ValueError as error:
            self._fault(line, "$.from", str(error))
        else:
            if (answer.response is None) != (answer.error is None):
                return answer, since
            self._fault(line, "$", "must have either `response` or `error`")
        return None

    def _fault(self, line: int, path: str, why: str) -> None:
        self.faults.append(Fault(where=f"{self._name}:{line}", path=path, why=why))


def _key_of(answer: Answer) -> _Key:
    plain = plain_of(answer.request)
    names = tuple(sorted(plain)) if len(plain) > 1 else tuple(plain)
    return names, _values(plain, names)


def _values(plain: Mapping[str, Scalar], names: tuple[str, ...]) -> tuple[Scalar, ...]:
    return tuple([plain[name] for name in names])
