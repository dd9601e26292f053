"""Reads numbers from the English sentences of SageMaker's reports.

They are only enrichment: no decision depends on them. The wordings are those of AWS's documentation, notebooks and
sample code. They differ between analyzer versions, and a new one must only cost a number.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

SEARCHED: Final = 2000
"""The number of searched characters of a sentence; the longest known wording has about 200."""

# Possessive, so that a number is read once and never tried again in pieces. ASCII digits only: float() must accept it.
_NUMBER: Final = r"[-+]?(?:(?:\d++(?:\.\d*+)?+|\.\d++)(?:e[-+]?\d++)?+|Infinity|NaN)"
_SEEN: Final = rf"(?P<observed>{_NUMBER})"
_LIMIT: Final = rf"(?P<limit>{_NUMBER})"
_BETWEEN: Final = r".{0,200}?"
# Old analyzers also list values that meet their requirement.
_FAILS: Final = r"(?:does(?:n.t| not) meet|meets) the"


class Breach(StrEnum):
    """The side of the limit: the value is above or below it."""

    ABOVE = "above"
    BELOW = "below"
    UNKNOWN = "unknown"


class Numbers(NamedTuple):
    """Observed value, limit and side, each if the sentence contains it."""

    observed: float | None = None
    limit: float | None = None
    breach: Breach = Breach.UNKNOWN


class _Wording(NamedTuple):
    pattern: re.Pattern[str]
    breach: Breach = Breach.UNKNOWN
    scale: float = 1.0


def _wording(text: str, breach: Breach = Breach.UNKNOWN, scale: float = 1.0) -> _Wording:
    return _Wording(re.compile(text, re.ASCII | re.IGNORECASE | re.DOTALL), breach, scale)


_WORDINGS: Final = (
    # The sentence says "exceeds", but the number is an nDCG score that is too low.
    _wording(rf"attribution drift:? {_SEEN} exceeds threshold:? {_LIMIT}", Breach.BELOW),
    # Old analyzers name the kind of distance twice: `Numerical distance: 0.4 exceeds numerical threshold: 0.1`.
    _wording(rf"distance:? {_SEEN} exceeds (?:\w{{1,20}} )?threshold:? {_LIMIT}", Breach.ABOVE),
    _wording(rf"Expected match: {_LIMIT}%{_BETWEEN}Observed: (?:Only )?{_SEEN}%", Breach.BELOW, 0.01),
    _wording(rf"with {_SEEN}(?: \+/- \S{{1,40}})? was LessThan(?:OrEqualTo)?Threshold '?{_LIMIT}", Breach.BELOW),
    _wording(rf"with {_SEEN}(?: \+/- \S{{1,40}})? was GreaterThan(?:OrEqualTo)?Threshold '?{_LIMIT}", Breach.ABOVE),
    _wording(rf"value:? {_SEEN} {_FAILS} baseline constraint requirement:? {_LIMIT}"),
    _wording(rf"columns in current dataset: {_SEEN}{_BETWEEN}columns in baseline constraints: {_LIMIT}"),
    _wording(rf"value:? {_SEEN} {_FAILS} constraint requirement"),
)


def numbers_in(said: str, side: Breach = Breach.UNKNOWN) -> Numbers:
    """Return the numbers in a report's sentence, or none; never raises.

    Only the first SEARCHED characters are read. `side` is that of the check, which decides if the sentence does not. Shares
    that the sentence gives in percent are returned as fractions.
    """
    return _numbers_in(said[:SEARCHED], side)


# A decision reads the numbers of each finding several times.
@lru_cache(maxsize=256)
def _numbers_in(start: str, side: Breach) -> Numbers:
    for wording in _WORDINGS:
        found = wording.pattern.search(start)
        if found is not None:
            told = {name: float(text) * wording.scale for name, text in found.groupdict().items()}
            observed, limit = told["observed"], told.get("limit")
            stated = side if wording.breach is Breach.UNKNOWN else wording.breach
            return Numbers(observed, limit, _side(observed, limit) if stated is Breach.UNKNOWN else stated)
    return Numbers()


def _side(observed: float, limit: float | None) -> Breach:
    # NaN is on neither side. A bias value is evaluated by its distance from zero, but keeps its side.
    if limit is not None and observed > limit:
        return Breach.ABOVE
    if limit is not None and observed < limit:
        return Breach.BELOW
    return Breach.UNKNOWN
