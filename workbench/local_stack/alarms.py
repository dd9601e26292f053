"""CloudWatch alarms that change on demand, and announce each change in both of CloudWatch's ways.

The emulator sends an alarm's actions (SNS) but not the event that CloudWatch guarantees, so the event is made here.
"""

import json
from datetime import UTC, datetime

from workbench.local_sagemaker.world import Document
from workbench.local_stack import environment
from workbench.local_stack.local_stack import LocalStack


class Alarms:
    """The alarms of one stack."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._cloudwatch = stack.client("cloudwatch")

    def create(
        self,
        name: str,
        *,
        namespace: str,
        metric: str,
        dimensions: dict[str, str],
        threshold: float,
        description: str = "",
        actions: tuple[str, ...] = (),
    ) -> None:
        """Create a metric alarm without data, which goes into ALARM above `threshold`.

        `actions` are topics that receive every change.
        """
        self._cloudwatch.put_metric_alarm(
            AlarmName=name,
            AlarmDescription=description,
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            Statistic="Average",
            Period=300,
            EvaluationPeriods=1,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
            # Nothing is measured here: a state stays until it is changed manually.
            TreatMissingData="ignore",
            AlarmActions=list(actions),
            OKActions=list(actions),
            InsufficientDataActions=list(actions),
        )

    def change(self, name: str, state: str, reason: str) -> None:
        """Set an alarm to ALARM, OK or INSUFFICIENT_DATA. Raises LookupError if it does not exist."""
        before = self._describe(name)
        self._cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)
        self._stack.bus.put_event(_event(before, self._describe(name)))

    def _describe(self, name: str) -> Document:
        found: list[Document] = self._cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        if not found:
            raise LookupError(f"no alarm named {name}")
        return found[0]


def _event(before: Document, alarm: Document) -> Document:
    """Return `CloudWatch Alarm State Change` with the time of the alarm's action, written with `+0000` and milliseconds."""
    changed = alarm["StateUpdatedTimestamp"]
    metric = {
        "dimensions": {dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions", [])},
        "name": alarm["MetricName"],
        "namespace": alarm["Namespace"],
    }
    stat = {"metric": metric, "period": alarm["Period"], "stat": alarm["Statistic"]}
    data = {
        "version": "1.0",
        "queryDate": _stamp(changed),
        "statistic": alarm["Statistic"],
        "threshold": alarm["Threshold"],
    }
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "account": environment.ACCOUNT,
        "region": environment.REGION,
        "time": f"{changed.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "resources": [alarm["AlarmArn"]],
        "detail": {
            "alarmName": alarm["AlarmName"],
            "configuration": {
                "description": alarm.get("AlarmDescription", ""),
                "metrics": [{"id": "m1", "metricStat": stat, "returnData": True}],
            },
            "previousState": _state(before),
            "state": _state(alarm) | {"reasonData": json.dumps(data)},
        },
    }


def _state(alarm: Document) -> Document:
    return {
        "reason": alarm.get("StateReason", ""),
        "timestamp": _stamp(alarm["StateUpdatedTimestamp"]),
        "value": alarm["StateValue"],
    }


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"
