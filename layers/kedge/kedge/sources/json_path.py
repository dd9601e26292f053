"""Reads untrusted JSON: every value knows its path.

Optional fields of a wrong type read as absent, because an enrichment must not cost an alert. Needed fields raise
MalformedSignal with the JSON path of the fault and its fix.

`parsed` is the one place that makes delivered data storable: text, and objects that Lambda has decoded before. After
it, no text holds half of a surrogate pair, which tables, queues and mails refuse, and every number can be written.
"""

import json
import math
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from kedge.domain.errors import MalformedSignal


class JsonValue(Struct, frozen=True, gc=False):
    """A value of an event and its JSON path. An absent value is None, as null is.

    `sound` says that the value is part of one that was `parsed`.
    """

    value: object
    path: str = "$"
    sound: bool = False

    def at(self, *keys: str) -> "JsonValue":
        """Return the place below, key by key; its value is None if a key is missing or its parent is not an object."""
        value = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return JsonValue(value, ".".join((self.path, *keys)), self.sound)

    def has(self, key: str) -> bool:
        """Return whether this is an object with a value under the key."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def get(self, key: str) -> object:
        """Return the value below, as `at` finds it, for a reader that does not need its path."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def each(self) -> Iterator["JsonValue"]:
        """Yield the items of a list; nothing if this is not a list."""
        if isinstance(self.value, list):
            for number, item in enumerate(self.value):
                yield JsonValue(item, f"{self.path}[{number}]", self.sound)

    def text(self, *keys: str) -> str | None:
        """Return the text under the first of the keys that has one, without surrounding spaces."""
        found = self.value
        if isinstance(found, dict):
            for key in keys:
                value = found.get(key)
                if isinstance(value, str) and (text := value.strip()):
                    return text
        return None

    def number(self, *keys: str) -> float | None:
        """Return the finite number under the first of the keys that has one."""
        for key in keys:
            found = finite(self.at(key).value)
            if found is not None:
                return found
        return None

    def need(self, key: str, what: str) -> str:
        """Return the text under a key; `what` describes the expected text. Raises MalformedSignal if there is none."""
        text = self.text(key)
        if text is None:
            raise self.at(key).fault(f"must hold {what}, not {self.at(key).kind}")
        return text

    def must_be_object(self) -> "JsonValue":
        """Return this place if it is an object. Raises MalformedSignal otherwise."""
        if not isinstance(self.value, dict):
            raise self.fault(f"must be an object, not {self.kind}")
        return self

    @property
    def kind(self) -> str:
        """Return the type of this value, in JSON's words."""
        return _kind(self.value)

    def fault(self, why: str) -> MalformedSignal:
        """Return the error that names this place."""
        return MalformedSignal(self.path, why)

    def parsed(self) -> "JsonValue":
        """Return the same place with its text read as JSON; an object or a list stays unchanged.

        Each unpaired half of a surrogate pair becomes `?`, in keys and in values.

        Raises:
            MalformedSignal: the text is not JSON, the value nests too deep, or it holds a number that is too long to be
                written.
        """
        if self.sound and isinstance(self.value, (dict, list)):
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
    """Return the JSON value of a text; any other value stays unchanged."""
    if isinstance(value, bytes):
        value = value.decode("utf-8-sig")
    return json.loads(value.removeprefix("\ufeff")) if isinstance(value, str) else value


def _writable(value: object) -> object:
    """Return the value itself if it can be written as UTF-8, else a copy without half surrogates.

    Raises as `json` does.
    """
    try:
        # This reads each letter once, at the speed of C: nearly every event passes here.
        msgspec.json.encode(value)
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError):
        # msgspec is stricter than json. If json cannot write the value either, it raises the error with the reason.
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value


def finite(value: object) -> float | None:
    """Return a JSON number as float, or None if it is not a number, not finite, or too large."""
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
