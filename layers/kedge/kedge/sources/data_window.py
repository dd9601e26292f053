"""The span of captured data that a run looked at.

The environment says it. Without one, the hour stands in the output prefix and in the job's name: both carry the hour of
execution, and the data analysed is that of the hour before (docs/aws-behaviour.md).

A window is returned as it is written, also one that cannot be: `bounds` refuses a signal that has one. A window that is left
out would let its sender choose to have none.
"""

import re
from collections.abc import Iterator
from datetime import MINYEAR, UTC, datetime, timedelta
from typing import Final

from kedge.domain.run import Window
from kedge.ports.readers import Variable
from kedge.sources.timestamps import impossible, written

_HOUR: Final = timedelta(hours=1)
_PREFIX: Final = re.compile(r"/(\d{4})/(\d\d)/(\d\d)/(\d\d)(?=/|$)", re.ASCII)
_STAMP: Final = re.compile(r"-(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?=-|$)", re.ASCII)


def of_job(environment: dict[str, str], prefix: str, name: str, told: datetime) -> Window | None:
    """Return the window of a job that an event of the time `told` (UTC) names: the first that can be, else the first.

    The environment comes before the output prefix, and the prefix before the name. None if none of them tells a window.
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
    """Return what is impossible about a window that was told at `received` (UTC), None if nothing is."""
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
    """The window that a monitoring container was given as start_time and end_time."""
    start, end = written(environment.get(Variable.START)), written(environment.get(Variable.END))
    return Window(start, end) if start and end and start <= end else None


def from_prefix(prefix: str) -> Window | None:
    """The hour before the one in `…/YYYY/MM/DD/HH`; the last such part counts."""
    found = _PREFIX.findall(prefix)
    return _before(found[-1]) if found else None


def from_job_name(name: str) -> Window | None:
    """The hour before the stamp in `model-quality-monitoring-YYYYMMDDHHMM-<hex>`."""
    found = _STAMP.search(name)
    return _before(found.groups()) if found else None


def _before(parts: tuple[str, ...]) -> Window | None:
    """The hour before year, month, day, hour and perhaps minute, or None where the digits are no date."""
    try:
        end = datetime.strptime(f"{''.join(parts):0<12}+0000", "%Y%m%d%H%M%z").astimezone(UTC)
    except ValueError:
        return None
    # The calendar's first hour has none before it.
    return Window(end if end.year == MINYEAR else end - _HOUR, end)
