"""Finds the ended executions of all monitoring schedules that the ring did not receive.

A pass lists what changed since the last one, and `OVERLAP` before it. The oldest comes first.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from kedge.ports.watched import Listings, MonitoringExecution
from kedge.services.watch.found import of_execution
from kedge.services.watch.progress import OVERLAP, IsTimeLeft, ListingProgress, PassResult, advance, start_of
from kedge.services.watch.sending import LostSignals
from kedge.sources.event_header import Home

MOST: Final = 20_000
"""The maximum number of executions of one pass. Each may become a signal, and intake needs time for them."""


class ExecutionWatch:
    """Sends the lost executions of an account and Region to the signals queue."""

    def __init__(self, listings: Listings, lost: LostSignals, home: Home, clock: Callable[[], datetime]) -> None:
        """Connect the ports. `home` is the account and Region of the lists."""
        self._listings = listings
        self._lost = lost
        self._home = home
        self._clock = clock

    def look(self, before: ListingProgress | None, is_time_left: IsTimeLeft, done: PassResult) -> ListingProgress:
        """Send what is new, and return the new progress. A failure is recorded, and the progress ends before it."""
        now = self._clock()
        progress = start_of(before, now)
        if progress.until is not None:
            # The listing that an earlier pass did not finish comes before everything that changed since.
            progress = self._list(progress, progress.until, is_time_left, done)
        if progress.until is not None:
            return progress
        return self._list(progress, now, is_time_left, done)

    def _list(
        self, progress: ListingProgress, until: datetime, is_time_left: IsTimeLeft, done: PassResult
    ) -> ListingProgress:
        def send_executions(page: tuple[MonitoringExecution, ...]) -> None:
            done.listed += len(page)
            ended = (each for each in page if each.job_status is not None)
            self._lost.send([of_execution(each, self._home, self._clock()) for each in ended], done)

        def may_go_on() -> bool:
            return done.listed < MOST and is_time_left()

        pages = self._listings.executions(progress.since - OVERLAP, until, progress.made_after)
        return advance(pages, send_executions, progress, until, may_go_on, done)
