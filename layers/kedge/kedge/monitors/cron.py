"""Cron expressions of EventBridge and SageMaker: six fields, in UTC.

    minutes  hours  day of the month  month    day of the week  year
    0-59     0-23   1-31              1-12     1-7              1970-2199
    , - * /  , - * / , - * / ? L W    , - * /  , - * / ? L #    , - * /

Sunday is day 1 of the week. One of the two days is `?`: EventBridge puts it into either, SageMaker into the day of the
month. Source: AWS, "Cron-based schedules" of the EventBridge Scheduler user guide, and "The cron expression for a
monitoring schedule" of the SageMaker developer guide.
"""

import calendar
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final, override

from msgspec import Struct

MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
# In 41 years each weekday meets each day of the year, also around a century without a leap day.
_LONGEST_PAUSE: Final = timedelta(days=366 * 41)
_LAST_YEAR: Final = 2199
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_WEEKDAYS: Final = {name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
_STEP: Final = re.compile(r"(\*|\w{1,4})(?:-(\w{1,4}))?(?:/([0-9]{1,4}))?")
_NEAREST: Final = re.compile(r"([0-9]{1,2})W")
_LAST_OF: Final = re.compile(r"([1-7]|[A-Z]{3})L")
_NTH: Final = re.compile(r"([1-7]|[A-Z]{3})#([1-5])")


class DayRule(StrEnum):
    """How an expression names the days of a month."""

    DAYS = "days"
    LAST = "last"
    LAST_WORKDAY = "last workday"
    NEAREST_WORKDAY = "nearest workday"
    WEEKDAYS = "weekdays"
    LAST_OF_WEEKDAY = "last of a weekday"
    NTH_OF_WEEKDAY = "nth of a weekday"


class CronDays(Struct, frozen=True, kw_only=True):
    """The days of an expression. `values` are days of the month, or weekdays (Sunday is 1); `nth` is only of its rule."""

    rule: DayRule
    values: frozenset[int]
    nth: int = 0
    months: frozenset[int]
    years: frozenset[int]

    def has(self, day: date) -> bool:
        """Return whether the expression names a day."""
        return day.month in self.months and day.year in self.years and self._fits(day)

    def _fits(self, day: date) -> bool:
        last = calendar.monthrange(day.year, day.month)[1]
        weekday = day.isoweekday() % 7 + 1
        match self.rule:
            case DayRule.DAYS:
                return day.day in self.values
            case DayRule.LAST:
                return day.day == last
            case DayRule.LAST_WORKDAY:
                return day.day == _workday_near(day.replace(day=last)).day
            case DayRule.NEAREST_WORKDAY:
                return any(each <= last and day == _workday_near(day.replace(day=each)) for each in self.values)
            case DayRule.WEEKDAYS:
                return weekday in self.values
            case DayRule.LAST_OF_WEEKDAY:
                return weekday in self.values and day.day > last - 7
            case DayRule.NTH_OF_WEEKDAY:
                return weekday in self.values and (day.day - 1) // 7 + 1 == self.nth


class CronExpression(Struct, frozen=True, kw_only=True):
    """The days of a cron expression and their minutes. `minutes` is sorted; 90 is 01:30 UTC. `fields` is its text."""

    fields: str
    minutes: tuple[int, ...]
    days: CronDays

    @override
    def __str__(self) -> str:
        return f"cron({self.fields})"

    def newest(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the moments in (after, until], the newest first."""
        day = until.date()
        while day >= after.date():
            if self.days.has(day):
                start = _start(day)
                found = (start + MINUTE * minute for minute in reversed(self.minutes))
                yield from (moment for moment in found if after < moment <= until)
            day -= _DAY

    def count(self, after: datetime, until: datetime) -> int:
        """Return the number of moments in (after, until]."""
        first, last = after.date(), until.date()
        if first > last:
            return 0
        # The days between the first and the last are whole: one look at each is enough.
        whole = sum(self.days.has(first + _DAY * number) for number in range((last - first).days))
        early = self._runs_until(after) if self.days.has(first) else 0
        late = self._runs_until(until) if self.days.has(last) else 0
        return max(whole * len(self.minutes) + late - early, 0)

    def _runs_until(self, moment: datetime) -> int:
        """Return the number of runs on the day of a moment that are not after it, if its day has runs."""
        return bisect_right(self.minutes, (moment - _start(moment.date())) // MINUTE)

    def following(self, after: datetime) -> datetime | None:
        """Return the first moment after another; None if the calendar has no such day any more."""
        day, tried = after.date(), 0
        while day.year <= _LAST_YEAR and tried < _LONGEST_PAUSE.days:
            if day.year not in self.days.years:
                day = date(day.year + 1, 1, 1)
                continue
            if self.days.has(day):
                place = bisect_right(self.minutes, (after - _start(day)) // MINUTE)
                if place < len(self.minutes):
                    return _start(day) + MINUTE * self.minutes[place]
            day, tried = day + _DAY, tried + 1
        return None


def parse_cron(fields: str) -> CronExpression:
    """Return the expression of the six fields between the brackets. Raises ValueError with `why: mend`."""
    given = fields.upper().split()
    if len(given) != 6:
        more = "; the sixth is the year, such as *" if len(given) == 5 else ""
        raise ValueError(
            f"a cron expression has 6 fields, and this one has {len(given)}: write cron(0 * ? * * *){more}"
        )
    minute, hour, day_of_month, month, day_of_week, year = given
    minutes, hours = _values("minutes", minute, 0, 59), _values("hours", hour, 0, 23)
    rule, values, nth = _days(day_of_month, day_of_week)
    return CronExpression(
        fields=" ".join(given),
        minutes=tuple(sorted(each * 60 + other for each in hours for other in minutes)),
        days=CronDays(
            rule=rule,
            values=values,
            nth=nth,
            months=_values("month", month, 1, 12, _MONTHS),
            years=_values("year", year, 1970, _LAST_YEAR),
        ),
    )


def _days(of_month: str, of_week: str) -> tuple[DayRule, frozenset[int], int]:
    if (of_month == "?") == (of_week == "?"):
        raise ValueError("one of the two days is `?`, and the other is not: write ? in the third or in the fifth field")
    if of_week == "?":
        return *_days_of_month(of_month), 0
    if of_week == "L":
        return DayRule.WEEKDAYS, frozenset({_WEEKDAYS["SAT"]}), 0
    if found := _LAST_OF.fullmatch(of_week):
        return DayRule.LAST_OF_WEEKDAY, _values("day of the week", found[1], 1, 7, _WEEKDAYS), 0
    if found := _NTH.fullmatch(of_week):
        return DayRule.NTH_OF_WEEKDAY, _values("day of the week", found[1], 1, 7, _WEEKDAYS), int(found[2])
    return DayRule.WEEKDAYS, _values("day of the week", of_week, 1, 7, _WEEKDAYS), 0


def _days_of_month(text: str) -> tuple[DayRule, frozenset[int]]:
    if text == "L":
        return DayRule.LAST, frozenset()
    if text in {"LW", "WL"}:
        return DayRule.LAST_WORKDAY, frozenset()
    if found := _NEAREST.fullmatch(text):
        return DayRule.NEAREST_WORKDAY, _values("day of the month", found[1], 1, 31)
    return DayRule.DAYS, _values("day of the month", text, 1, 31)


def _values(field: str, text: str, least: int, most: int, names: Mapping[str, int] | None = None) -> frozenset[int]:
    """Return the numbers of a field: `*`, numbers, names, ranges and steps, with commas between them."""
    return frozenset().union(*(_piece(field, piece, least, most, names or {}) for piece in text.split(",")))


def _piece(field: str, text: str, least: int, most: int, names: Mapping[str, int]) -> range:
    found = _STEP.fullmatch(text)
    if found is None or (found[1] == "*" and found[2]):
        raise ValueError(f"{text!r} is not a value of the field {field}: {_allowed(least, most, names)}")
    step = int(found[3] or 1)
    if step == 0:
        raise ValueError(f"{text!r} steps by 0: write a step of 1 or more")

    def number(word: str) -> int:
        value = names.get(word, int(word) if word.isascii() and word.isdigit() else -1)
        if not least <= value <= most:
            raise ValueError(f"{word!r} is not a value of the field {field}: {_allowed(least, most, names)}")
        return value

    if found[1] == "*":
        return range(least, most + 1, step)
    first = number(found[1])
    last = number(found[2]) if found[2] else most if found[3] else first
    if last < first:
        raise ValueError(f"{text!r} ends before it begins: write two ranges with a comma between them")
    return range(first, last + 1, step)


def _allowed(least: int, most: int, names: Mapping[str, int]) -> str:
    words = f", or {next(iter(names))} to {list(names)[-1]}" if names else ""
    return f"write numbers from {least} to {most}{words}, or *"


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _workday_near(day: date) -> date:
    """Return the workday nearest to a day, in the same month."""
    last = calendar.monthrange(day.year, day.month)[1]
    match day.isoweekday():
        case 6:
            return day - _DAY if day.day > 1 else day + 2 * _DAY
        case 7:
            return day + _DAY if day.day < last else day - 2 * _DAY
    return day
