"""Moments and spans of time, as sentences for people say them: in UTC, and no longer than they need to be."""

from datetime import UTC, datetime
from typing import Final

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def said(moment: datetime, now: datetime) -> str:
    """`16:02 UTC` of the day that it is, `2026-11-22 04:02 UTC` of any other."""
    utc = moment.astimezone(UTC)
    return f"{utc:%H:%M} UTC" if utc.date() == now.astimezone(UTC).date() else f"{utc:%Y-%m-%d %H:%M} UTC"


def span(start: datetime, end: datetime) -> str:
    """`from 3 to 20 November 2026`, or, of one day, `on 20 November 2026 from 10:02 to 14:30 UTC`."""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    if first.date() == last.date():
        return f"on {day(first)} from {first:%H:%M} to {last:%H:%M} UTC"
    if first.year != last.year:
        return f"from {day(first)} to {day(last)}"
    if first.month != last.month:
        return f"from {first.day} {_MONTHS[first.month - 1]} to {day(last)}"
    return f"from {first.day} to {day(last)}"


def day(moment: datetime) -> str:
    """`20 November 2026`."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
