"""Rules about time: schedules that run, windows that fit them, and promises that the schedule can keep."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from kedge.monitors.lint.merged import MergedMonitor, merged
from kedge.monitors.schedule_expressions import ANCHOR, ScheduleExpression, parse_schedule, pauses
from kedge.monitors.spec import ComparisonMode, GroundTruthSpec, MonitoringType, PromiseSpec, Seasonality
from kedge.policy.durations import parse_duration, spell_duration
from kedge.policy.lint.fault import Fault, quoted
from kedge.policy.lint.tree import Node

LONGEST_WINDOW: Final = timedelta(days=92)
LONGEST_WAIT: Final = timedelta(days=92)
_AN_HOUR: Final = timedelta(hours=1)
_A_DAY: Final = timedelta(days=1)


def minutes(text: str) -> timedelta:
    """Return the length of a window: whole minutes, from 1 minute to `LONGEST_WINDOW`."""
    found = parse_duration(text)
    if not found or found % timedelta(minutes=1):
        raise ValueError(f"{quoted(text)} is not a number of whole minutes: write 1m or more")
    if found > LONGEST_WINDOW:
        raise ValueError(f"a window has at most {LONGEST_WINDOW.days}d: write {LONGEST_WINDOW.days}d or less")
    return found


def wait(text: str) -> timedelta:
    """Return the time to wait for late data, at most `LONGEST_WAIT`."""
    found = parse_duration(text)
    if found > LONGEST_WAIT:
        raise ValueError(
            f"Kedge waits for late data for at most {LONGEST_WAIT.days}d: write {LONGEST_WAIT.days}d or less"
        )
    return found


def runs(document: Node) -> Iterator[Fault]:
    """Yield schedules that never run."""
    for part in (document.get("defaults"), *document.each("monitors")):
        node = part.get("schedule") if part is not None else None
        schedule = _read(node)
        if node is not None and schedule is not None and schedule.following(ANCHOR) is None:
            yield node.fault("this schedule never runs: there is no such day", "check the day, the month and the year")


def promises(document: Node) -> Iterator[Fault]:
    """Yield promises that the schedule of a monitor cannot keep or that say nothing about it."""
    for monitor in merged(document):
        schedule = monitor.value("schedule", parse_schedule)
        if schedule is None or monitor.text("mode") != ComparisonMode.PROMISE:
            continue
        within, pages = _promise(monitor)
        if within is None or pages is None:
            continue
        first = schedule.following(ANCHOR)
        number = (
            schedule.count(first - timedelta.resolution, first + within - timedelta.resolution)
            if first is not None
            else 0
        )
        if number and within and pages >= number:
            place = monitor.own.get("promise") or monitor.own.get("schedule") or monitor.own
            yield place.fault(
                f"{pages:g} false pages in {spell_duration(within)} are allowed, and this schedule has {number:,} runs in that time: each may page",
                "write fewer `false_pages`, a longer `within`, or a shorter schedule",
            )


def ages(document: Node) -> Iterator[Fault]:
    """Yield ground truth that is too old before it is expected."""
    for part in (document.get("defaults"), *document.each("monitors")):
        truth = part.get("ground_truth") if part is not None else None
        if truth is None or not truth.entries:
            continue
        unset = GroundTruthSpec(prefix="")
        delay, age = truth.words("delay") or unset.delay, truth.words("maximum_age") or unset.maximum_age
        try:
            late = parse_duration(delay) > parse_duration(age)
        except ValueError:
            continue  # the schema already reports it
        if late:
            place = truth.get("maximum_age") or truth.get("delay") or truth
            yield place.fault(
                f"labels are expected after {delay}, and Kedge stops waiting after {age}",
                "write a longer `maximum_age`",
            )


def coverage(document: Node) -> Iterator[Fault]:
    """Yield notes on windows that leave gaps between them or that overlap."""
    for monitor in merged(document):
        schedule, window = monitor.value("schedule", parse_schedule), monitor.value("window", minutes)
        found = pauses(schedule) if schedule is not None else None
        if found is None or window is None:
            continue
        shortest, longest = found
        place = monitor.own.get("window") or monitor.own.get("schedule") or monitor.own
        if window < longest:
            yield place.fault(
                f"records of up to {spell_duration(longest - window)} between two windows are never measured",
                f"write `window: {spell_duration(longest)}` to measure all"
                if shortest == longest
                else "keep it if no records arrive in that time, or let the schedule run then, too",
            )
        if window > shortest:
            yield place.fault(
                f"windows overlap by up to {spell_duration(window - shortest)}, so one record counts in several runs",
                f"write `window: {spell_duration(shortest)}` for independent windows",
            )


def seasons(document: Node) -> Iterator[Fault]:
    """Yield notes on seasonality that has no effect: of windows that are too long, and in the mode compatible."""
    for monitor in merged(document):
        window = monitor.value("window", minutes)
        if monitor.text("seasonality") != Seasonality.HOUR_OF_WEEK:
            continue
        if monitor.text("mode") == ComparisonMode.COMPATIBLE:
            yield monitor.place("seasonality").fault(
                "the mode compatible always compares with the baseline",
                "remove `seasonality`, or write `mode: promise`",
            )
        elif window is not None and window >= _A_DAY:
            yield monitor.place("seasonality").fault(
                f"a window of {spell_duration(window)} has no hour of the week",
                "remove `seasonality`, or write a shorter window",
            )


def transform_hours(document: Node) -> Iterator[Fault]:
    """Yield notes on windows of a batch schedule that can lie between two full hours.

    The folder of a transform job's data has the hour of its start, so a job counts in the window with this full hour.
    """
    for monitor in merged(document):
        window, target = monitor.value("window", minutes), monitor.own.get("target")
        is_batch = target is not None and target.get("batch_schedule") is not None
        if is_batch and window is not None and window < _AN_HOUR and MonitoringType.DATA_QUALITY in monitor.types:
            yield monitor.place("window").fault(
                f"a transform job counts at the full hour of its start, so a window of {spell_duration(window)} can have no data",
                "write `window: 1h` or a longer one",
            )


def _promise(monitor: MergedMonitor) -> tuple[timedelta | None, float | None]:
    node, unset = monitor.get("promise"), PromiseSpec()
    within = (node.words("within") if node is not None else None) or unset.within
    pages = (node.words("false_pages") if node is not None else None) or str(unset.false_pages)
    try:
        return parse_duration(within), float(pages)
    except ValueError:
        return None, None


def _read(node: Node | None) -> ScheduleExpression | None:
    try:
        return parse_schedule(node.text) if node is not None else None
    except ValueError:
        return None
