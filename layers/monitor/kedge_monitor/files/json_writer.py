"""Writes JSON in the layout of Model Monitor's files.

It is the layout of Jackson's DefaultPrettyPrinter: objects are indented by 2 blanks, arrays stay on one line, ` : `
stands after a key. Numbers that JSON lacks become strings ("NaN"), as Jackson writes them.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

_ENCODE: Final = msgspec.json.Encoder().encode
_ODD: Final = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}


def write_json(value: object) -> bytes:
    """Return a value as JSON text in UTF-8.

    `value` holds mappings, lists, tuples, one-dimensional arrays, texts, numbers, Booleans and None.

    Raises:
        TypeError: a value has another type.
    """
    return _write(value, 0).encode()


def _write(value: Any, depth: int) -> str:
    kind = type(value)
    if kind is float:
        text = repr(value)
        return _ODD.get(text, text)
    if kind is dict:
        # Most values are numbers: a call for each would take longer than to write them.
        texts = [
            repr(item) if type(item) is float and isfinite(item) else _write(item, depth + 1) for item in value.values()
        ]
        return _lay_out(tuple(value), depth) % tuple(texts)
    if kind is list or kind is tuple:
        return _join([_write(item, depth) for item in value])
    if kind is np.ndarray:
        return _array_of_numbers(value)
    return _ENCODE(value).decode()


# A file has many objects with the same keys.
@lru_cache(maxsize=1024)
def _lay_out(keys: tuple[str, ...], depth: int) -> str:
    """Return the text of an object with these keys, with `%s` for each value."""
    if not keys:
        return "{ }"
    line = "\n" + "  " * depth
    lines = [f"{line}  {_ENCODE(key).decode()} : ".replace("%", "%%") + "%s" for key in keys]
    return "{" + ",".join(lines) + line + "}"


def _join(items: Sequence[str]) -> str:
    return f"[ {', '.join(items)} ]" if items else "[ ]"


def _array_of_numbers(value: NDArray[np.float64]) -> str:
    """Return an array of finite numbers: sketches hold thousands, too many to write one by one."""
    if not value.size:
        return "[ ]"
    return "[ " + _ENCODE(value.tolist())[1:-1].decode("ascii").replace(",", ", ") + " ]"
