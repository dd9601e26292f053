"""When a monitoring schedule of SageMaker should have run. All moments are UTC.

A run begins up to 20 minutes after its hour. `NOW` runs once. Source: AWS, "The cron expression for a monitoring
schedule" of the SageMaker developer guide.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from kedge.domain.run import MissedRuns, Window
from kedge.monitors.cron import MINUTE, CronExpression, parse_cron

BUFFER: Final = timedelta(minutes=30)
"""The time after a scheduled moment in which its run must be listed: 20 minutes until it begins, and 10 for the list."""

_NOW: Final = "NOW"
_CRON: Final = "cron("
# A year of hourly runs; a larger number says no more.
_LONGEST: Final = timedelta(days=366)


def missed_runs(expression: str, since: datetime, now: datetime, *, ran: bool) -> MissedRuns | None:
    """Return the runs that were due after `since` and should have begun by now; None if there are none.

    `since` is the moment of the newest run, or when the schedule was made, started or changed, whichever is later.
    `ran` says if it ever ran. None also for an expression that Kedge cannot read: then no run is expected.
    """
    if _is_once(expression):
        return None if ran or since + BUFFER > now else MissedRuns(count=1, is_last=True)
    schedule = _cron(expression)
    if schedule is None:
        return None
    count = schedule.count(max(since, now - _LONGEST), now - BUFFER)
    return MissedRuns(count=count) if count > 0 else None


def expected_by(expression: str, since: datetime, *, ran: bool) -> datetime | None:
    """Return when the first run after `since` must have begun; None if no run is expected."""
    if _is_once(expression):
        return None if ran else since + BUFFER
    schedule = _cron(expression)
    following = None if schedule is None else schedule.following(since)
    return None if following is None else following + BUFFER


def window_of(expression: str, scheduled: datetime) -> Window:
    """Return the span of data of a run: since the run before it.

    It is the hour before for a run on demand, and for an expression that Kedge cannot read.
    """
    schedule = _cron(expression)
    before = None if schedule is None else next(schedule.newest(scheduled - _LONGEST, scheduled - MINUTE), None)
    return Window(before or scheduled - timedelta(hours=1), scheduled)


def _is_once(expression: str) -> bool:
    return expression.strip().upper() == _NOW


# A fleet has hundreds of schedules and a few expressions.
@lru_cache(maxsize=64)
def _cron(expression: str) -> CronExpression | None:
    text = expression.strip()
    if not (text.lower().startswith(_CRON) and text.endswith(")")):
        return None
    try:
        return parse_cron(text[len(_CRON) : -1])
    except ValueError:
        return None
