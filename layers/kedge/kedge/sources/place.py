"""Reading JSON that nobody vouches for: every value knows where it lies.

Optional fields of an odd type read as absent, because an enrichment is never worth an alert. Needed ones raise
MalformedSignal with the JSON path of the fault and how to mend it.
"""

import json
import math
from collections.abc import Iterator
from typing import NamedTuple

from kedge.errors import MalformedSignal


class Place(NamedTuple):
    """A value of an event and the JSON path at which it lies. An absent value is None, as null is."""

    value: object
    path: str = "$"

    def at(self, *keys: str) -> "Place":
        """The place below, key by key; its value is None where any key is missing or not inside an object."""
        value, path = self.value, self.path
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
            path = f"{path}.{key}"
        return Place(value, path)

    def has(self, key: str) -> bool:
        """Whether this is an object that holds the key with something in it."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def each(self) -> Iterator["Place"]:
        """The items of a list; nothing where this is none."""
        if isinstance(self.value, list):
            for number, item in enumerate(self.value):
                yield Place(item, f"{self.path}[{number}]")

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

    def must_be_object(self) -> "Place":
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

    def parsed(self) -> "Place":
        """The same place with its text read as JSON; anything but text is taken as it is.

        Raises MalformedSignal where the text is no JSON, or nests deeper than can be read.
        """
        if not isinstance(self.value, (str, bytes)):
            return self
        try:
            text = (
                self.value.decode("utf-8-sig") if isinstance(self.value, bytes) else self.value.removeprefix("\ufeff")
            )
            value = json.loads(text)
            if "\\ud" in text.lower():
                # Half a surrogate pair is legal in JSON and can be written nowhere: not to a table, a queue or a mail.
                value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
            return Place(value, self.path)
        except UnicodeDecodeError as error:
            raise self.fault(f"is not UTF-8 (byte {error.start})") from error
        except json.JSONDecodeError as error:
            raise self.fault(f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from error
        except (RecursionError, ValueError) as error:
            raise self.fault("is JSON that nests too deep or holds too long a number") from error


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
