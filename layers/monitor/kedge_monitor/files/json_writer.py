"""Writes JSON in the layout of Model Monitor's files.

It is the layout of Jackson's DefaultPrettyPrinter: objects are indented by 2 blanks, arrays stay on one line, ` : `
stands after a key. Numbers that JSON lacks become strings ("NaN"), as Jackson writes them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

_ENCODE: Final = msgspec.json.Encoder().encode


def write_json(value: object) -> bytes:
    """Return a value as JSON text in UTF-8.

    `value` holds mappings, lists, tuples, one-dimensional arrays, texts, numbers, Booleans and None.

    Raises:
        TypeError: a value has another type.
    """
    parts: list[bytes] = []
    _write(value, b"\n", parts.append)
    return b"".join(parts)


def _write(value: Any, line: bytes, put: Callable[[bytes], None]) -> None:
    kind = type(value)
    if kind is dict:
        _write_object(value, line, put)
    elif kind is float:
        put(repr(value).encode() if math.isfinite(value) else _odd(value))
    elif kind is list or kind is tuple:
        _write_array(value, line, put)
    elif kind is np.ndarray:
        put(_array_of_numbers(value))
    else:
        put(_ENCODE(value))


def _odd(value: float) -> bytes:
    return b'"NaN"' if math.isnan(value) else b'"Infinity"' if value > 0 else b'"-Infinity"'


# A file has few keys, and each of them many times.
@lru_cache(maxsize=256)
def _key(key: str) -> bytes:
    return _ENCODE(key) + b" : "


def _write_object(value: Mapping[str, object], line: bytes, put: Callable[[bytes], None]) -> None:
    if not value:
        put(b"{ }")
        return
    inner = line + b"  "
    before = b"{" + inner
    for key, item in value.items():
        put(before + _key(key))
        _write(item, inner, put)
        before = b"," + inner
    put(line + b"}")


def _write_array(value: Sequence[object], line: bytes, put: Callable[[bytes], None]) -> None:
    if not value:
        put(b"[ ]")
        return
    before = b"[ "
    for item in value:
        put(before)
        _write(item, line, put)
        before = b", "
    put(b" ]")


def _array_of_numbers(value: NDArray[np.float64]) -> bytes:
    """Return an array of finite numbers: sketches hold thousands, too many to write one by one."""
    if not value.size:
        return b"[ ]"
    return b"[ " + _ENCODE(value.tolist())[1:-1].replace(b",", b", ") + b" ]"
