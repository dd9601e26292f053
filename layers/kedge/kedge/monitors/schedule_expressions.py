"""The schedule of a monitor: a cron or rate expression, or a duration between runs. All moments are UTC.

A rate counts from a fixed Monday: `rate(6 hours)` means 00:00, 06:00, 12:00 and 18:00. The moment of publication does
not matter.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, islice, pairwise, takewhile
from typing import Final, override

from msgspec import Struct

from kedge.monitors.cron import MINUTE, CronExpression, parse_cron
from kedge.policy.durations import LONGEST, parse_duration, spell_duration

ANCHOR: Final = datetime(1970, 1, 5, tzinfo=UTC)
"""The Monday that rates count from."""

_RATE: Final = re.compile(r"([0-9]{1,6}) (minute|hour|day)s?")
_CALL: Final = re.compile(r"(cron|rate)\(([^()]*)\)", re.IGNORECASE)
_EXAMPLES: Final = "write one such as cron(0 * ? * * *), rate(1 hour) or 15m"
# Enough for a whole week of each expression that pauses at nights and weekends, or for two years of a rarer one.
_MOST_COMPARED: Final = 12_000
_COMPARED_FOR: Final = timedelta(days=2 * 366)


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
    moments = islice(_forwards(schedule), _MOST_COMPARED)
    first = next(moments, ANCHOR)
    compared = takewhile(lambda moment: moment - first < _COMPARED_FOR, moments)
    found = [later - earlier for earlier, later in pairwise(chain((first,), compared))]
    return (min(found), max(found)) if found else None


def _forwards(schedule: ScheduleExpression) -> Iterator[datetime]:
    """Yield the moments from the anchor on."""
    moment = schedule.following(ANCHOR)
    while moment is not None:
        yield moment
        moment = schedule.following(moment)


def _rate(text: str, value: str) -> RateExpression:
    found = _RATE.fullmatch(value.lower())
    if found is None:
        raise ValueError(f"{text!r} is not a rate: write a number and minutes, hours or days, such as rate(1 hour)")
    every = timedelta(**{f"{found[2]}s": int(found[1])})
    if every > LONGEST:
        raise ValueError(f"{text!r} is longer than ten years")
    return RateExpression(every)
