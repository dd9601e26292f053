"""Finds monitoring schedules that are overdue, and those that stopped or failed while their event was lost.

Every schedule is listed in each pass. A schedule is described only if a run may be missing: Kedge remembers until when
its newest run is enough. A process that has just begun remembers nothing, and describes each schedule once.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from kedge.monitors.expected_runs import expected_by, missed_runs
from kedge.ports.watched import ListedSchedule, Listings
from kedge.services.watch.found import FoundSignal, of_missed_runs, of_schedule
from kedge.services.watch.progress import OVERLAP, IsTimeLeft, ListingProgress, PassResult, advance, start_of
from kedge.services.watch.sending import LostSignals
from kedge.sources.event_header import Home

_RUNNING: Final = "Scheduled"
_BROKEN: Final = frozenset({"Failed", "Stopped"})
_MOST_REMEMBERED: Final = 20_000


class ScheduleWatch:
    """Sends overdue and broken schedules of an account and Region to the signals queue."""

    def __init__(self, listings: Listings, lost: LostSignals, home: Home, clock: Callable[[], datetime]) -> None:
        """Connect the ports. `home` is the account and Region of the lists."""
        self._listings = listings
        self._lost = lost
        self._home = home
        self._clock = clock
        # By ARN: when the schedule was changed, and until when nothing is missing.
        self._enough: dict[str, tuple[datetime, datetime | None]] = {}

    def look(self, before: ListingProgress | None, is_time_left: IsTimeLeft, done: PassResult) -> ListingProgress:
        """Send what is new, and return the new progress. A failure is recorded, and the progress ends before it."""
        now = self._clock()
        progress = start_of(before, now)

        def send_schedules(page: tuple[ListedSchedule, ...]) -> None:
            self._lost.send(list(self._found(page, progress.since - OVERLAP, now)), done)

        pages = self._listings.schedules(progress.made_after)
        return advance(pages, send_schedules, progress, progress.until or now, is_time_left, done)

    def _found(self, page: tuple[ListedSchedule, ...], since: datetime, now: datetime) -> Iterator[FoundSignal]:
        for schedule in page:
            if schedule.status in _BROKEN and schedule.modified >= since:
                yield of_schedule(schedule, self._home, now)
            if schedule.status == _RUNNING and self._may_be_overdue(schedule, now):
                yield from self._overdue(schedule, now)

    def _may_be_overdue(self, schedule: ListedSchedule, now: datetime) -> bool:
        modified, until = self._enough.get(schedule.arn, (None, now))
        return modified != schedule.modified or (until is not None and until <= now)

    def _overdue(self, schedule: ListedSchedule, now: datetime) -> Iterator[FoundSignal]:
        times = self._listings.times(schedule)
        if times is None:
            return
        ran = times.newest is not None
        missed = missed_runs(times.expression, times.since, now, ran=ran)
        if missed is not None:
            yield of_missed_runs(schedule, times, missed, self._home, now)
        if len(self._enough) >= _MOST_REMEMBERED:
            self._enough.clear()
        self._enough[schedule.arn] = (schedule.modified, expected_by(times.expression, times.since, ran=ran))
