"""Reading JSON that nobody vouches for: every value knows where it lies.

Optional fields of an odd type read as absent, because an enrichment is never worth an alert. Needed ones raise
MalformedSignal with the JSON path of the fault and how to fix it.

`parsed` is the one place at which delivered data is made fit to be kept: text as well as objects that Lambda has decoded
before. Behind it, no text holds half of a surrogate pair, which no table, queue or mail can hold, and no number is too long to
be written.
"""

import json
import math
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from kedge.domain.errors import MalformedSignal


class JsonValue(Struct, frozen=True, gc=False):
    """A value of an event and the JSON path at which it lies. An absent value is None, as null is.

    `sound` says that the value is part of one that was `parsed`.
    """

    value: object
    path: str = "$"
    sound: bool = False

    def at(self, *keys: str) -> "JsonValue":
        """The place below, key by key; its value is None where any key is missing or not inside an object."""
        value = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return JsonValue(value, ".".join((self.path, *keys)), self.sound)

    def has(self, key: str) -> bool:
        """Whether this is an object that holds the key with something in it."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def each(self) -> Iterator["JsonValue"]:
        """The items of a list; nothing where this is none."""
        if isinstance(self.value, list):
            for number, item in enumerate(self.value):
                yield JsonValue(item, f"{self.path}[{number}]", self.sound)

    def text(self, *keys: str) -> str | None:
        """The text under the first of the keys that has one, without the spaces around it."""
        if isinstance(self.value, dict):
            for key in keys:
                value = self.value.get(key)
                if isinstance(value, str) and (text := value.strip()):
                    return text
        return None

    def number(self, *keys: str) -> float | None:
        """The finite number under the first of the keys that has one."""
        for key in keys:
            found = finite(self.at(key).value)
            if found is not None:
                return found
        return None

    def need(self, key: str, what: str) -> str:
        """The text under a key. Raises MalformedSignal where there is none; `what` says what belongs there."""
        text = self.text(key)
        if text is None:
            raise self.at(key).fault(f"must hold {what}, not {self.at(key).kind}")
        return text

    def must_be_object(self) -> "JsonValue":
        """This place, if it is an object. Raises MalformedSignal otherwise."""
        if not isinstance(self.value, dict):
            raise self.fault(f"must be an object, not {self.kind}")
        return self

    @property
    def kind(self) -> str:
        """What sort of thing lies here, in JSON's words."""
        return _kind(self.value)

    def fault(self, why: str) -> MalformedSignal:
        """The error that names this place."""
        return MalformedSignal(self.path, why)

    def parsed(self) -> "JsonValue":
        """Return the same place with its text read as JSON; an object or a list stays as it is.

        Each half of a surrogate pair that has lost the other becomes `?`, in keys as well as in values. Raises MalformedSignal
        if the text is not JSON, or if the value nests deeper than can be read, or holds a number too long to be written.
        """
        if self.sound and isinstance(self.value, dict | list):
            return self
        try:
            return JsonValue(_writable(_decoded(self.value)), self.path, sound=True)
        except UnicodeDecodeError as error:
            raise self.fault(f"is not UTF-8 (byte {error.start})") from error
        except json.JSONDecodeError as error:
            raise self.fault(f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from error
        except (RecursionError, TypeError, ValueError) as error:
            raise self.fault(
                "is JSON that nests too deep or holds too long a number, or is not JSON at all; send what JSON can hold"
            ) from error


def _decoded(value: object) -> object:
    """Return what a text says in JSON; anything but text is what it is."""
    if isinstance(value, bytes):
        value = value.decode("utf-8-sig")
    return json.loads(value.removeprefix("\ufeff")) if isinstance(value, str) else value


def _writable(value: object) -> object:
    """Return the value itself if it can be written as UTF-8, else a copy without half surrogates. Raises as `json` does."""
    try:
        # Reads each letter once, at the speed of C: nearly every event passes here.
        msgspec.json.encode(value)
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError):
        # msgspec is the stricter of the two. What json cannot write either raises the error that says why.
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value


def finite(value: object) -> float | None:
    """A JSON number as float, or None where it is none, not finite, or too large for one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "text" if value.strip() else "empty text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return type(value).__name__
