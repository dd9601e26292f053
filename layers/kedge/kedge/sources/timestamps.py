"""Reads times in all forms of AWS's events.

Processing jobs and deployments have integer epoch milliseconds, endpoints float ones, training jobs text of them.
Pipelines and packages have ISO 8601 with Z, model cards nanoseconds, alarms `+0000`. The samples in AWS's documentation
even put spaces behind the colons.

A sender chooses the times in its event. So a time outside 2000 to 2100 counts as none, and `impossible` finds times in
the future.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from kedge.sources.json_path import finite

LONGEST_TIME: Final = 40
"""Characters of a time's text. A model card's nanoseconds with spaces and a zone take 39."""

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
BEGINNING: Final = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
END: Final = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
"""The first moment of those years, and the first one after them."""

CLOCK_SKEW: Final = timedelta(minutes=5)
"""The maximum lead of a sender's clock."""

_NUMBER: Final = re.compile(r"[+-]?\d{1,29}(?:\.\d{0,29})?")
_PARTS: Final = (("year", timedelta(days=365)), ("day", timedelta(days=1)), ("hour", timedelta(hours=1)))
_MINUTE: Final = timedelta(minutes=1)
# Spaces around a time are normal, but stripping 1 MB of them for each field of an event is wasted work.
_LONGEST_SPACED: Final = 1_000
# A smaller number counts seconds: as milliseconds it would be before March 1973.
_SECONDS_BELOW: Final = 1e11


def moment(value: object) -> datetime | None:
    """Return the time that a value means, in UTC, or None if it is not from 2000 to 2100.

    Numbers, and text of numbers, are epoch milliseconds, or seconds if smaller than 1e11. Other text is ISO 8601;
    without a zone it is UTC. Fractions below a microsecond are cut off.
    """
    found = written(value)
    return found if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR else None


def written(value: object) -> datetime | None:
    """Return the time that a value means in any year of the calendar.

    Only a caller that refuses a wrong year itself may use it.
    """
    if isinstance(value, str):
        if len(value) <= LONGEST_TIME:
            return _parsed(value)
        text = value.strip() if len(value) <= _LONGEST_SPACED else ""
        return _parsed(text) if len(text) <= LONGEST_TIME else None
    if isinstance(value, datetime):
        return _utc(value)
    number = finite(value)
    return None if number is None else _epoch(number)


def impossible(at: datetime, received: datetime) -> str | None:
    """Return why a run cannot have ended at a time if it was reported at `received`; None if it can. Both are in UTC.

    The answer continues a sentence that ends with the time itself: `, 72 years after the event`.
    """
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        return f", outside the years {FIRST_YEAR} to {LAST_YEAR}"
    ahead = at - received
    return f", {_span(ahead)} after the event" if ahead > CLOCK_SKEW else None


def _epoch(number: float) -> datetime | None:
    seconds = number if abs(number) < _SECONDS_BELOW else number / 1000
    if seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


# The runs of a fleet have the same windows, and report their ends repeatedly.
@lru_cache(maxsize=256)
def _parsed(text: str) -> datetime | None:
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return _epoch(float(text))
    found = _iso(text)
    return found if found is not None or " " not in text else _iso(":".join([part.strip() for part in text.split(":")]))


def _iso(text: str) -> datetime | None:
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError:
        return None


def _span(span: timedelta) -> str:
    """Return a span in its largest whole part, such as `72 years`."""
    for word, size in _PARTS:
        if (count := span // size) > 0:
            return f"{count} {word}{'s' if count > 1 else ''}"
    return f"{span // _MINUTE} minutes"


def _utc(at: datetime) -> datetime | None:
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None
