"""The recorded parts of answers and events: the fields that Kedge reads, and nothing else from AWS.

A processing job's environment may hold passwords. Roles, networks and arguments are private, and a recording may be
shared. A field that is not listed here is not written; a test fails as soon as an adapter reads one.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from kedge.domain.alarm import queried
from kedge.ports.readers import Variable

type Tree = dict[str, "Tree"]
type Document = Mapping[str, Any]

ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "sagemaker.DescribeProcessingJob": (
        "AppSpecification.ImageUri",
        "CreationTime",
        *(f"Environment.{name}" for name in Variable),
        "ExitMessage",
        "FailureReason",
        "LastModifiedTime",
        "MonitoringScheduleArn",
        "ProcessingEndTime",
        "ProcessingJobArn",
        "ProcessingJobName",
        "ProcessingJobStatus",
        "ProcessingOutputConfig.Outputs.S3Output.S3Uri",
    ),
    "sagemaker.DescribeMonitoringSchedule": (
        "EndpointName",
        "FailureReason",
        "LastMonitoringExecutionSummary.MonitoringExecutionStatus",
        "LastMonitoringExecutionSummary.ProcessingJobArn",
        "LastMonitoringExecutionSummary.ScheduledTime",
        "LastModifiedTime",
        "MonitoringScheduleArn",
        "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringInputs.EndpointInput.EndpointName",
        "MonitoringScheduleConfig.MonitoringType",
        "MonitoringScheduleConfig.ScheduleConfig.ScheduleExpression",
        "MonitoringScheduleName",
        "MonitoringScheduleStatus",
        "MonitoringType",
    ),
    "sagemaker.ListMonitoringExecutions": (
        "MonitoringExecutionSummaries.CreationTime",
        "MonitoringExecutionSummaries.EndpointName",
        "MonitoringExecutionSummaries.FailureReason",
        "MonitoringExecutionSummaries.LastModifiedTime",
        "MonitoringExecutionSummaries.MonitoringExecutionStatus",
        "MonitoringExecutionSummaries.MonitoringScheduleName",
        "MonitoringExecutionSummaries.MonitoringType",
        "MonitoringExecutionSummaries.ProcessingJobArn",
        "MonitoringExecutionSummaries.ScheduledTime",
        "NextToken",
    ),
    "sagemaker.ListPipelineExecutionSteps": (
        "NextToken",
        "PipelineExecutionSteps.CacheHitResult.SourcePipelineExecutionArn",
        "PipelineExecutionSteps.EndTime",
        "PipelineExecutionSteps.FailureReason",
        *(
            f"PipelineExecutionSteps.Metadata.{kind}.{name}"
            for kind in ("ClarifyCheck", "QualityCheck")
            for name in ("CheckJobArn", "CheckType", "SkipCheck", "ViolationReport")
        ),
        "PipelineExecutionSteps.SelectiveExecutionResult.SourcePipelineExecutionArn",
        "PipelineExecutionSteps.StepName",
        "PipelineExecutionSteps.StepStatus",
    ),
    "sagemaker.ListTags": ("NextToken", "Tags.Key", "Tags.Value"),
    "cloudwatch.DescribeAlarms": (
        "CompositeAlarms.ActionsSuppressedBy",
        "CompositeAlarms.AlarmArn",
        "CompositeAlarms.AlarmDescription",
        "CompositeAlarms.AlarmName",
        "CompositeAlarms.StateReason",
        "CompositeAlarms.StateTransitionedTimestamp",
        "CompositeAlarms.StateUpdatedTimestamp",
        "CompositeAlarms.StateValue",
        "MetricAlarms.AlarmArn",
        "MetricAlarms.AlarmDescription",
        "MetricAlarms.AlarmName",
        "MetricAlarms.Dimensions.Name",
        "MetricAlarms.Dimensions.Value",
        "MetricAlarms.MetricName",
        "MetricAlarms.Metrics.AccountId",
        "MetricAlarms.Metrics.Expression",
        "MetricAlarms.Metrics.MetricStat.Metric.Dimensions.Name",
        "MetricAlarms.Metrics.MetricStat.Metric.Dimensions.Value",
        "MetricAlarms.Metrics.MetricStat.Metric.MetricName",
        "MetricAlarms.Metrics.MetricStat.Metric.Namespace",
        "MetricAlarms.Metrics.ReturnData",
        "MetricAlarms.Namespace",
        "MetricAlarms.StateReason",
        "MetricAlarms.StateReasonData",
        "MetricAlarms.StateTransitionedTimestamp",
        "MetricAlarms.StateUpdatedTimestamp",
        "MetricAlarms.StateValue",
        "MetricAlarms.Threshold",
    ),
    "cloudwatch.DescribeAlarmContributors": ("AlarmContributors.ContributorId", "NextToken"),
}
"""By operation, the places that Kedge reads in its answers.

Lists are passed through; everything below a place is kept.
"""

_ALARM: Final = (
    "alarmName",
    "alarmContributor.attributes",
    "alarmContributor.id",
    "configuration.actionsSuppressorExtensionPeriod",
    "configuration.actionsSuppressorWaitPeriod",
    "configuration.description",
    "configuration.metrics.accountId",
    "configuration.metrics.expression",
    "configuration.metrics.metricStat.metric.dimensions",
    "configuration.metrics.metricStat.metric.name",
    "configuration.metrics.metricStat.metric.namespace",
    "configuration.metrics.returnData",
    "muteDetail.muteWindowEnd",
    "muteDetail.mutedByArn",
    "previousState.value",
    "state.actionsSuppressedBy",
    "state.actionsSuppressedReason",
    "state.reason",
    "state.reasonData",
    "state.timestamp",
    "state.value",
)

DETAILS: Final[Mapping[str, tuple[str, ...]]] = {
    # The event copies the description of the job.
    "SageMaker Processing Job State Change": ANSWERS["sagemaker.DescribeProcessingJob"],
    "CloudWatch Alarm State Change": _ALARM,
    "CloudWatch Alarm Contributor State Change": _ALARM,
}
"""The same places by the `detail-type` of an event, for its `detail`."""

# An alarm's comparison is a JSON text that contains the query.
_IN_TEXT: Final = frozenset({"reasonData", "StateReasonData"})
_QUERIES: Final = frozenset({"expression", "Expression"})
_REASON_DATA: Final = ("recentDatapoints", "recentLowerThresholds", "recentUpperThresholds", "threshold")


class NotListed(Exception):
    """There is no list for an answer or event, so nothing of it is kept."""


def answer(operation: str, response: Document) -> dict[str, Any]:
    """Return the kept parts of a response. Raises NotListed for an operation without a list."""
    if operation not in _ANSWERS:
        raise NotListed(
            f"no list says what a recording keeps of answers to {operation}: it goes into {__name__}.ANSWERS"
        )
    return dict(_trimmed(response, _ANSWERS[operation]))


def event(told: Document) -> dict[str, Any]:
    """Return the kept parts of an event from EventBridge. Raises NotListed for a detail-type without a list."""
    kind = told["detail-type"]
    if kind not in _DETAILS:
        raise NotListed(f"no list says what a recording keeps of a {kind}: it goes into {__name__}.DETAILS")
    return {**told, "detail": dict(_trimmed(told["detail"], _DETAILS[kind]))}


def _trimmed(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, Mapping):
        parts = {name: _kept(name, part, tree[name]) for name, part in value.items() if name in tree}
        return {name: part for name, part in parts.items() if part or name not in _QUERIES}
    if isinstance(value, list):
        return [_trimmed(part, tree) for part in value]
    return value


def _kept(name: str, part: Any, tree: Tree) -> Any:
    if name in _IN_TEXT:
        return _numbers(part)
    return _namespace(part) if name in _QUERIES else _trimmed(part, tree)


def _namespace(query: Any) -> str:
    """Return the one part of a query that Kedge reads: its namespace."""
    found = queried(query) if isinstance(query, str) else None
    return "" if found is None else f'FROM "{found}"'


def _numbers(reason_data: Any) -> Any:
    """Return the numbers that Kedge reads in the JSON text of an alarm's comparison."""
    try:
        told = json.loads(reason_data)
    except (TypeError, ValueError, RecursionError):
        return ""
    if not isinstance(told, dict):
        return ""
    return json.dumps({name: told[name] for name in _REASON_DATA if name in told}, separators=(",", ":"))


def _tree(paths: Iterable[str]) -> Tree:
    root: Tree = {}
    for path in paths:
        here = root
        for name in path.split("."):
            here = here.setdefault(name, {})
    return root


_ANSWERS: Final = {operation: _tree(paths) for operation, paths in ANSWERS.items()}
_DETAILS: Final = {kind: _tree(paths) for kind, paths in DETAILS.items()}
