"""The span of captured data that a run looked at.

The environment says it. Without one, the hour stands in the output prefix and in the job's name: both carry the hour of
execution, and the data analysed is that of the hour before (aws-facts 2.6, 3.9).
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from kedge.domain.run import Window
from kedge.ports import Variable
from kedge.sources.moments import moment

_HOUR: Final = timedelta(hours=1)
_PREFIX: Final = re.compile(r"/(\d{4})/(\d\d)/(\d\d)/(\d\d)(?=/|$)", re.ASCII)
_STAMP: Final = re.compile(r"-(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?=-|$)", re.ASCII)


def from_environment(environment: dict[str, str]) -> Window | None:
    """The window that a monitoring container was given as start_time and end_time."""
    start, end = moment(environment.get(Variable.START)), moment(environment.get(Variable.END))
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
        return Window(end - _HOUR, end)
    except (ValueError, OverflowError):
        return None
