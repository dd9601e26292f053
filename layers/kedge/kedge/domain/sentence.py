"""Numbers out of the English sentences in which SageMaker's reports hide them.

Enrichment only: no decision depends on it. The wordings are those of aws documentation, notebooks and sample code; they
differ between analyzer versions, and a new one must cost nothing but a number.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

_NUMBER: Final = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|Infinity|NaN)"
_SEEN: Final = rf"(?P<observed>{_NUMBER})"
_LIMIT: Final = rf"(?P<limit>{_NUMBER})"


class Breach(StrEnum):
    """On which side of its limit a value lies."""

    ABOVE = "above"
    BELOW = "below"
    UNKNOWN = "unknown"


class Numbers(NamedTuple):
    """Observed value, limit and side, each as far as the sentence tells."""

    observed: float | None = None
    limit: float | None = None
    breach: Breach = Breach.UNKNOWN


class _Wording(NamedTuple):
    pattern: re.Pattern[str]
    breach: Breach = Breach.UNKNOWN
    scale: float = 1.0


def _wording(text: str, breach: Breach = Breach.UNKNOWN, scale: float = 1.0) -> _Wording:
    return _Wording(re.compile(text, re.IGNORECASE | re.DOTALL), breach, scale)


_WORDINGS: Final = (
    # The sentence says "exceeds", but the number is an nDCG score that is too low.
    _wording(rf"attribution drift {_SEEN} exceeds threshold:? {_LIMIT}", Breach.BELOW),
    _wording(rf"distance: {_SEEN} exceeds threshold: {_LIMIT}", Breach.ABOVE),
    _wording(rf"Expected match: {_LIMIT}%.*Observed: (?:Only )?{_SEEN}%", Breach.BELOW, 0.01),
    _wording(rf"with {_SEEN}(?: \+/- \S+)? was LessThanThreshold '?{_LIMIT}", Breach.BELOW),
    _wording(rf"with {_SEEN}(?: \+/- \S+)? was GreaterThanThreshold '?{_LIMIT}", Breach.ABOVE),
    _wording(rf"Metric value {_SEEN} doesn't meet the baseline constraint requirement {_LIMIT}"),
    _wording(rf"columns in current dataset: {_SEEN}.*columns in baseline constraints: {_LIMIT}"),
    _wording(rf"Value:? {_SEEN} does not meet the constraint requirement"),
)


def numbers_in(said: str, check: str) -> Numbers:
    """The numbers that a report's sentence tells, or nothing.

    `check` is the constraint_check_type, which tells the side where the sentence does not (model quality's types are
    comparison operators; shares of type match, completeness and known categories break by falling).
    """
    for wording in _WORDINGS:
        found = wording.pattern.search(said)
        if found is not None:
            told = {name: float(text) * wording.scale for name, text in found.groupdict().items()}
            observed, limit = told["observed"], told.get("limit")
            breach = wording.breach if wording.breach is not Breach.UNKNOWN else _side(observed, limit, check)
            return Numbers(observed, limit, breach)
    return Numbers()


def _side(observed: float, limit: float | None, check: str) -> Breach:
    if check in {"LessThanThreshold", "data_type_check", "completeness_check", "categorical_values_check"}:
        return Breach.BELOW
    if check in {"GreaterThanThreshold", "baseline_drift_check"}:
        return Breach.ABOVE
    if limit is None or observed == limit:
        return Breach.UNKNOWN
    return Breach.ABOVE if abs(observed) > abs(limit) else Breach.BELOW
