"""Reads JSON files, and names the place of each fault as a JSON pointer (RFC 6901).

The files come from analyzers of several ages, from notebooks and from people. Missing parts are None, numbers may be
texts ("NaN", "Infinity"), and NaN may stand as a bare word.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from kedge_monitor.errors import MonitorError

_GZIP: Final = b"\x1f\x8b"
_LONGEST_SHOWN: Final = 60
_MOST_COUNTED: Final = 2**53  # above it a float no longer counts by ones
_NAMES: Final = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a Boolean",
    int: "a number",
    float: "a number",
}


class FileUnreadable(MonitorError):
    """A file that does not have the shape of its kind. The text names file, place and action."""

    def __init__(self, file: str, place: str, problem: str, action: str) -> None:
        super().__init__(f"{file}, {place}: {problem}. {action}.")
        self.file = file
        self.place = place


def read_json(data: bytes, file: str) -> "JsonNode":
    """Return the root of a JSON file. `file` is its name in errors.

    A byte-order mark and bare NaN or Infinity are accepted.

    Raises:
        FileUnreadable: the bytes are not JSON.
    """
    body = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return JsonNode(file, "", msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return JsonNode(file, "", _second_reading(body, file, str(error)))


def _second_reading(data: bytes, file: str, first: str) -> object:
    import json

    if not data.strip():
        raise FileUnreadable(file, "byte 0", "the file is empty", "Write the file again") from None
    if data.startswith(_GZIP):
        raise FileUnreadable(file, "byte 0", "the file is compressed", "Unpack it with gunzip") from None
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise FileUnreadable(file, place, f"not JSON: {error.msg}", "Write the file again") from None
    except (UnicodeDecodeError, RecursionError):
        raise FileUnreadable(file, "/", f"not JSON in UTF-8: {first}", "Write the file again") from None


@dataclass(frozen=True, slots=True)
class JsonNode:
    """A value of a JSON file with its place."""

    file: str
    pointer: str
    value: Any

    def fault(self, problem: str, action: str) -> FileUnreadable:
        """Return the error for this place."""
        return FileUnreadable(self.file, self.pointer or "/", problem, action)

    def child(self, key: str | int) -> "JsonNode":
        """Return the value under a key that exists."""
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        return JsonNode(self.file, f"{self.pointer}/{escaped}", self.value[key])

    def get(self, *keys: str) -> "JsonNode | None":
        """Return the value under the first of several spellings of a key; None if it is absent or null."""
        self._expect(dict)
        return next((self.child(key) for key in keys if self.value.get(key) is not None), None)

    def need(self, key: str) -> "JsonNode":
        """Return the value under a key."""
        found = self.get(key)
        if found is None:
            raise self.fault(f"`{key}` is missing", f"Add `{key}`, or write the file again")
        return found

    def items(self) -> Iterator["JsonNode"]:
        """Yield the entries of a list."""
        self._expect(list)
        return (self.child(index) for index in range(len(self.value)))

    def entries(self) -> Iterator[tuple[str, "JsonNode"]]:
        """Yield the keys and values of an object."""
        self._expect(dict)
        return ((key, self.child(key)) for key in self.value)

    def text(self) -> str:
        """Return a text; numbers and Booleans become the text that JSON has for them."""
        if isinstance(self.value, bool | int | float):
            return msgspec.json.encode(self.value).decode()
        self._expect(str)
        return str(self.value)

    def number(self) -> float:
        """Return a number, which may be NaN or infinite; Java writes such numbers as texts."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float | str):
            raise self._unexpected("a number")
        try:
            return float(self.value)
        except (ValueError, OverflowError):
            raise self.fault(f"{self._shown()} is not a number", "Write a number") from None

    def finite(self) -> float | None:
        """Return a number, or None in place of NaN and of an infinite one."""
        number = self.number()
        return number if math.isfinite(number) else None

    def count(self) -> int:
        """Return a whole number of at least 0; analyzers write some counts as 12.0."""
        number = self.number()
        if not 0 <= number <= _MOST_COUNTED:
            raise self.fault(f"{self._shown()} is not a count", "Write a whole number from 0 on")
        return round(number)

    def numbers(self) -> list[float]:
        """Return a list of finite numbers."""
        self._expect(list)
        if all(type(value) is float for value in self.value) and all(map(math.isfinite, self.value)):
            return list(self.value)
        found = [node.number() for node in self.items()]
        for index, number in enumerate(found):
            if not math.isfinite(number):
                raise self.child(index).fault("the number is not finite", "Write the file again")
        return found

    def _expect(self, kind: type) -> None:
        if not isinstance(self.value, kind):
            raise self._unexpected(_NAMES[kind])

    def _unexpected(self, expected: str) -> FileUnreadable:
        found = "null" if self.value is None else _NAMES.get(type(self.value), "another value")
        return self.fault(f"{expected} is expected here, and the file has {found}", "Correct the value")

    def _shown(self) -> str:
        return repr(self.value)[:_LONGEST_SHOWN]
