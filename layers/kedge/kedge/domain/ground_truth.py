"""The output place of an analysis with ground truth and of the merge before it, which writes into a subfolder."""

import re
from typing import Final

from kedge.domain.run import Monitor
from kedge.domain.signal import RunFinished
from kedge.domain.target import TargetKind

_FOR_THE_HOUR: Final = re.compile(r"/\d{4}/\d\d/\d\d/\d\d(/[^/]*)?$", re.ASCII)
_MERGED: Final = frozenset({Monitor.MODEL_QUALITY, Monitor.MODEL_BIAS})


def place_before(analysis: RunFinished) -> str:
    """Return the output place of the merge before an analysis, as bucket and prefix.

    Empty if there is none or it is unknown.

    The analysis writes into a folder for each endpoint, schedule and hour there.
    """
    hour = _FOR_THE_HOUR.search(analysis.evidence.uri or "")
    if hour is None or analysis.monitor not in _MERGED:
        return ""
    place, _, schedule = hour.string[: hour.start()].removeprefix("s3://").rpartition("/")
    if schedule.lower() != analysis.source.lower():
        return ""
    above, _, endpoint = place.rpartition("/")
    named = analysis.target.kind is TargetKind.ENDPOINT and endpoint.lower() == analysis.target.name.lower()
    return above if named else place
