"""CloudWatch: what an alarm watches."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kedge.aws.calls import Client, ask
from kedge.ports import Alarm

type _Told = Mapping[str, Any]


class CloudWatchAlarms:
    """Alarms, read with DescribeAlarms."""

    def __init__(self, cloudwatch: Client) -> None:
        """`cloudwatch` is boto3's client, or one that answers like it."""
        self._cloudwatch = cloudwatch

    def alarm(self, name: str) -> Alarm | None:
        """The metric or composite alarm of this name in this account and Region, or None.

        Of an alarm on an expression, the metric is that which it returns, or the only one it is made of. An expression of
        several metrics has no metric, and those dimensions of which its metrics do not contradict each other.
        """
        alarm = self._described(name, "MetricAlarm")
        if alarm is None:
            alarm = self._described(name, "CompositeAlarm")
            if alarm is None:
                return None
            # It is computed from other alarms, and watches no metric itself.
            return Alarm(
                arn=alarm.get("AlarmArn", ""), state=alarm.get("StateValue"), since=_since(alarm), measured=True
            )
        metric = _metric(alarm)
        return Alarm(
            arn=alarm.get("AlarmArn", ""),
            state=alarm.get("StateValue"),
            since=_since(alarm),
            measured=_measured(alarm),
            namespace=metric.get("Namespace"),
            metric=metric.get("MetricName"),
            dimensions=_dimensions(metric),
            threshold=alarm.get("Threshold"),
        )

    def _described(self, name: str, kind: str) -> _Told | None:
        told = ask(self._cloudwatch.describe_alarms, AlarmNames=[name], AlarmTypes=[kind]) or {}
        # A recording may answer every question with all alarms that there are.
        alarms = told.get(f"{kind}s", ())
        return next((alarm for alarm in alarms if alarm.get("AlarmName", name) == name), None)


def _since(alarm: _Told) -> datetime | None:
    """When the alarm came to its state: the newer of the two fields is missing in older answers."""
    at = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    return at.astimezone(UTC) if isinstance(at, datetime) else None


def _measured(alarm: _Told) -> bool:
    """Whether the reason of an alarm's state names datapoints `recentDatapoints` in its data."""
    try:
        data = json.loads(alarm.get("StateReasonData") or "{}")
    except ValueError:
        return False
    points = data.get("recentDatapoints") if isinstance(data, dict) else None
    return isinstance(points, list) and any(isinstance(point, int | float) for point in points)


def _metric(alarm: _Told) -> _Told:
    if "MetricName" in alarm:
        return alarm
    measured = [query for query in alarm.get("Metrics", ()) if "MetricStat" in query]
    returned = [query for query in measured if query.get("ReturnData", True)]
    metrics: list[_Told] = [query["MetricStat"].get("Metric", {}) for query in returned or measured]
    return metrics[0] if len(metrics) == 1 else {"Dimensions": _undisputed(metrics)}


def _undisputed(metrics: list[_Told]) -> list[dict[str, str]]:
    values: dict[str, set[str]] = {}
    for metric in metrics:
        for name, value in _dimensions(metric).items():
            values.setdefault(name, set()).add(value)
    return [{"Name": name, "Value": told.pop()} for name, told in values.items() if len(told) == 1]


def _dimensions(metric: _Told) -> dict[str, str]:
    pairs = ((each.get("Name"), each.get("Value")) for each in metric.get("Dimensions", ()))
    return {name: value for name, value in pairs if name and value}
