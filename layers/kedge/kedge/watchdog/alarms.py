"""Checks of alarms: whether their metric can exist, and whether it has data.

CloudWatch accepts an alarm on any namespace and any dimensions. A wrong one stays in INSUFFICIENT_DATA without an error.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from kedge.domain.finding import Check
from kedge.formatting import format_duration
from kedge.watchdog.facts import AlarmFacts
from kedge.watchdog.fault import WatchFault

GRACE: Final = timedelta(hours=26)
"""The least time without data that is a fault: a daily monitor has one datapoint in 24 hours, and may start 20 minutes late."""

ENDPOINT_METRICS: Final = "AWS/SageMaker"
"""The namespace of the metrics of requests: they have no data while an endpoint has no requests."""

_DATA_METRICS: Final = "aws/sagemaker/Endpoints/data-metrics"
_BATCH_METRICS: Final = "aws/sagemaker/ModelMonitoring/data-metrics"
# Names that tutorials and a page of AWS's own guide use, and that no metric has (docs/aws-behaviour.md).
_WRONG_NAMESPACES: Final = {
    "AWS/SageMaker/ModelMonitor": _DATA_METRICS,
    "AWS/SageMaker/ProcessingJob": "/aws/sagemaker/ProcessingJobs",
    "AWS/SageMaker/ProcessingJobs": "/aws/sagemaker/ProcessingJobs",
    "/aws/sagemaker/Endpoints/data-metric": _DATA_METRICS,
    "/aws/sagemaker/Endpoints/data-metrics": _DATA_METRICS,
    "/aws/sagemaker/Endpoint/data-metrics": _DATA_METRICS,
    "/aws/sagemaker/ModelMonitoring/data-metric": _BATCH_METRICS,
    "/aws/sagemaker/ModelMonitoring/data-metrics": _BATCH_METRICS,
}
_WRONG_METRICS: Final = frozenset(
    {"constraint_violations", "MonitoringScheduleViolationCount", "feature_baseline_drift_check_violations"}
)
_OF_MONITORS: Final = re.compile(
    r"aws/sagemaker/(?:Endpoints|ModelMonitoring)/(?:data|model|bias|explainability)-metrics"
)
_WRONG_DIMENSIONS: Final = {"EndpointName": "Endpoint", "ScheduleName": "MonitoringSchedule"}


def check_alarms(alarms: Iterable[AlarmFacts], now: datetime, invocations: float | None) -> Iterator[WatchFault]:
    """Yield the alarms that can never have data, or have none for longer than their period allows.

    `invocations` are the requests of the endpoint in the last day, None if they are unknown.
    """
    for alarm in alarms:
        is_quiet = alarm.namespace == ENDPOINT_METRICS and not invocations
        if (wrong := _wrong_name(alarm)) is not None:
            yield _dimensions(alarm, *wrong)
        elif is_quiet or not _is_late(alarm, now):
            continue
        elif alarm.is_listed is False:
            yield _dimensions(
                alarm,
                f"CloudWatch lists no metric {alarm.metric} in {alarm.namespace} with {_spelled(alarm.dimensions)}.",
                f"Copy the dimensions that `aws cloudwatch list-metrics --namespace {alarm.namespace}` shows.",
            )
        elif alarm.state == "INSUFFICIENT_DATA" and alarm.since is not None:
            yield WatchFault(
                check=Check.ALARM_NO_DATA,
                subject=alarm.name,
                evidence=(
                    f"It has had no data for {format_duration(now - alarm.since)}, and {alarm.evaluation_periods} x "
                    f"{format_duration(alarm.period)} is evaluated."
                ),
                fix="Check that the monitor behind the metric runs and publishes metrics, or give the alarm a longer period.",
            )


def names_of(alarm: AlarmFacts) -> set[str]:
    """Return the endpoint that an alarm names in its dimensions, in either spelling."""
    return {alarm.dimensions[name] for name in ("EndpointName", "Endpoint") if name in alarm.dimensions}


def allowance(alarm: AlarmFacts) -> timedelta:
    """Return the time for which an alarm may be without data: twice what it evaluates, at least 26 hours."""
    return max(GRACE, 2 * alarm.period * alarm.evaluation_periods)


def _is_late(alarm: AlarmFacts, now: datetime) -> bool:
    return alarm.since is not None and now - alarm.since > allowance(alarm)


def _wrong_name(alarm: AlarmFacts) -> tuple[str, str] | None:
    if alarm.is_listed:
        return None
    if (right := _WRONG_NAMESPACES.get(alarm.namespace)) is not None:
        return f"Namespace {alarm.namespace} does not exist.", f"Set the namespace of the alarm to {right}."
    if alarm.metric in _WRONG_METRICS:
        return (
            f"No monitor publishes a metric {alarm.metric}.",
            "Remove the alarm: Kedge reports violations, and a `feature_baseline_drift_` metric exists for each feature.",
        )
    if _OF_MONITORS.fullmatch(alarm.namespace) and (wrong := _WRONG_DIMENSIONS.keys() & alarm.dimensions.keys()):
        first = min(wrong)
        return (
            f"Metrics in {alarm.namespace} have no dimension {first}.",
            f"Replace dimension {first} by {_WRONG_DIMENSIONS[first]}.",
        )
    return None


def _dimensions(alarm: AlarmFacts, evidence: str, fix: str) -> WatchFault:
    return WatchFault(check=Check.ALARM_DIMENSIONS, subject=alarm.name, evidence=evidence, fix=fix)


def _spelled(dimensions: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(dimensions.items())) or "no dimensions"
