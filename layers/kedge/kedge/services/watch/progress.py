"""How far a listing came, and what a pass did.

If a pass ends early, the next one continues where it ended. The stored moment moves only over what was sent.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec import Struct

from kedge.domain.errors import KedgeError

OVERLAP: Final = timedelta(minutes=30)
"""The time before the last pass that is listed again: a list may show a change late."""

FIRST: Final = timedelta(hours=1)
"""The time before the very first pass. A new stack does not report the faults of the weeks before it."""

type IsTimeLeft = Callable[[], bool]


class Created(Protocol):
    """A thing in a list that is sorted by the time of its creation."""

    @property
    def created(self) -> datetime:
        """Return the time of its creation."""


class ListingProgress(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The progress of a listing: everything that changed until `since` (UTC) was sent.

    An unfinished listing ends with the changes of `until`. It continues with what was created at `made_after`.
    """

    since: datetime
    until: datetime | None = None
    made_after: datetime | None = None


class PassResult(Struct, kw_only=True):
    """The result of a pass: what was listed and sent, what failed, and whether the pass ended early.

    `unread` are the facts that the watchdog could not read: it reports them itself.
    """

    listed: int = 0
    sent: int = 0
    failed: list[tuple[str, KedgeError]] = []
    unread: list[tuple[str, KedgeError]] = []
    unfinished: bool = False

    @contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """Record an error of AWS inside, and continue."""
        try:
            yield
        except KedgeError as error:
            self.failed.append((what, error))


def start_of(before: ListingProgress | None, now: datetime) -> ListingProgress:
    """Return the progress that a pass starts from; a stored moment in the future counts as now."""
    if before is None:
        return ListingProgress(since=now - FIRST)
    return before if before.since <= now else ListingProgress(since=now)


def advance[T: Created](
    pages: Iterable[tuple[T, ...]],
    handle: Callable[[tuple[T, ...]], None],
    progress: ListingProgress,
    until: datetime,
    is_time_left: IsTimeLeft,
    done: PassResult,
) -> ListingProgress:
    """Handle page after page while there is time, and return the progress: without `until` at the end of the list.

    A failure is recorded in `done`, and the progress ends before it.
    """
    made_after = progress.made_after
    try:
        for page in pages:
            handle(page)
            last = page[-1].created if page else made_after
            # If many were created at one moment, the next pass would list the same ones again.
            if not is_time_left() and last != made_after:
                done.unfinished = True
                return ListingProgress(since=progress.since, until=until, made_after=last)
            made_after = last
    except KedgeError as error:
        done.failed.append((handle.__name__.strip("_"), error))
        return ListingProgress(since=progress.since, until=until if made_after else None, made_after=made_after)
    return ListingProgress(since=until)
