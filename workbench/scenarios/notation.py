"""Series in promtool's notation: `0.05x1 0.41x2 _` is twice 0.05, three times 0.41, and a run that did not happen.

Words stand for runs without a number.
"""

import re
from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kedge.policy.lint.fault import near, quoted

MOST: Final = 10_000
"""The maximum number of runs in one series."""

_NUMBER: Final = r"-?(?:\d+(?:\.\d+)?|\.\d+)"
_TIMES: Final = r"(?:x(?P<times>\d{1,5}))?"
_NUMBERS: Final = re.compile(rf"(?P<first>{_NUMBER})(?:(?P<step>[+-](?:\d+(?:\.\d+)?|\.\d+))(?=x))?{_TIMES}")
_WORDS: Final = re.compile(rf"(?P<word>_|[a-z]+(?:_[a-z]+)*?){_TIMES}")
_TOKEN: Final = re.compile(r"\S+")


class Word(StrEnum):
    """The result of a run without a number."""

    MISSING = "_"  # the run did not happen
    CLEAN = "clean"
    VIOLATED = "violated"
    FAILED = "failed"
    NO_DATA = "no_data"
    STOPPED = "stopped"
    FEW = "few"  # violated, but on too few records for a verdict


type Sample = float | Word


class Misread(ValueError):
    """A series that cannot be read. `at` is the place in its text, in characters from 0."""

    def __init__(self, at: int, why: str) -> None:
        """Keep the place and the reason. `why` has the form `reason: fix`."""
        super().__init__(why)
        self.at = at


class _Piece(Struct, frozen=True):
    """One token: its first value, its step, and the number of its runs."""

    first: Decimal | Word
    step: Decimal
    times: int


def samples(text: str) -> tuple[Sample, ...]:
    """Return the runs that a series states, in order. Raises Misread."""
    found: list[Sample] = []
    for token in _TOKEN.finditer(text):
        piece = _piece(token[0], token.start())
        if len(found) + piece.times > MOST:
            raise Misread(
                token.start(), f"the series has more than {MOST:,} runs: shorten it, or use a longer interval"
            )
        for number in range(piece.times):
            first = piece.first
            found.append(first if isinstance(first, Word) else float(first + number * piece.step))
    if not found:
        raise Misread(0, "the series is empty: write at least one value")
    return tuple(found)


def _piece(token: str, at: int) -> _Piece:
    if number := _NUMBERS.fullmatch(token):
        return _Piece(Decimal(number["first"]), Decimal(number["step"] or 0), int(number["times"] or 0) + 1)
    if word := _WORDS.fullmatch(token):
        if word["word"] not in set(Word):
            mend = near(word["word"], tuple(Word)) or f"write a number, or one of {', '.join(Word)}"
            raise Misread(at, f"there is no run {quoted(token)}: {mend}")
        return _Piece(Word(word["word"]), Decimal(), int(word["times"] or 0) + 1)
    raise Misread(at, f"{quoted(token)} is no run: write values with spaces between them, as in 0.05x1 0.41x2 _")
