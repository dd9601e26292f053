"""Checks that intervals occur, and that silences end after they start."""

from collections.abc import Iterator
from contextlib import suppress

from kedge.policy import days
from kedge.policy.days import Days, any_day
from kedge.policy.lint.fault import Fault, parted
from kedge.policy.lint.field_readers import moment
from kedge.policy.lint.tree import Node
from kedge.policy.spec.document import TimeRange
from kedge.policy.time_intervals import clock, minutes


def intervals(document: Node) -> Iterator[Fault]:
    """Yield intervals that never hold."""
    for named in document.each("mute_time_intervals"):
        for interval in named.each("time_intervals"):
            yield from _ranges(interval)
            with suppress(ValueError):  # reported at its own place
                if not any_day(_days(interval)):
                    yield interval.fault(
                        "this interval never comes: there is no such day",
                        "every part that is given must hold: give fewer, or make two intervals of it",
                    )


def silences(document: Node) -> Iterator[Fault]:
    """Yield silences that do not end after their start."""
    for silence in document.each("silences"):
        start, end = silence.get("starts_at"), silence.get("ends_at")
        with suppress(ValueError):
            if start is not None and end is not None and moment(end.text) <= moment(start.text):
                yield end.fault("this silence ends before it starts", f"it starts at {start.text}")


def _ranges(interval: Node) -> Iterator[Fault]:
    for span in interval.each("times"):
        start, end = span.words("start_time"), span.words("end_time")
        if start is None or end is None:
            continue
        try:
            _ = clock(start), clock(end)
        except ValueError:
            continue
        try:
            minutes(TimeRange(start_time=start, end_time=end))
        except ValueError as error:
            why, mend = parted(str(error))
            yield span.fault(why, mend)


def _days(interval: Node) -> Days:
    def each(key: str) -> list[str]:
        return [item.text for item in interval.texts(key)]

    return Days(
        weekdays=frozenset[int]().union(*map(days.weekdays, each("weekdays"))),
        days_of_month=tuple(map(days.days_of_month, each("days_of_month"))),
        months=frozenset[int]().union(*map(days.months, each("months"))),
        years=tuple(map(days.years, each("years"))),
        dates=tuple(map(days.dates, each("dates"))),
    )
