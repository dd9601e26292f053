"""Alarms as EventBridge, the alarms topic and a bare message deliver them."""

import json
from typing import Any

from kedge.ports.readers import Alarm
from tests.support import samples

NAME = "churn-prod drift: tenure"


KNOWN = Alarm(
    arn=f"arn:aws:cloudwatch:eu-west-1:999900001111:alarm:{NAME}",
    namespace="aws/sagemaker/Endpoints/data-metrics",
    metric="feature_baseline_drift_tenure",
    dimensions={"Endpoint": "churn-prod", "MonitoringSchedule": "churn-data-quality"},
    threshold=0.4,
)


def message(**changes: Any) -> dict[str, Any]:
    """SNS's message of the sample alarm; a change to None takes a key away."""
    told = json.loads(samples.event("sns.alarm.metric")["Records"][0]["Sns"]["Message"]) | changes
    return {key: value for key, value in told.items() if value is not None}


def sns(told: object, **note: Any) -> dict[str, Any]:
    """The message, as SNS gives it to a Lambda."""
    return {"Records": [{"Sns": {"Message": json.dumps(told), **note}}]}


def bare(**more: Any) -> dict[str, Any]:
    """As little as a message may hold."""
    return {"AlarmName": NAME, "AlarmDescription": "drift", "NewStateValue": "ALARM", **more}


def event(name: str = "eventbridge.alarm.alarm", **detail: Any) -> dict[str, Any]:
    """A sample alarm event with parts of its detail replaced."""
    raw: dict[str, Any] = samples.event(name)
    raw["detail"] |= detail
    return raw


def metric(**dimensions: str) -> dict[str, Any]:
    """One metric of an alarm's configuration."""
    return metric_of("AWS/SageMaker", **dimensions)


def metric_of(namespace: str, account: str | None = None, **dimensions: str) -> dict[str, Any]:
    """One metric of a namespace, and of another account than the alarm's if one is named."""
    told = {"metric": {"namespace": namespace, "name": "m", "dimensions": dimensions}}
    return {"metricStat": told, "returnData": False} | ({"accountId": account} if account else {})
