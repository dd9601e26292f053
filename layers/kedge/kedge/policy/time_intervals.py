"""Times of the week and of the year that mute or activate routes.

A range of a day is a period between two moments. A range that continues past midnight belongs to its first day. If the
clock skips an hour, a time in that hour is the moment of the skip. If an hour occurs twice, a range starts with its
first occurrence and ends with its second, so that it holds without a gap.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

from kedge.policy import days as calendar
from kedge.policy.days import Days
from kedge.policy.spec.document import NamedInterval, TimeInterval, TimeRange

FARTHEST: Final = timedelta(days=8)
"""The maximum look-ahead for the start or end of an interval."""

_DAY: Final = 24 * 60
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|(24):(00)")
_LOOK_BACK: Final = 2  # a range may have started yesterday, and today may still be yesterday in its zone
_LOOK_AHEAD: Final = FARTHEST.days + 2


class Span(Struct, frozen=True, order=True):
    """A period from a moment (inclusive) to another (exclusive), UTC."""

    start: datetime
    end: datetime


class Times(Struct, frozen=True):
    """Parts of certain days in one zone. `minutes` are (from, to) since midnight; `to` may lie on the next day."""

    days: Days
    minutes: tuple[tuple[int, int], ...]
    zone: ZoneInfo


class Interval(Struct, frozen=True):
    """A named time. It holds if one of its parts does."""

    name: str
    parts: tuple[Times, ...]

    def holds(self, at: datetime) -> bool:
        """Return whether it holds at a moment, which has its zone."""
        return any(span.start <= at < span.end for span in self._spans(at, 1))

    def ends(self, at: datetime) -> datetime:
        """Return the first moment from `at` on when it does not hold, at most 8 days ahead, UTC."""
        moment = at.astimezone(UTC)
        for span in sorted(self._spans(at, _LOOK_AHEAD)):
            if span.start <= moment:
                moment = max(moment, span.end)
        return min(moment, at.astimezone(UTC) + FARTHEST)

    def starts(self, at: datetime) -> datetime:
        """Return the first moment from `at` on when it holds, at most 8 days ahead, UTC."""
        moment, far = at.astimezone(UTC), at.astimezone(UTC) + FARTHEST
        coming = (max(span.start, moment) for span in self._spans(at, _LOOK_AHEAD) if span.end > moment)
        return min(min(coming, default=far), far)

    def _spans(self, at: datetime, ahead: int) -> list[Span]:
        return [
            span
            for part in self.parts
            for offset in range(-_LOOK_BACK, ahead + 1)
            for span in _spans_on(part, at.astimezone(UTC).date() + timedelta(days=offset))
        ]


def compile_intervals(named: NamedInterval) -> Interval:
    """Return the interval in a text. Raises ValueError with a suggested fix."""
    return Interval(named.name, tuple(map(_times, named.time_intervals)))


def clock(text: str) -> int:
    """Return the minutes since midnight of a time in 24 hours, up to `24:00`.

    Raises ValueError with a suggested fix.
    """
    found = _CLOCK.fullmatch(text)
    if found is None:
        mend = (
            f"did you mean 0{text}?" if _CLOCK.fullmatch(f"0{text}") else "write hours and minutes, from 00:00 to 24:00"
        )
        raise ValueError(f"{text!r} is no time of a day: {mend}")
    hours, minutes = (int(part) for part in found.groups() if part is not None)
    return 60 * hours + minutes


def zone(text: str) -> ZoneInfo:
    """Return a time zone by its name. Raises ValueError with a suggested fix."""
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        near = get_close_matches(text.title(), _zones(), 1)
        mend = f"did you mean {near[0]}?" if near else "write one such as Europe/Berlin, or UTC"
        raise ValueError(f"{text!r} is not a time zone: {mend}") from None


@lru_cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def minutes(between: TimeRange) -> tuple[int, int]:
    """Return the start and end of a range, in minutes since the midnight before it.

    Raises ValueError with a suggested fix.
    """
    start, end = clock(between.start_time), clock(between.end_time)
    if start == end:
        raise ValueError(
            f"from {between.start_time} to {between.end_time} is no time: for the whole day, leave out `times`"
        )
    return start, end if end > start else end + _DAY


def _times(interval: TimeInterval) -> Times:
    return Times(
        days=Days(
            weekdays=frozenset[int]().union(*map(calendar.weekdays, interval.weekdays)),
            days_of_month=tuple(map(calendar.days_of_month, interval.days_of_month)),
            months=frozenset[int]().union(*map(calendar.months, interval.months)),
            years=tuple(map(calendar.years, interval.years)),
            dates=tuple(map(calendar.dates, interval.dates)),
        ),
        minutes=tuple(map(minutes, interval.times)) or ((0, _DAY),),
        zone=zone(interval.location),
    )


@lru_cache(maxsize=4_096)
def _spans_on(part: Times, day: date) -> tuple[Span, ...]:
    """Return the periods that start on a day."""
    if day not in part.days:
        return ()
    spans = (
        Span(_moment(day, start, part.zone, late=False), _moment(day, end, part.zone, late=True))
        for start, end in part.minutes
    )
    return tuple(span for span in spans if span.start < span.end)


def _moment(day: date, minute: int, place: ZoneInfo, *, late: bool) -> datetime:
    """Return when a place's clock shows this minute of a day: of two such moments, the early or the late one."""
    over, minute = divmod(minute, _DAY)
    # Midnight ends a day once, even if the hour after it occurs twice.
    fold = int(late and minute > 0)
    shown = datetime.combine(day + timedelta(days=over), time(minute // 60, minute % 60, fold=fold), place)
    moment = shown.astimezone(UTC)
    if moment.astimezone(place).replace(tzinfo=None) == shown.replace(tzinfo=None):
        return moment
    return _skip(shown.replace(fold=1).astimezone(UTC), shown.replace(fold=0).astimezone(UTC), place)


def _skip(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """Return when a place's clock was put forward, between two moments, to the second."""
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(place).utcoffset() == before.astimezone(place).utcoffset():
            before = middle
        else:
            after = middle
    return after
