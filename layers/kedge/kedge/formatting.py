"""Numbers, times, durations and foreign text as a person reads them. All times are in UTC."""

import math
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final

_DIGITS: Final = 3
_MOST_DIGITS: Final = 12
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# Control, format (bidirectional overrides, zero width), surrogate, private and unassigned characters.
_UNSHOWABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MORE: Final = "..."


def format_number(value: float | None, digits: int = _DIGITS) -> str:
    """Return a number with `digits` significant digits; "-" for None."""
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


def format_pair(observed: float | None, limit: float | None) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to see that they differ."""
    for digits in range(_DIGITS, _MOST_DIGITS):
        one, other = format_number(observed, digits), format_number(limit, digits)
        if one != other or observed == limit:
            return one, other
    return repr(observed), repr(limit)


def format_count(count: int, thing: str, things: str = "") -> str:
    """Return `1 feature` or `7 features`. `things` is the plural if it is not the singular with an `s`."""
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"


def format_time(at: datetime) -> str:
    """Return a time to the minute: `2026-11-20 14:00 UTC`."""
    utc = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return f"{utc.year:04}-{utc:%m-%d %H:%M} UTC"


def format_clock(at: datetime, now: datetime) -> str:
    """Return a time without its day if that is today: `14:00 UTC`."""
    whole = format_time(at)
    return whole.removeprefix(format_time(now).partition(" ")[0]).lstrip()


def format_day(at: datetime) -> str:
    """Return the day of a time: `20 November 2026`."""
    at = at.astimezone(UTC)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def format_period(start: datetime, end: datetime) -> str:
    """Return `from 3 to 20 November 2026`, or within one day `on 20 November 2026 from 10:02 to 14:30 UTC`."""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    if first.date() == last.date():
        return f"on {format_day(first)} from {first:%H:%M} to {last:%H:%M} UTC"
    if first.year != last.year:
        return f"from {format_day(first)} to {format_day(last)}"
    if first.month != last.month:
        return f"from {first.day} {MONTHS[first.month - 1]} to {format_day(last)}"
    return f"from {first.day} to {format_day(last)}"


def format_duration(span: timedelta) -> str:
    """Return a duration in its two largest units: `3 h 20 min`, `2 d`, `less than a minute`."""
    seconds = max(0, int(span.total_seconds()))
    parts: list[str] = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count:,} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "less than a minute"


def format_age(since: datetime, now: datetime) -> str:
    """Return how long ago a time was: `3 h 20 min ago`, `just now`."""
    span = now - since
    return "just now" if span < timedelta(minutes=1) else f"{format_duration(span)} ago"


def format_deadline(until: datetime, now: datetime) -> str:
    """Return a time with what is left until it: `2026-11-20 14:00 UTC (in 3 h 57 min)`."""
    span = until - now
    return f"{format_time(until)} ({f'in {format_duration(span)}' if span > timedelta(0) else 'over'})"


def one_line(text: str) -> str:
    """Return foreign text on one line, without characters that cannot be seen or that redraw what is around them."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    seen = (" " if char.isspace() else char for char in text if char.isspace() or _is_showable(char))
    return " ".join("".join(seen).split())


def _is_showable(char: str) -> bool:
    return unicodedata.category(char) not in _UNSHOWABLE


def shorten(text: str, most: int) -> str:
    """Return one line of at most `most` characters, cut after a word if one ends near."""
    text = one_line(text)
    if len(text) <= most:
        return text
    if most <= len(_MORE):
        return text[:most]
    kept = text[: most - len(_MORE)]
    head, space, _ = kept.rpartition(" ")
    return (head if space and len(head) >= len(kept) // 2 else kept).rstrip(" ,;:") + _MORE


def shorten_name(name: str, most: int) -> str:
    """Return a name of at most `most` characters, cut in its middle: names of features differ at either end."""
    name = one_line(name)
    if len(name) <= most:
        return name
    if most <= len(_MORE) + 2:
        return name[:most]
    left = (most - len(_MORE) + 1) // 2
    return name[:left] + _MORE + name[len(name) - (most - len(_MORE) - left) :]
