"""The class of a value: a whole number, a number with a fraction, a Boolean, any other text.

The expressions are those of deequ's `StatefulDataType` (awslabs/deequ, analyzers/catalyst/StatefulDataType.scala), which match
whole values. A number that a double cannot hold (`1e999`) is a text here, because it has no value to measure.
"""

import math
import re
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kedge_monitor.batch import NO_TEXTS, Classes, Floats, NumberValues

type ClassName = Literal["integral", "fractional", "boolean", "string"]

_INTEGRAL: Final = r"[-+]? ?[0-9]+"
_FRACTIONAL: Final = r"[-+]? ?[0-9]+(?:\.[0-9]+|(?:\.[0-9]+)?[Ee][-+]?[0-9]+)"
_NUMBER: Final = re.compile(f"(?:(?P<fractional>{_FRACTIONAL})|{_INTEGRAL})", re.ASCII)
# RE2 searches: \A and \z make it match whole values.
_IS_INTEGRAL: Final = rf"\A{_INTEGRAL}\z"
_IS_FRACTIONAL: Final = rf"\A{_FRACTIONAL}\z"
_DOT: Final = ord(".")
_E: Final = ord("e")
_X: Final = ord("x")
_ZERO: Final = ord("0")
_COMMA: Final = ord(",")
_LINE_FEED: Final = ord("\n")
_QUOTE: Final = ord('"')
# By the number of a letter: whether a number, `true` or `false` can begin with it.
_BEGINS_NUMBER: Final = np.array([chr(letter) in "+- 0123456789" for letter in range(256)])
_BEGINS_BOOLEAN: Final = np.array([chr(letter) in "tf" for letter in range(256)])
_BLANKS: Final = (ord(" "), ord("\t"))  # what Arrow removes before it converts


def class_of_text(text: str) -> ClassName:
    """Return the class of one value, which is not empty."""
    if text in ("true", "false"):
        return "boolean"
    found = _NUMBER.fullmatch(text)
    if not found or number_of(text) is None:
        return "string"
    return "fractional" if found["fractional"] else "integral"


def number_of(text: str) -> float | None:
    """Return the number that a text of class Integral or Fractional has, None if a double cannot hold it."""
    value = float(text.replace(" ", ""))
    return value if math.isfinite(value) else None


def classify_numbers(values: pa.StringArray, *, has_bare_dot: bool) -> NumberValues:
    """Return the values of a number column with their exact classes.

    Args:
        values: the texts of the column in one batch; null is a missing value.
        has_bare_dot: whether some value may have a dot without a digit on each side. `find_doubtful` finds it for a whole batch.
    """
    present = values.drop_null() if values.null_count else values
    missing = len(values) - len(present)
    fast = _convert(present, has_bare_dot=has_bare_dot)
    if fast is not None:
        numbers, fractional = fast
        return NumberValues(
            values=numbers,
            classes=Classes(integral=len(present) - fractional, fractional=fractional),
            missing=missing,
        )
    return _classify_each(present, missing)


def _convert(present: pa.StringArray, *, has_bare_dot: bool) -> tuple[Floats, int] | None:
    """Return the numbers and how many are Fractional, None if a value may be no number by the expressions.

    Arrow's conversion takes what the expressions take, but for three things: it takes `.5`, `5.` and texts that are not finite,
    and it refuses a blank. So a column that converts, is finite and has no bare dot consists of numbers, and a number is
    Fractional if it has a dot or an exponent.
    """
    try:
        numbers = pc.cast(present, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    if not np.isfinite(numbers).all():
        return None
    letters, offsets = _letters(present)
    if has_bare_dot and _bare_dot_in(letters, offsets):
        return None
    fractional = int(np.count_nonzero(letters == _DOT))
    data = letters.tobytes()
    if b"e" in data or b"E" in data:
        exponents = np.flatnonzero((letters | 0x20) == _E)
        rows = np.unique(np.searchsorted(offsets, exponents, side="right") - 1)
        with_exponent = present.take(pa.array(rows))
        fractional += len(rows) - (pc.sum(pc.match_substring(with_exponent, ".")).as_py() or 0)
    return numbers, fractional


def _letters(values: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Return the bytes of all texts, one after another, and the offset of each text, without copying."""
    _, offsets, data = values.buffers()
    if data is None or not len(values):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    at = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    return np.frombuffer(data, np.uint8)[at[0] : at[-1]], at - at[0]


def _bare_dot_in(letters: np.ndarray, offsets: np.ndarray) -> bool:
    """Return whether a dot in some text, none of which is empty, has no digit before or after it."""
    if (letters[offsets[:-1]] == _DOT).any() or (letters[offsets[1:] - 1] == _DOT).any():
        return True
    return _is_dot_beside_other(letters)  # now a dot has both neighbours in its own text


def _is_dot_beside_other(letters: np.ndarray) -> bool:
    is_other, is_dot = (letters - np.uint8(48)) > 9, letters == _DOT
    return bool((is_dot[:-1] & is_other[1:]).any() or (is_dot[1:] & is_other[:-1]).any())


def find_doubtful(data: bytes, step: int = 128 * 1024) -> bool:
    """Return whether a text of CSV may have a value that Arrow takes for a number and the expressions do not.

    Such a value has a dot without a digit on each side, a blank at one of its ends, or `0x`. The search covers the
    whole text, in parts that fit into the processor's cache. In a column of texts a find does no harm: the way is only slower.
    """
    letters = np.frombuffer(data, np.uint8)
    if len(letters) and (_DOT in (letters[0], letters[-1]) or letters[0] in _BLANKS or letters[-1] in _BLANKS):
        return True
    has_blank = any(bytes((blank,)) in data for blank in _BLANKS)
    has_x = b"x" in data or b"X" in data
    for begin in range(0, len(letters), step):
        part = letters[begin : begin + step + 1]
        if _is_dot_beside_other(part) or (has_blank and _is_blank_at_end(part)) or (has_x and _is_hexadecimal(part)):
            return True
    return False


def _is_blank_at_end(letters: np.ndarray) -> bool:
    is_end = (letters == _COMMA) | (letters == _LINE_FEED) | (letters == _QUOTE)
    is_blank = np.isin(letters, _BLANKS)
    return bool((is_end[:-1] & is_blank[1:]).any() or (is_blank[:-1] & is_end[1:]).any())


def _is_hexadecimal(letters: np.ndarray) -> bool:
    return bool(((letters[:-1] == _ZERO) & ((letters[1:] | 0x20) == _X)).any())


def _classify_each(present: pa.StringArray, missing: int) -> NumberValues:
    """Return the values of a column in which some are no numbers, by the expressions themselves."""
    integral = pc.match_substring_regex(present, _IS_INTEGRAL).to_numpy(zero_copy_only=False)
    fractional = pc.match_substring_regex(present, _IS_FRACTIONAL).to_numpy(zero_copy_only=False)
    numbers = np.full(len(present), np.nan)
    is_number = integral | fractional
    texts = pc.replace_substring(present.filter(pa.array(is_number)), " ", "")
    numbers[is_number] = _as_doubles(texts)
    is_number = np.isfinite(numbers)
    others = present.filter(pa.array(~is_number)) if not is_number.all() else NO_TEXTS
    boolean = pc.sum(pc.is_in(others, pa.array(["true", "false"]))).as_py() or 0
    return NumberValues(
        values=numbers[is_number],
        classes=Classes(
            integral=int((integral & is_number).sum()),
            fractional=int((fractional & is_number).sum()),
            boolean=boolean,
            string=len(others) - boolean,
        ),
        missing=missing,
        texts=others,
    )


def _as_doubles(texts: pa.StringArray) -> Floats:
    """Return the numbers of texts that the expressions match; infinite where a double cannot hold one."""
    numbers: Floats = pc.cast(texts, pa.float64()).to_numpy()
    return numbers


def count_classes(dictionary: pa.StringArray, counts: np.ndarray) -> Classes:
    """Return the classes of a text column from its distinct values and how often each occurs."""
    present = int(counts.sum())
    letters, offsets = _letters(dictionary)
    begins = letters[offsets[:-1][offsets[:-1] < offsets[1:]]]  # an empty text has none
    # Most columns have only values that begin with letters, so no expression has to be tried.
    integral = fractional = boolean = 0
    if _BEGINS_NUMBER[begins].any():
        integral, fractional = _count_numbers(dictionary, counts)
    if _BEGINS_BOOLEAN[begins].any():
        is_boolean = pc.is_in(dictionary, pa.array(["true", "false"])).to_numpy(zero_copy_only=False)
        boolean = int(counts[is_boolean].sum())
    string = present - integral - fractional - boolean
    return Classes(integral=integral, fractional=fractional, boolean=boolean, string=string)


def _count_numbers(dictionary: pa.StringArray, counts: np.ndarray) -> tuple[int, int]:
    """Return how many values of a text column are Integral, and how many are Fractional."""
    integral, fractional = (
        pc.match_substring_regex(dictionary, expression).to_numpy(zero_copy_only=False)
        for expression in (_IS_INTEGRAL, _IS_FRACTIONAL)
    )
    is_number = integral | fractional
    infinite = np.zeros(len(dictionary), bool)
    texts = pc.replace_substring(dictionary.filter(pa.array(is_number)), " ", "")
    infinite[is_number] = ~np.isfinite(_as_doubles(texts))
    return int(counts[integral & ~infinite].sum()), int(counts[fractional & ~infinite].sum())
