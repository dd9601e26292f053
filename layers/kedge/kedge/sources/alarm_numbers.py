"""The value an alarm saw and the limit it compared it with.

EventBridge and the direct action bring both as JSON inside a text (`reasonData`); SNS brings the limit in `Trigger` and the
value only in a sentence. Enrichment only: an alarm without numbers is still an alarm.
"""

import re
from datetime import datetime
from typing import Final

from kedge.domain.alarm import Compared, compared, crossed
from kedge.domain.errors import MalformedSignal
from kedge.sources.place import Place, finite

SEARCHED: Final = 2_000
"""Characters of a reason in which numbers are looked for. CloudWatch writes 1,023 at most; a message may hold any."""

# Possessive, and never from within a number: each digit is looked at once, whatever the reason holds.
_NUMBER: Final = r"[-+]?(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?\d++)?+"
_DATAPOINT: Final = re.compile(rf"(?<![\d.+-])({_NUMBER}) \((\d\d/\d\d/\d\d \d\d:\d\d:\d\d)\)", re.ASCII)
_THRESHOLD: Final = re.compile(rf"the threshold \(({_NUMBER})\)", re.ASCII)
_LOWER: Final = re.compile(rf"lower thresholds \[({_NUMBER})", re.ASCII)
_UPPER: Final = re.compile(rf"upper thresholds \[({_NUMBER})", re.ASCII)


def from_reason_data(reason_data: Place) -> Compared:
    """The newest datapoint and the threshold of a `reasonData`; of an anomaly band the side that was crossed."""
    try:
        data = reason_data.parsed()
    except MalformedSignal:
        return Compared()
    return compared(
        _numbers(data.at("recentDatapoints")),
        data.number("threshold"),
        _numbers(data.at("recentLowerThresholds")),
        _numbers(data.at("recentUpperThresholds")),
    )


def has_no_points(reason_data: Place) -> bool:
    """Whether a `reasonData` lists the datapoints that were compared, and lists none."""
    try:
        points = reason_data.parsed().at("recentDatapoints").value
    except MalformedSignal:
        return False
    return isinstance(points, list) and not points


def from_sentence(reason: str) -> Compared:
    """Return the newest datapoint and the limit that a state reason tells in English, within its first SEARCHED characters."""
    reason = reason[:SEARCHED]
    points = [
        (when, number)
        for value, text in _DATAPOINT.findall(reason)
        if (when := _when(text)) is not None and (number := finite(float(value))) is not None
    ]
    observed = max(points)[1] if points else None
    limit = _first(_THRESHOLD, reason)
    if limit is None:
        limit = crossed(observed, _first(_LOWER, reason), _first(_UPPER, reason))
    return Compared(observed, limit)


def _numbers(numbers: Place) -> list[float]:
    return [number for place in numbers.each() if (number := finite(place.value)) is not None]


def _first(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.search(text)
    return finite(float(found.group(1))) if found else None


def _when(text: str) -> datetime | None:
    """The datapoint's time, which the sentence writes day first and in UTC; only its order matters."""
    try:
        return datetime.strptime(f"{text} +0000", "%d/%m/%y %H:%M:%S %z")
    except ValueError:
        return None
