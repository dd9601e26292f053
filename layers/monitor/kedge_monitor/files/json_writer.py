"""Writes JSON in the layout of Model Monitor's files.

It is the layout of Jackson's DefaultPrettyPrinter: objects are indented by 2 blanks, arrays stay on one line, ` : `
stands after a key. Numbers that JSON lacks become strings ("NaN"), as Jackson writes them.
"""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec
import numpy as np

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


def _write(value: object, line: bytes, put: Callable[[bytes], None]) -> None:
    # By exact type first: a file has thousands of numbers.
    kind = type(value)
    if kind is float:
        put(_ENCODE(value) if math.isfinite(value) else _infinite(value))  # type: ignore[arg-type]
    elif kind is str or kind is int or kind is bool or value is None:
        put(_ENCODE(value))
    elif isinstance(value, Mapping):
        _write_object(value, line, put)
    elif isinstance(value, (list, tuple)):
        _write_array(value, line, put)
    elif isinstance(value, np.ndarray):
        put(_array_of_numbers(value))
    elif isinstance(value, float) and not math.isfinite(value):
        put(_infinite(value))
    else:
        put(_ENCODE(value))


def _infinite(value: float) -> bytes:
    return b'"NaN"' if math.isnan(value) else b'"Infinity"' if value > 0 else b'"-Infinity"'


@lru_cache(4096)
def _key(key: str) -> bytes:
    return _ENCODE(key) + b" : "


def _write_object(value: Mapping[Any, object], line: bytes, put: Callable[[bytes], None]) -> None:
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


def _write_array(value: list[object] | tuple[object, ...], line: bytes, put: Callable[[bytes], None]) -> None:
    if not value:
        put(b"[ ]")
        return
    before = b"[ "
    for item in value:
        put(before)
        _write(item, line, put)
        before = b", "
    put(b" ]")


def _array_of_numbers(value: np.ndarray) -> bytes:
    """Return an array of finite numbers: sketches hold thousands, too many to write one by one."""
    if not value.size:
        return b"[ ]"
    return b"[ " + _ENCODE(value.tolist())[1:-1].replace(b",", b", ") + b" ]"
