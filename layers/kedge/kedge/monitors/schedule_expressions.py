"""The schedule of a monitor: a cron or rate expression, or a duration between runs. All moments are UTC.

A rate counts from a fixed Monday: `rate(6 hours)` means 00:00, 06:00, 12:00 and 18:00. The moment of publication does
not matter.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final, override

from msgspec import Struct

from kedge.monitors.cron import MINUTE, CronDays, CronExpression, parse_cron
from kedge.policy.durations import LONGEST, parse_duration, spell_duration

ANCHOR: Final = datetime(1970, 1, 5, tzinfo=UTC)
"""The Monday that rates count from."""

_RATE: Final = re.compile(r"([0-9]{1,6}) (minute|hour|day)s?")
_CALL: Final = re.compile(r"(cron|rate)\(([^()]*)\)", re.IGNORECASE)
_EXAMPLES: Final = "write one such as cron(0 * ? * * *), rate(1 hour) or 15m"
# Enough for two years of an expression that runs seldom.
_COMPARED_FOR: Final = 2 * 366  # days
_DAY: Final = 24 * 60  # minutes


class RateExpression(Struct, frozen=True):
    """A run each `every`, counted from `ANCHOR`."""

    every: timedelta

    def __post_init__(self) -> None:
        """Check that the schedule has whole minutes. Raises ValueError with `why: mend`."""
        if self.every < MINUTE or self.every % MINUTE:
            raise ValueError("a schedule has whole minutes: write 1m or more")

    @override
    def __str__(self) -> str:
        return spell_duration(self.every)

    def newest(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the moments in (after, until], the newest first."""
        moment = until - (until - ANCHOR) % self.every
        while moment > after:
            yield moment
            moment -= self.every

    def count(self, after: datetime, until: datetime) -> int:
        """Return the number of moments in (after, until]."""
        return max(0, (until - ANCHOR) // self.every - (after - ANCHOR) // self.every)

    def following(self, after: datetime) -> datetime | None:
        """Return the first moment after another."""
        return after - (after - ANCHOR) % self.every + self.every


type ScheduleExpression = RateExpression | CronExpression


def parse_schedule(text: str) -> ScheduleExpression:
    """Return the schedule of a text. Raises ValueError with `why: mend`."""
    if found := _CALL.fullmatch(text.strip()):
        return parse_cron(found[2]) if found[1].lower() == "cron" else _rate(text, found[2].strip())
    if text.strip().upper() == "NOW":
        raise ValueError("NOW runs once, and a monitor runs again and again: run `kedge monitor run` for one window")
    if len(text.split()) in {5, 6}:
        raise ValueError(f"{text!r} is a cron expression without brackets: write cron(0 * ? * * *), with six fields")
    try:
        every = parse_duration(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a schedule: {_EXAMPLES}") from None
    return RateExpression(every)


def pauses(schedule: ScheduleExpression) -> tuple[timedelta, timedelta] | None:
    """Return the shortest and the longest time between runs; None if there are fewer than two runs."""
    if isinstance(schedule, RateExpression):
        return schedule.every, schedule.every
    first = schedule.following(ANCHOR)
    if first is None:
        return None
    within = [later - earlier for earlier, later in pairwise(schedule.minutes)]
    # From the last run of a day to the first one of the next day that has runs.
    over = [
        days * _DAY - (schedule.minutes[-1] - schedule.minutes[0])
        for days in _pauses_of_days(schedule.days, first.date())
    ]
    found = [*within, *over]
    return (MINUTE * min(found), MINUTE * max(found)) if found else None


@lru_cache(maxsize=256)
def _pauses_of_days(days: CronDays, first: date) -> tuple[int, ...]:
    """Return the shortest and the longest pause between days with runs, in days; nothing if there are fewer than two.

    Counting by days keeps the price of a schedule of each minute that of a daily one.
    """
    named = [number for number in range(_COMPARED_FOR) if days.has(first + timedelta(days=number))]
    found = [later - earlier for earlier, later in pairwise(named)]
    return (min(found), max(found)) if found else ()


def _rate(text: str, value: str) -> RateExpression:
    found = _RATE.fullmatch(value.lower())
    if found is None:
        raise ValueError(f"{text!r} is not a rate: write a number and minutes, hours or days, such as rate(1 hour)")
    every = timedelta(**{f"{found[2]}s": int(found[1])})
    if every > LONGEST:
        raise ValueError(f"{text!r} is longer than ten years")
    return RateExpression(every)
