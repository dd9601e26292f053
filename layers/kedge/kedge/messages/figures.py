"""Numbers, times and durations as a person reads them."""

import math
from datetime import UTC, datetime, timedelta
from typing import Final

_DIGITS: Final = 3
_MOST_DIGITS: Final = 12
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))


def number(value: float | None, digits: int = _DIGITS) -> str:
    """A number with `digits` significant digits; "-" for one that is not known."""
    if value is None:
        return "-"
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    if abs(value) >= 10**digits and abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def pair(observed: float | None, limit: float | None) -> tuple[str, str]:
    """Two numbers side by side, with as many digits as it takes to see that they differ."""
    for digits in range(_DIGITS, _MOST_DIGITS):
        one, other = number(observed, digits), number(limit, digits)
        if one != other or observed == limit:
            return one, other
    return repr(observed), repr(limit)


def many(count: int, thing: str, things: str = "") -> str:
    """`1 feature`, `7 features`; `things` where an `s` at its end does not make many of a thing."""
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"


def moment(at: datetime) -> str:
    """A point in time, UTC, to the minute."""
    utc = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return f"{utc.year:04}-{utc:%m-%d %H:%M} UTC"


def duration(span: timedelta) -> str:
    """A span in its two largest units: `3 h 20 min`, `2 d`, `under a minute`."""
    seconds = int(span.total_seconds())
    if seconds < _UNITS[-1][0]:
        return "under a minute"
    parts: list[str] = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count:,} {unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def age(since: datetime, now: datetime) -> str:
    """How long ago, as seen from `now`."""
    span = now - since
    return "just now" if span < timedelta(minutes=1) else f"{duration(span)} ago"


def ahead(until: datetime, now: datetime) -> str:
    """A point in time that lies before somebody, and how far off it is: `2026-11-20 14:00 UTC (in 3 h 57 min)`."""
    span = until - now
    return f"{moment(until)} ({f'in {duration(span)}' if span > timedelta(0) else 'over'})"


def clock(at: datetime, now: datetime) -> str:
    """A point in time as short as it can be told: `14:00 UTC`, with the day where that is another than today."""
    whole = moment(at)
    return whole.removeprefix(moment(now).partition(" ")[0]).lstrip()
