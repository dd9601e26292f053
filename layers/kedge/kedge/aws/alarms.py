"""CloudWatch: what an alarm watches."""

from collections.abc import Mapping
from typing import Any

from kedge.aws.calls import Client, ask
from kedge.ports import Alarm


class CloudWatchAlarms:
    """Alarms, read with DescribeAlarms."""

    def __init__(self, cloudwatch: Client) -> None:
        """`cloudwatch` is boto3's client, or one that answers like it."""
        self._cloudwatch = cloudwatch

    def alarm(self, name: str) -> Alarm | None:
        """The metric alarm of this name in this account and region, or None.

        Of an alarm on an expression, the metric is that which the expression returns, or the only one it is made of.
        """
        told = ask(self._cloudwatch.describe_alarms, AlarmNames=[name], AlarmTypes=["MetricAlarm"])
        alarms = (told or {}).get("MetricAlarms", ())
        # A recording may answer every question with all alarms that there are.
        alarm = next((alarm for alarm in alarms if alarm.get("AlarmName", name) == name), None)
        if alarm is None:
            return None
        metric = _metric(alarm)
        return Alarm(
            arn=alarm.get("AlarmArn", ""),
            namespace=metric.get("Namespace"),
            metric=metric.get("MetricName"),
            dimensions={dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", ())},
            threshold=alarm.get("Threshold"),
        )


def _metric(alarm: Mapping[str, Any]) -> Mapping[str, Any]:
    if "MetricName" in alarm:
        return alarm
    measured = [query for query in alarm.get("Metrics", ()) if "MetricStat" in query]
    returned = [query for query in measured if query.get("ReturnData", True)]
    chosen = returned or measured
    metric: Mapping[str, Any] = chosen[0]["MetricStat"].get("Metric", {}) if len(chosen) == 1 else {}
    return metric
