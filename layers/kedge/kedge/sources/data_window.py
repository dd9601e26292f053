"""The time window of the captured data that a run analysed.

The environment states it. Without one, the hour is in the output prefix and in the job's name. Both carry the hour of
execution, and the analysed data is that of the hour before (docs/aws-behaviour.md).

A window is returned as it is written, even if it is impossible: `size_limits` refuses such a signal. If an impossible
window were omitted, its sender could choose to have none.
"""

import re
from collections.abc import Iterator
from datetime import MINYEAR, UTC, datetime, timedelta
from typing import Final

from kedge.domain.run import Window
from kedge.ports.readers import Variable
from kedge.sources.timestamps import BEGINNING, CLOCK_SKEW, END, impossible, written

_HOUR: Final = timedelta(hours=1)
_PREFIX: Final = re.compile(r"/(\d{4})/(\d\d)/(\d\d)/(\d\d)(?=/|$)", re.ASCII)
_STAMP: Final = re.compile(r"-(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?=-|$)", re.ASCII)


def of_job(environment: dict[str, str], prefix: str, name: str, told: datetime) -> Window | None:
    """Return the window of a job that an event of the time `told` (UTC) names: the first possible one, else the first.

    The environment comes before the output prefix, and the prefix before the name. None if none of them states a
    window.
    """
    first = from_environment(environment)
    if first is not None and fault_of(first, told) is None:
        return first
    for span in _other_ways(prefix, name):
        if fault_of(span, told) is None:
            return span
        first = span if first is None else first
    return first


def fault_of(span: Window, received: datetime) -> str | None:
    """Return what is impossible about a window that arrived at `received` (UTC); None if it is possible."""
    if BEGINNING <= span.start <= span.end < END and span.end - received <= CLOCK_SKEW:
        return None  # nearly every window, in one step
    for word, at in (("ends", span.end), ("begins", span.start)):
        why = impossible(at, received)
        if why is not None:
            return f"{word} at {at.isoformat(' ', 'minutes').removesuffix('+00:00')} UTC{why}"
    return None


def _other_ways(prefix: str, name: str) -> Iterator[Window]:
    if (span := from_prefix(prefix)) is not None:
        yield span
    if (span := from_job_name(name)) is not None:
        yield span


def from_environment(environment: dict[str, str]) -> Window | None:
    """Return the window in a monitoring container's start_time and end_time."""
    start, end = written(environment.get(Variable.START)), written(environment.get(Variable.END))
    return Window(start, end) if start and end and start <= end else None


def from_prefix(prefix: str) -> Window | None:
    """Return the hour before the one in `…/YYYY/MM/DD/HH`; the last such part counts."""
    found = _PREFIX.findall(prefix)
    return _before(found[-1]) if found else None


def from_job_name(name: str) -> Window | None:
    """Return the hour before the stamp in `model-quality-monitoring-YYYYMMDDHHMM-<hex>`."""
    found = _STAMP.search(name)
    return _before(found.groups()) if found else None


def _before(parts: tuple[str, ...]) -> Window | None:
    """Return the hour before year, month, day, hour and optional minute, or None if the digits are not a date."""
    try:
        end = datetime.strptime(f"{''.join(parts):0<12}+0000", "%Y%m%d%H%M%z").astimezone(UTC)
    except ValueError:
        return None
    # The first hour of the calendar does not have an hour before it.
    return Window(end if end.year == MINYEAR else end - _HOUR, end)
