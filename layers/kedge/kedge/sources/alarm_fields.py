"""The observed value of an alarm and the limit that it was compared with.

EventBridge and the direct action carry both as JSON inside a text (`reasonData`). SNS carries the limit in `Trigger`
and the value only in a sentence. Both are only enrichment: an alarm without numbers is still an alarm.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from kedge.domain.alarm import ThresholdComparison, WatchedMetric, compared, crossed
from kedge.domain.errors import MalformedSignal
from kedge.sources.json_path import JsonValue, finite

SEARCHED: Final = 2_000
"""The number of searched characters of a reason. CloudWatch writes up to 1,023; a message may hold any number."""

# Possessive, and never from within a number: each digit is read once, for every reason.
_NUMBER: Final = r"[-+]?(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?\d++)?+"
_DATAPOINT: Final = re.compile(rf"(?<![\d.+-])({_NUMBER}) \((\d\d/\d\d/\d\d \d\d:\d\d:\d\d)\)", re.ASCII)
_THRESHOLD: Final = re.compile(rf"the threshold \(({_NUMBER})\)", re.ASCII)
_LOWER: Final = re.compile(rf"lower thresholds \[({_NUMBER})", re.ASCII)
_UPPER: Final = re.compile(rf"upper thresholds \[({_NUMBER})", re.ASCII)


def from_reason_data(reason_data: JsonValue) -> ThresholdComparison:
    """Return the newest datapoint and the threshold of a `reasonData`; for an anomaly band, the crossed side."""
    try:
        data = reason_data.parsed()
    except MalformedSignal:
        return ThresholdComparison()
    return compared(
        _numbers(data.at("recentDatapoints")),
        data.number("threshold"),
        _numbers(data.at("recentLowerThresholds")),
        _numbers(data.at("recentUpperThresholds")),
    )


def has_no_points(reason_data: JsonValue) -> bool:
    """Return whether a `reasonData` lists the datapoints that were compared, and the list is empty."""
    try:
        points = reason_data.parsed().at("recentDatapoints").value
    except MalformedSignal:
        return False
    return isinstance(points, list) and not points


def from_sentence(reason: str) -> ThresholdComparison:
    """Return the newest datapoint and the limit in an English state reason, within its first SEARCHED characters."""
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
    return ThresholdComparison(observed, limit)


def _numbers(numbers: JsonValue) -> list[float]:
    return [number for place in numbers.each() if (number := finite(place.value)) is not None]


def _first(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.search(text)
    return finite(float(found.group(1))) if found else None


def _when(text: str) -> datetime | None:
    """Return the datapoint's time, which the sentence writes day first and in UTC; only its order matters."""
    try:
        return datetime.strptime(f"{text} +0000", "%d/%m/%y %H:%M:%S %z")
    except ValueError:
        return None


class Contributor(Struct, frozen=True):
    """One time series of an alarm that monitors several: its id, and the attributes that distinguish it from the others."""

    id: str
    attributes: dict[str, str]


def in_configuration(configuration: JsonValue) -> Iterator[WatchedMetric]:
    """Return what the alarm monitors, from an event's `configuration`."""
    for entry in configuration.at("metrics").each():
        yield _watched(entry.at("metricStat", "metric"), entry)


def in_trigger(trigger: JsonValue) -> Iterator[WatchedMetric]:
    """Return what the alarm monitors, from the `Trigger` of SNS's message."""
    if trigger.has("MetricName") or trigger.has("Dimensions"):
        yield _watched(trigger, trigger)
    for entry in trigger.at("Metrics").each():
        yield _watched(entry.at("MetricStat", "Metric"), entry)


def contributor_in_event(data: JsonValue) -> Contributor | None:
    """Return the contributor of an event or a direct action; None if it is about the whole alarm."""
    found = data.at("alarmContributor")
    return _contributor(found.text("id"), found.at("attributes"))


def contributor_in_message(message: JsonValue) -> Contributor | None:
    """Return the contributor of SNS's message; None if it is about the whole alarm."""
    return _contributor(message.text("AlarmContributorId"), message.at("AlarmContributorAttributes"))


def dimensions_in(place: JsonValue) -> dict[str, str]:
    """Return dimensions from an object (events) or from a list of name and value.

    The list is SNS's, which alone writes its keys in lower case.
    """
    if isinstance(place.value, dict):
        pairs = [(name, value) for name, value in place.value.items()]
    else:
        pairs = [(item.text("name", "Name"), item.text("value", "Value")) for item in place.each()]
    return {name: value for name, value in pairs if isinstance(name, str) and isinstance(value, str)}


def _watched(metric: JsonValue, entry: JsonValue) -> WatchedMetric:
    """Return the content of a metric and of its entry, in either spelling."""
    return WatchedMetric(
        namespace=metric.text("namespace", "Namespace"),
        name=metric.text("name", "MetricName"),
        dimensions=dimensions_in(metric.at("dimensions")) or dimensions_in(metric.at("Dimensions")),
        account=entry.text("accountId", "AccountId"),
        expression=entry.text("expression", "Expression") or "",
        returned=all(entry.at(key).value is not False for key in ("returnData", "ReturnData")),
    )


def _contributor(id_: str | None, attributes: JsonValue) -> Contributor | None:
    try:
        told = dimensions_in(attributes.parsed() if isinstance(attributes.value, str) else attributes)
    except MalformedSignal:
        told = {}
    if id_ is None and not told:
        return None
    return Contributor(id_ or ", ".join(f"{name}={value}" for name, value in sorted(told.items())), told)
