"""One recorded answer: what was asked, what AWS said, and whether it fits a call."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct, field

type Asked = Mapping[str, object]
type Scalar = str | int | float | bool | None
type Given = dict[str, object] | None
"""A response in the shape in which a client gives it, where that is at hand."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


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


class Found(Struct):
    """An answer, the place where it lies (`file:line`), and, once a client gave it, the shape in which it did."""

    answer: Answer
    where: str
    given: Given = None


class Decoder:
    """Decodes the lines of one operation's answers."""

    def __init__(self, response_type: Any = None) -> None:
        """A response of the type is decoded into the shape in which a client gives it."""
        self._typed: Any = None
        if response_type is not None:
            fields = [("response", response_type | None, None)]
            self._typed = msgspec.json.Decoder(msgspec.defstruct("Answer", fields, bases=(Answer,), frozen=True))

    def decode(self, text: bytes) -> tuple[Answer, Given]:
        """An answer, in one go if it is as it should be. Raises what msgspec raises."""
        if self._typed is not None:
            with suppress(msgspec.ValidationError):
                answer: Answer = self._typed.decode(text.removeprefix(_BYTE_ORDER_MARK))
                return answer, answer.response
        return decoded(text), None


def decoded(text: bytes) -> Answer:
    """An answer as it was written down. Raises what msgspec raises."""
    return _DECODER.decode(text.removeprefix(_BYTE_ORDER_MARK))


def contains(asked: object, wanted: object) -> bool:
    """Whether what was asked holds everything that an answer wants: objects in part, all else as a whole."""
    if isinstance(wanted, Mapping):
        return isinstance(asked, Mapping) and all(
            name in asked and contains(asked[name], value) for name, value in wanted.items()
        )
    return asked == wanted


def plain_of(parameters: Asked) -> dict[str, Scalar]:
    """The parameters that are no objects and no lists: an answer is found by them."""
    return {name: value for name, value in parameters.items() if isinstance(value, str | int | float | None)}


def comparable(value: object) -> object:
    """Parameters as a recording writes them: times in ISO 8601, tuples as lists."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {name: comparable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(part) for part in value]
    return value


_DECODER: Final = msgspec.json.Decoder(Answer)
