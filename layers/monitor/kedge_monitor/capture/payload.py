"""One side of a captured request: its text to rows of values.

A row is a text of CSV (values by position), a list of texts (by position) or a dict (by name). None is a missing value.
"""

import base64
import csv
import io
import json
import math
from typing import Any, Final

import msgspec

type Fields = dict[str, str | None]
type Row = str | list[str | None] | Fields

_LISTS_OF_RECORDS: Final = ("instances", "predictions")
_MOST_NESTED: Final = 64


class PayloadUnreadable(ValueError):
    """A payload that is not what its encoding says. The text is the reason, without the place."""


class Side(msgspec.Struct, gc=False, rename={"content_type": "observedContentType"}):
    """One side of a captured request as its record has it."""

    data: str | None = None
    encoding: str | None = None
    content_type: str | None = None


def read_side(side: Side, names: frozenset[str] = frozenset()) -> list[Row]:
    """Return the rows of one side.

    CSV has one row per line. JSON has one row per element of a list, of `instances` or of `predictions`. An object whose values
    are all lists of the same length has one row per position. Nested objects get dotted names, lists get `name_0`.

    Args:
        side: the side; its encoding is `CSV`, `JSON`, `BASE64` or unknown.
        names: the known names of columns. They decide whether `{"a": [1, 2]}` is two records or one with `a_0` and `a_1`.

    Raises:
        PayloadUnreadable: the payload does not have the form of its encoding.
    """
    text, content_type = side.data or "", (side.content_type or "").lower()
    match (side.encoding or "").upper():
        case "CSV":
            return csv_rows(text)
        case "JSON":
            return json_rows(text, names)
        case "BASE64":
            text = _decoded(text)
        case "":
            content_type = content_type or "unknown"
        case other:
            raise PayloadUnreadable(f"the encoding {other!r} is none of CSV, JSON and BASE64")
    if "csv" in content_type:
        return csv_rows(text)
    if "json" in content_type:
        return json_rows(text, names)
    try:
        return json_rows(text, names)
    except PayloadUnreadable:
        return csv_rows(text)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except UnicodeDecodeError:
        raise PayloadUnreadable(
            "the BASE64 payload is no UTF-8 text; if it is binary, leave this side out of the analysis"
        ) from None
    except ValueError as error:  # other characters, or a wrong number of them
        raise PayloadUnreadable(f"no BASE64: {error}") from None


def csv_rows(text: str) -> list[Row]:
    """Return the rows of a CSV text (RFC 4180). Line ends at the end of the text are no rows.

    Raises:
        PayloadUnreadable: a quote is not closed, or text follows a closing quote.
    """
    text = text.removeprefix("\ufeff").rstrip("\r\n")
    if '"' not in text and "\r" not in text:
        return list(text.split("\n"))
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as error:
        raise PayloadUnreadable(f"no CSV: {error}") from None


def json_rows(text: str, names: frozenset[str] = frozenset()) -> list[Row]:
    """Return the rows of a JSON text, or of several JSON texts with one per line.

    Raises:
        PayloadUnreadable: the text is no JSON, is nested too deeply, or gives one name to two values.
    """
    try:
        return rows_of(_parsed(text), names)
    except PayloadUnreadable:
        lines = text.split("\n")
        if sum(bool(line.strip()) for line in lines) < 2:
            raise
        return [row for line in lines if line.strip() for row in rows_of(_parsed(line), names)]


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        # Python's own writer puts out NaN and Infinity, which JSON does not have. Its reader takes them.
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise PayloadUnreadable(f"no JSON: {error}") from None


def rows_of(value: Any, names: frozenset[str] = frozenset()) -> list[Row]:
    """Return the rows of a decoded JSON value.

    Raises:
        PayloadUnreadable: it is nested too deeply, or gives one name to two values.
    """
    if isinstance(value, dict):
        return _rows_of_object(value, names)
    if isinstance(value, list) and value and all(isinstance(item, (dict, list)) for item in value):
        return [_row(item) for item in value]
    return [_row(value)]


def _rows_of_object(value: dict[str, Any], names: frozenset[str]) -> list[Row]:
    for key in _LISTS_OF_RECORDS:
        items = value.get(key)
        if isinstance(items, list) and key not in names and f"{key}_0" not in names:
            shared = flat({name: part for name, part in value.items() if name != key})
            return [_with_shared(_row(item), shared) for item in items]
    length = _length_of_columns(value)
    if length and (any(name in names for name in value) or _look_like_columns(value, names)):
        return rows_of_columns(value)
    return [flat(value)]


def _look_like_columns(value: dict[str, Any], names: frozenset[str]) -> bool:
    return len(value) > 1 and not any(f"{name}_0" in names for name in value)


def _with_shared(row: Row, shared: Fields) -> Row:
    if not shared:
        return row
    if isinstance(row, dict):
        return {**shared, **row}
    values = row if isinstance(row, list) else [row]
    return {**shared, **{f"_c{position}": text for position, text in enumerate(values)}}


def _length_of_columns(value: dict[str, Any]) -> int:
    """Return the common length of lists of plain values, 0 if the object is something else."""
    lengths = {len(part) if isinstance(part, list) else 0 for part in value.values()}
    if len(lengths) != 1 or 0 in lengths:
        return 0
    return 0 if any(isinstance(item, (dict, list)) for part in value.values() for item in part) else lengths.pop()


def rows_of_columns(value: dict[str, Any]) -> list[Row]:
    """Return the rows of an object whose values are lists of the same length: one row per position."""
    return [dict(zip(value, map(text_of, row), strict=True)) for row in zip(*value.values(), strict=True)]


def column_rows(side: Side) -> list[Row] | None:
    """Return the rows of a side whose only value is a list, one per element; None if it is something else.

    `{"value": [1, 2]}` alone does not show whether it is one record or two: the other side does.
    """
    text = side.data or ""
    try:
        value = _parsed(_decoded(text) if (side.encoding or "").upper() == "BASE64" else text)
    except PayloadUnreadable:
        return None
    if isinstance(value, list):
        return None if any(isinstance(item, (dict, list)) for item in value) else [[text_of(item)] for item in value]
    return rows_of_columns(value) if isinstance(value, dict) and _length_of_columns(value) else None


def _row(value: Any) -> Row:
    if isinstance(value, dict):
        return flat(value)
    return _positions(value, 0)


def _positions(value: Any, depth: int) -> list[str | None]:
    """Return the values of nested lists, and of objects in them, in their order."""
    if depth > _MOST_NESTED:
        raise PayloadUnreadable(f"nested more than {_MOST_NESTED} times")
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return [text_of(value)]
    return [text for item in value for text in _positions(item, depth + 1)]


def flat(value: dict[str, Any]) -> Fields:
    """Return the plain values of an object: `{"a": {"b": 1}, "c": [2, 3]}` has `a.b`, `c_0` and `c_1`.

    Raises:
        PayloadUnreadable: two values get the same name, or the object is nested too deeply.
    """
    found: Fields = {}
    for name, part in value.items():
        if isinstance(part, (dict, list)):
            _flatten(name, part, found, 1)
        else:
            _put(found, name, part)
    return found


def _flatten(name: str, value: Any, found: Fields, depth: int) -> None:
    if depth > _MOST_NESTED:
        raise PayloadUnreadable(f"nested more than {_MOST_NESTED} times")
    if isinstance(value, dict):
        for key, part in value.items():
            _flatten(f"{name}.{key}", part, found, depth + 1)
    elif isinstance(value, list):
        for position, part in enumerate(value):
            _flatten(f"{name}_{position}", part, found, depth + 1)
    else:
        _put(found, name, value)


def _put(found: Fields, name: str, value: Any) -> None:
    if name in found:
        raise PayloadUnreadable(f"two values are named {name!r}")
    found[name] = text_of(value)


def text_of(value: Any) -> str | None:
    """Return a plain JSON value as a CSV field has it; None for null. Booleans are `true` and `false`."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(value)
