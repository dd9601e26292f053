"""Times, in every form in which AWS's events write them.

Processing jobs and deployments: integer epoch milliseconds. Endpoints: float ones. Training jobs: text of them. Pipelines
and packages: ISO 8601 with Z, model cards with nanoseconds, alarms with `+0000`. The docs' samples even put spaces behind
the colons.
"""

import re
from datetime import UTC, datetime
from typing import Final

from kedge.sources.place import finite

_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d*)?")
_SPACED_COLON: Final = re.compile(r"\s+:\s*|:\s+")
# Below it a number counts seconds: as milliseconds it would lie before March 1973.
_SECONDS_BELOW: Final = 1e11


def moment(value: object) -> datetime | None:
    """The time that a value means, in UTC, or None where it means none.

    Numbers, and text of numbers, are epoch milliseconds, or seconds where smaller than 1e11. Other text is ISO 8601; without
    a zone it is UTC. Fractions below a microsecond are cut off.
    """
    if isinstance(value, str):
        text = value.strip()
        return _epoch(float(text)) if _NUMBER.fullmatch(text) and len(text) < 30 else _iso(text)
    if isinstance(value, datetime):
        return _utc(value)
    number = finite(value)
    return None if number is None else _epoch(number)


def stamp(at: datetime) -> str:
    """A time as it is written into ids: ISO 8601, UTC, milliseconds, which is as fine as any source is."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _epoch(number: float) -> datetime | None:
    seconds = number if abs(number) < _SECONDS_BELOW else number / 1000
    if seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        return _utc(datetime.fromisoformat(_SPACED_COLON.sub(":", text)))
    except ValueError:
        return None


def _utc(at: datetime) -> datetime | None:
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None
