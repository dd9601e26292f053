"""One recorded answer: the request, AWS's response, and whether it fits a call."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import NoneType
from typing import Any, Final

import msgspec
from msgspec import Struct, field

type Asked = Mapping[str, object]
type Scalar = str | int | float | bool | None
type Given = dict[str, object] | None
"""A response in the client's shape, if that is available."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class ErrorAnswer(Struct, frozen=True, rename="pascal"):
    """The error that AWS answered, in botocore's own words."""

    code: str
    message: str = ""


class Answer(Struct, frozen=True):
    """One line of `aws/<service>.<Operation>.jsonl`. Without `from`, it holds from the beginning of time."""

    request: dict[str, object] = {}
    response: dict[str, object] | None = None
    error: ErrorAnswer | None = None
    since: str | None = field(name="from", default=None)


class Found(Struct):
    """An answer, its place (`file:line`), and, after a client returned it, its shape."""

    answer: Answer
    where: str
    given: Given = None


class Decoder:
    """A decoder of one operation's answers."""

    def __init__(self, response_type: Any = None) -> None:
        """Keep the type. A response of the type is decoded into the client's shape."""
        self._typed: Any = None
        if response_type is not None:
            fields = [("response", response_type | None, None)]
            self._typed = msgspec.json.Decoder(msgspec.defstruct("Answer", fields, bases=(Answer,), frozen=True))

    def decode(self, text: bytes) -> tuple[Answer, Given]:
        """Return an answer, decoded in one step if it has the expected form. Raises what msgspec raises."""
        if self._typed is not None:
            try:
                answer: Answer = self._typed.decode(text.removeprefix(_BYTE_ORDER_MARK))
            except msgspec.ValidationError:
                return decoded(text), None
            return answer, answer.response
        return decoded(text), None


def decoded(text: bytes) -> Answer:
    """Return an answer as it was written. Raises what msgspec raises."""
    return _DECODER.decode(text.removeprefix(_BYTE_ORDER_MARK))


def contains(asked: object, wanted: object) -> bool:
    """Return whether a request contains everything in `wanted`: objects in part, everything else exactly."""
    if isinstance(wanted, Mapping):
        return isinstance(asked, Mapping) and all(
            name in asked and contains(asked[name], value) for name, value in wanted.items()
        )
    return asked == wanted


def plain_of(parameters: Asked) -> dict[str, Scalar]:
    """Return the parameters that are not objects or lists: the index finds answers by them."""
    return {name: value for name, value in parameters.items() if isinstance(value, _PLAIN)}


def comparable(value: object) -> object:
    """Return parameters as a recording writes them: times in ISO 8601, tuples as lists."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {name: comparable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(part) for part in value]
    return value


_PLAIN: Final = (str, int, float, NoneType)
_DECODER: Final = msgspec.json.Decoder(Answer)
