"""The windows that are due: each run of the schedule measures the span that ends with it.

A window is due when the wait for late data is over. The windows of (since, now] and of (now, later] are together those
of (since, later]. A caller that stores `now` as its next `since` misses no window and measures none twice.
"""

from datetime import datetime
from itertools import islice

from msgspec import Struct

from kedge.domain.run import Window
from kedge.monitors.definitions import MonitorDefinition
from kedge.monitors.spec import MonitoringType


class DueWindow(Struct, frozen=True, order=True):
    """A window [start, end) to measure for one type, and the moment since which it is due (UTC)."""

    due: datetime
    window: Window
    kind: MonitoringType


class SkippedWindows(Struct, frozen=True, kw_only=True):
    """The missed windows of one type that are too many to catch up: their number, the oldest and the newest."""

    kind: MonitoringType
    count: int
    oldest: Window
    newest: Window


class DueWindows(Struct, frozen=True, kw_only=True):
    """The windows to measure now, the oldest first, and those that are skipped."""

    windows: tuple[DueWindow, ...] = ()
    skipped: tuple[SkippedWindows, ...] = ()


def due_windows(definition: MonitorDefinition, since: datetime, now: datetime) -> DueWindows:
    """Return the windows that became due in (since, now], at most `catch_up` of each type: the newest ones.

    Args:
        definition: the monitor.
        since: the `now` of the call before (UTC).
        now: the present moment (UTC).

    Raises:
        ValueError: a moment has no time zone.
    """
    if since.tzinfo is None or now.tzinfo is None:
        raise ValueError("the moments need a time zone")
    windows: list[DueWindow] = []
    skipped: list[SkippedWindows] = []
    for kind in definition.types:
        wait = definition.wait_of(kind)
        after, until = since - wait, now - wait
        newest = list(islice(definition.schedule.newest(after, until), definition.catch_up))
        windows += [DueWindow(end + wait, _window(definition, end), kind) for end in newest]
        if len(newest) == definition.catch_up:
            skipped += _skipped(definition, kind, after, newest[-1])
    return DueWindows(windows=tuple(sorted(windows)), skipped=tuple(skipped))


def next_due(definition: MonitorDefinition, after: datetime) -> datetime | None:
    """Return the first moment after another at which a window becomes due; None if the schedule has ended."""
    found = [
        (end + wait)
        for wait in {definition.wait_of(kind) for kind in definition.types}
        if (end := definition.schedule.following(after - wait)) is not None
    ]
    return min(found, default=None)


def _skipped(
    definition: MonitorDefinition, kind: MonitoringType, after: datetime, measured: datetime
) -> list[SkippedWindows]:
    """Return the windows of (after, measured) as one entry, or none."""
    newest = next(definition.schedule.newest(after, _before(measured)), None)
    oldest = definition.schedule.following(after)
    if newest is None or oldest is None:
        return []
    count = definition.schedule.count(after, newest)
    return [
        SkippedWindows(kind=kind, count=count, oldest=_window(definition, oldest), newest=_window(definition, newest))
    ]


def _before(moment: datetime) -> datetime:
    # Runs are whole minutes apart.
    return moment - datetime.resolution


def _window(definition: MonitorDefinition, end: datetime) -> Window:
    return Window(end - definition.window, end)
