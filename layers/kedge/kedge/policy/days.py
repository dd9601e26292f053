"""The days of an interval: Alertmanager's weekdays, days of the month, months and years, and also dates.

Each function reads one text, a single value or a range `from:to`. It raises ValueError with a suggested fix.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from typing import Final

from msgspec import Struct, structs

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH_NUMBERS: Final = frozenset(str(number) for number in range(1, len(MONTHS) + 1))
_LONGEST_MONTH: Final = 31
_NUMBER: Final = re.compile(r"-?[0-9]{1,4}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LEAP_YEAR: Final = 2024
_ROUND: Final = 28  # years after which every date has fallen on every weekday


class Range(Struct, frozen=True):
    """The numbers from `first` to `last`, both included."""

    first: int
    last: int

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.last


class Dates(Struct, frozen=True):
    """The days from one date to another, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


class Days(Struct, frozen=True, kw_only=True):
    """The parts of a day rule. Every given part must hold; a missing part holds on every day."""

    weekdays: frozenset[int] = frozenset()
    days_of_month: tuple[Range, ...] = ()
    months: frozenset[int] = frozenset()
    years: tuple[Range, ...] = ()
    dates: tuple[Dates, ...] = ()

    def __contains__(self, day: date) -> bool:
        return (
            (not self.weekdays or day.weekday() in self.weekdays)
            and (not self.months or day.month in self.months)
            and _within(day.year, self.years)
            and (not self.dates or any(day in dates for dates in self.dates))
            and (not self.days_of_month or _of_month(day, self.days_of_month))
        )


def weekdays(text: str) -> frozenset[int]:
    """Return the numbers of weekdays (Monday is 0) in `monday`, `monday:friday` or `saturday:monday`."""
    first, last = _ends(text)
    return _round(_named(first, WEEKDAYS, "weekday"), _named(last, WEEKDAYS, "weekday"), len(WEEKDAYS))


def months(text: str) -> frozenset[int]:
    """Return the numbers of months (January is 1) in `december`, `12` or `november:february`."""
    first, last = (int(end) - 1 if end in _MONTH_NUMBERS else _named(end, MONTHS, "month") for end in _ends(text))
    return frozenset(number + 1 for number in _round(first, last, len(MONTHS)))


def days_of_month(text: str) -> Range:
    """Return the days of a month in `1`, `1:7`, `-3:-1` or `15:-1`; they count from 1, or from the end with -1."""
    found = _numbers(text, "day of the month: write 1 to 31, or -1 to -31 from the end")
    if not all(1 <= abs(end) <= _LONGEST_MONTH for end in (found.first, found.last)):
        raise ValueError(f"{text!r} is no day of the month: write 1 to 31, or -1 to -31 from the end")
    from_the_end_to_a_number = found.first < 0 < found.last
    if from_the_end_to_a_number or (found.first > found.last and not found.last < 0 < found.first):
        raise ValueError(f"{text!r} ends before it starts")
    return found


def years(text: str) -> Range:
    """Return the years in `2026` or `2026:2028`."""
    found = _numbers(text, "year")
    if not all(1970 <= year <= 9999 for year in (found.first, found.last)):
        raise ValueError(f"{text!r} is not a year: write four digits, such as 2026")
    if found.last < found.first:
        raise ValueError(f"{text!r} ends before it starts")
    return found


def dates(text: str) -> Dates:
    """Return the days in `2026-12-24` or `2026-12-24:2027-01-06`."""
    first, last = (_date(end, text) for end in _ends(text))
    if last < first:
        raise ValueError(f"{text!r} ends before it starts")
    return Dates(first, last)


def any_day(days: Days) -> bool:
    """Return whether there is a day that fits all parts."""
    if not days.dates and not days.years:
        # Within these years, every date falls on every weekday.
        days = structs.replace(days, weekdays=frozenset(), years=(Range(_LEAP_YEAR, _LEAP_YEAR),))
    spans = days.dates or tuple(
        Dates(date(span.first, 1, 1), date(min(span.last, span.first + _ROUND - 1), 12, 31)) for span in days.years
    )
    return any(day in days for span in spans for day in _each(span))


def _each(span: Dates) -> Iterator[date]:
    first, last = span.first.toordinal(), span.last.toordinal()
    return map(date.fromordinal, range(first, min(last, first + _ROUND * 366) + 1))


def _within(number: int, ranges: tuple[Range, ...]) -> bool:
    return not ranges or any(number in span for span in ranges)


def _of_month(day: date, ranges: tuple[Range, ...]) -> bool:
    length = monthrange(day.year, day.month)[1]

    def counted(number: int) -> int:
        return number if number > 0 else length + 1 + number

    return any(counted(span.first) <= day.day <= counted(span.last) for span in ranges)


def _ends(text: str) -> tuple[str, str]:
    first, colon, last = (part.strip().lower() for part in text.partition(":"))
    return first, last if colon else first


def _round(first: int, last: int, length: int) -> frozenset[int]:
    """Return the numbers from the first to the last, across the end of the week or year if the last is smaller."""
    return frozenset(number % length for number in range(first, (last if last >= first else last + length) + 1))


def _named(text: str, names: tuple[str, ...], what: str) -> int:
    if text in names:
        return names.index(text)
    near = get_close_matches(text, names, 1) or [name for name in names if len(text) > 1 and name.startswith(text)]
    mend = f"did you mean {near[0]}?" if near else f"write its name, such as {names[0]}"
    raise ValueError(f"{text!r} is no {what}: {mend}")


def _numbers(text: str, what: str) -> Range:
    first, last = _ends(text)
    if not (_NUMBER.fullmatch(first) and _NUMBER.fullmatch(last)):
        raise ValueError(f"{text!r} is no {what}")
    return Range(int(first), int(last))


def _date(end: str, text: str) -> date:
    try:
        # It would also accept 20261224 and 2026-W52-4.
        return date.fromisoformat(end if _DATE.fullmatch(end) else "")
    except ValueError:
        raise ValueError(f"{text!r} is not a date: write year, month and day, such as 2026-12-24") from None
