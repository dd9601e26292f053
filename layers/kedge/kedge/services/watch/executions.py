"""Finds the ended executions of all monitoring schedules that the ring did not receive.

A pass lists what changed since the last one, and `OVERLAP` before it: a list may show a change late. The oldest comes
first. If a pass ends early, the next one continues where it ended. The stored moment moves only over what was sent.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec import Struct

from kedge.domain.errors import KedgeError, Transient
from kedge.domain.ids import mark
from kedge.domain.run import Monitor
from kedge.domain.target import Target
from kedge.ports.readers import Queue
from kedge.ports.watched import Listings, MonitoringExecution
from kedge.services.watch.found import FoundSignal, of_execution
from kedge.sources.event_header import Home

OVERLAP: Final = timedelta(minutes=30)
"""The time before the last pass that is listed again."""

FIRST: Final = timedelta(hours=1)
"""The time before the very first pass. A new stack does not report the faults of the weeks before it."""

MOST_PAGES: Final = 200
"""The maximum number of pages of one pass, each with 100 executions at most."""

type Case = tuple[Target, Monitor]
type IsTimeLeft = Callable[[], bool]


class ReceivedSignals(Protocol):
    """The signals that the ring has received."""

    def received(self, cases: frozenset[Case]) -> Mapping[Case, frozenset[str]]:
        """Return the marks of the newest signals of some cases. Raises Transient or Permanent."""


class ListingProgress(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The progress of a listing: everything that changed until `since` (UTC) was sent.

    An unfinished listing ends with the changes of `until`. It continues with what was created at `made_after`.
    """

    since: datetime
    until: datetime | None = None
    made_after: datetime | None = None


class PassResult(Struct, kw_only=True):
    """The result of a pass: the pages and things that were listed, those that were sent, the failures, and an early end.

    `unread` are the facts that the watchdog could not read: it reports them itself.
    """

    pages: int = 0
    listed: int = 0
    sent: int = 0
    failed: list[tuple[str, KedgeError]] = []
    unread: list[tuple[str, KedgeError]] = []
    unfinished: bool = False


class ExecutionWatch:
    """Sends the lost executions of an account and Region to the signals queue."""

    def __init__(
        self, listings: Listings, received: ReceivedSignals, queue: Queue, home: Home, clock: Callable[[], datetime]
    ) -> None:
        """Connect the ports. `home` is the account and Region of the lists."""
        self._listings = listings
        self._received = received
        self._queue = queue
        self._home = home
        self._clock = clock

    def look(self, before: ListingProgress | None, is_time_left: IsTimeLeft, done: PassResult) -> ListingProgress:
        """Send what is new, and return the new progress. A failure is recorded, and the progress ends before it."""
        now = self._clock()
        progress = before or ListingProgress(since=now - FIRST)
        if progress.until is not None:
            # The listing that an earlier pass did not finish comes before everything that changed since.
            progress = self._list(progress, progress.until, is_time_left, done)
        if progress.until is not None:
            return progress
        return self._list(progress, now, is_time_left, done)

    def _list(
        self, progress: ListingProgress, until: datetime, is_time_left: IsTimeLeft, done: PassResult
    ) -> ListingProgress:
        """Return the progress: without `until` if the listing was finished."""
        since, made_after = min(progress.since, until), progress.made_after
        try:
            for page in self._listings.executions(since - OVERLAP, until, made_after):
                self._send(page, done)
                last = page[-1].created if page else made_after
                # If many were created at one moment, the next pass would list the same ones again.
                if (done.pages >= MOST_PAGES or not is_time_left()) and last != made_after:
                    done.unfinished = True
                    return ListingProgress(since=since, until=until, made_after=last)
                made_after = last
        except KedgeError as error:
            done.failed.append(("list the executions", error))
            return ListingProgress(since=since, until=until if made_after else None, made_after=made_after)
        return ListingProgress(since=until)

    def _send(self, page: tuple[MonitoringExecution, ...], done: PassResult) -> None:
        done.pages += 1
        done.listed += len(page)
        found = [of_execution(each, self._home, self._clock()) for each in page if each.job_status is not None]
        if not found:
            return
        known = self._received.received(frozenset(each.case for each in found if each.case is not None))
        new = [each for each in found if not _is_known(each, known)]
        refused = self._queue.send({each.ids[0]: each.body for each in new})
        if refused:
            raise Transient(f"the signals queue accepted {len(new) - len(refused)} of {len(new)} messages")
        done.sent += len(new)


def _is_known(found: FoundSignal, known: Mapping[Case, frozenset[str]]) -> bool:
    marks = known.get(found.case, frozenset()) if found.case is not None else frozenset()
    return any(mark(each) in marks for each in found.ids)
