"""CloudWatch: the alarms and the metrics that they watch."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from kedge.adapters.calls import Client, ask
from kedge.domain.alarm import ThresholdComparison, WatchedMetric, compared, newest
from kedge.ports.readers import Alarm

type _Answer = Mapping[str, Any]


class CloudWatchAlarms:
    """The alarms, read with DescribeAlarms."""

    def __init__(self, cloudwatch: Client) -> None:
        """Keep `cloudwatch`, boto3's client or a double of it."""
        self._cloudwatch = cloudwatch

    def alarm(self, name: str) -> Alarm | None:
        """Return the metric or composite alarm of this name in this account and Region, or None.

        For an alarm on an expression, the metric is the one that it returns, or its only one. An expression of several
        metrics has no metric, and has the dimensions that its metrics share without contradiction.
        """
        alarm = self._described(name, "MetricAlarm")
        if alarm is None:
            alarm = self._described(name, "CompositeAlarm")
            if alarm is None:
                return None
            # A composite alarm is computed from other alarms and does not watch a metric itself.
            suppressed_by = alarm.get("ActionsSuppressedBy")
            return msgspec.structs.replace(_in_common(alarm), measured=True, suppressed_by=suppressed_by)
        metric = _metric(alarm)
        observed, limit = _compared(alarm)
        return msgspec.structs.replace(
            _in_common(alarm),
            # Datapoints support the state if its reason names any.
            measured=observed is not None,
            observed=observed,
            limit=limit,
            namespace=metric.get("Namespace"),
            metric=metric.get("MetricName"),
            dimensions=_dimensions(metric),
            threshold=alarm.get("Threshold"),
            metrics=tuple(_watched(query) for query in alarm.get("Metrics", ())),
        )

    def contributors(self, name: str) -> frozenset[str] | None:
        """Return the ids of the alarm's contributors that are in ALARM now; None if CloudWatch has no such alarm."""
        ids: set[str] = set()
        more: dict[str, str] = {}
        while True:
            page = ask(self._cloudwatch.describe_alarm_contributors, AlarmName=name, **more)
            if page is None:
                return None
            ids.update(each["ContributorId"] for each in page.get("AlarmContributors", ()))
            if not page.get("NextToken"):
                return frozenset(ids)
            more = {"NextToken": page["NextToken"]}

    def _described(self, name: str, kind: str) -> _Answer | None:
        told = ask(self._cloudwatch.describe_alarms, AlarmNames=[name], AlarmTypes=[kind]) or {}
        # A recording may answer every question with all existing alarms.
        alarms = told.get(f"{kind}s", ())
        return next((alarm for alarm in alarms if alarm.get("AlarmName", name) == name), None)


def _since(alarm: _Answer) -> datetime | None:
    """Return when the alarm entered its state. The newer of the two fields is missing in older responses."""
    at = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    return at.astimezone(UTC) if isinstance(at, datetime) else None


def _in_common(alarm: _Answer) -> Alarm:
    """Return the fields that metric and composite alarms have in common."""
    return Alarm(
        arn=alarm.get("AlarmArn", ""),
        state=alarm.get("StateValue"),
        since=_since(alarm),
        reason=alarm.get("StateReason", ""),
        description=alarm.get("AlarmDescription", ""),
    )


def _compared(alarm: _Answer) -> ThresholdComparison:
    """Return the numbers in the reason of an alarm's state."""
    data = _reason_data(alarm)
    threshold = newest(_numbers({"threshold": [data.get("threshold")]}, "threshold"))
    lower, upper = _numbers(data, "recentLowerThresholds"), _numbers(data, "recentUpperThresholds")
    return compared(_numbers(data, "recentDatapoints"), threshold, lower, upper)


def _reason_data(alarm: _Answer) -> _Answer:
    """Return the data of a state's reason: JSON chosen by any caller that may set the alarm's state."""
    try:
        # An integer may be too long for a float.
        data = json.loads(alarm.get("StateReasonData") or "{}", parse_int=float)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _numbers(data: _Answer, key: str) -> list[float]:
    numbers = data.get(key)
    if not isinstance(numbers, list):
        return []
    return [each for each in numbers if isinstance(each, float) and math.isfinite(each)]


def _metric(alarm: _Answer) -> _Answer:
    if "MetricName" in alarm:
        return alarm
    measured = [query for query in alarm.get("Metrics", ()) if "MetricStat" in query]
    returned = [query for query in measured if query.get("ReturnData", True)]
    metrics: list[_Answer] = [query["MetricStat"].get("Metric", {}) for query in returned or measured]
    return metrics[0] if len(metrics) == 1 else {"Dimensions": _undisputed(metrics)}


def _watched(query: _Answer) -> WatchedMetric:
    metric: _Answer = query.get("MetricStat", {}).get("Metric", {})
    return WatchedMetric(
        namespace=metric.get("Namespace"),
        name=metric.get("MetricName"),
        dimensions=_dimensions(metric),
        account=query.get("AccountId"),
        expression=query.get("Expression", ""),
        returned=query.get("ReturnData", True),
    )


def _undisputed(metrics: list[_Answer]) -> list[dict[str, str]]:
    values: dict[str, set[str]] = {}
    for metric in metrics:
        for name, value in _dimensions(metric).items():
            values.setdefault(name, set()).add(value)
    return [{"Name": name, "Value": told.pop()} for name, told in values.items() if len(told) == 1]


def _dimensions(metric: _Answer) -> dict[str, str]:
    pairs = ((each.get("Name"), each.get("Value")) for each in metric.get("Dimensions", ()))
    return {name: value for name, value in pairs if name and value}
