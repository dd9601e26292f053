"""SageMaker's lists of a whole account and Region."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from kedge.adapters.calls import Client, ask, pages, utc
from kedge.ports.watched import (
    ListedPipeline,
    ListedPipelineExecution,
    ListedSchedule,
    ListedStep,
    MonitoringExecution,
    ScheduleTimes,
)

# The bounds of a listing are exclusive, and SageMaker's times are not finer than this.
_TICK: Final = timedelta(milliseconds=1)
_PAGE: Final = 100
# A page of pipelines is one unit of work, and each may have several new executions.
_PAGE_OF_PIPELINES: Final = 25
_CHECKS: Final = ("QualityCheck", "ClarifyCheck")


class SageMakerListings:
    """The monitoring executions, schedules and pipelines of an account and Region, the oldest first."""

    def __init__(self, sagemaker: Client) -> None:
        """Keep `sagemaker`, boto3's client or a double of it."""
        self._sagemaker = sagemaker

    def executions(
        self, since: datetime, until: datetime, made_after: datetime | None
    ) -> Iterator[tuple[MonitoringExecution, ...]]:
        """Yield the pages of all executions that changed from `since` to `until` (both inclusive), the oldest first.

        `made_after` limits them to those that were created at or after it. Raises Transient or Permanent.
        """
        listed = pages(
            self._sagemaker.list_monitoring_executions,
            LastModifiedTimeAfter=since - _TICK,
            LastModifiedTimeBefore=until + _TICK,
            SortBy="CreationTime",
            SortOrder="Ascending",
            MaxResults=_PAGE,
            **_made_after(made_after),
        )
        for page in listed:
            yield tuple(map(execution_of, page.get("MonitoringExecutionSummaries", ())))

    def schedules(self, made_after: datetime | None) -> Iterator[tuple[ListedSchedule, ...]]:
        """Yield the pages of all monitoring schedules, the oldest first.

        `made_after` limits them to those that were created at or after it. Raises Transient or Permanent.
        """
        listed = pages(
            self._sagemaker.list_monitoring_schedules,
            SortBy="CreationTime",
            SortOrder="Ascending",
            MaxResults=_PAGE,
            **_made_after(made_after),
        )
        for page in listed:
            yield tuple(map(_schedule, page.get("MonitoringScheduleSummaries", ())))

    def times(self, schedule: ListedSchedule) -> ScheduleTimes | None:
        """Return when a schedule runs, and when it ran last; None if it was deleted. Raises Transient or Permanent."""
        told = ask(self._sagemaker.describe_monitoring_schedule, MonitoringScheduleName=schedule.name)
        if told is None:
            return None
        newest = told.get("LastMonitoringExecutionSummary", {}).get("ScheduledTime")
        return ScheduleTimes(
            expression=told.get("MonitoringScheduleConfig", {}).get("ScheduleConfig", {}).get("ScheduleExpression", ""),
            began=max(_time(told["CreationTime"]), _time(told["LastModifiedTime"])),
            newest=utc(newest),
        )

    def pipelines(self, made_after: datetime | None) -> Iterator[tuple[ListedPipeline, ...]]:
        """Yield the pages of all pipelines, the oldest first.

        `made_after` limits them to those that were created at or after it. Raises Transient or Permanent.
        """
        more: dict[str, Any] = {} if made_after is None else {"CreatedAfter": made_after - _TICK}
        listed = pages(
            self._sagemaker.list_pipelines,
            SortBy="CreationTime",
            SortOrder="Ascending",
            MaxResults=_PAGE_OF_PIPELINES,
            **more,
        )
        for page in listed:
            yield tuple(map(_pipeline, page.get("PipelineSummaries", ())))

    def pipeline_executions(self, pipeline: str, since: datetime) -> Iterator[ListedPipelineExecution]:
        """Yield the executions of a pipeline that began at or after a moment. Raises Transient or Permanent."""
        listed = pages(
            self._sagemaker.list_pipeline_executions,
            PipelineName=pipeline,
            CreatedAfter=since - _TICK,
            SortOrder="Ascending",
            MaxResults=_PAGE,
        )
        for page in listed:
            for told in page.get("PipelineExecutionSummaries", ()):
                yield ListedPipelineExecution(arn=told["PipelineExecutionArn"], status=told["PipelineExecutionStatus"])

    def pipeline_status(self, execution: str) -> str | None:
        """Return the status of an execution by its ARN; None if it was deleted. Raises Transient or Permanent."""
        told = ask(self._sagemaker.describe_pipeline_execution, PipelineExecutionArn=execution)
        return None if told is None else str(told["PipelineExecutionStatus"])

    def check_steps(self, execution: str) -> tuple[ListedStep, ...]:
        """Return the newest try of each check step of an execution. Raises Transient or Permanent."""
        found: dict[str, ListedStep] = {}
        listed = pages(
            self._sagemaker.list_pipeline_execution_steps,
            PipelineExecutionArn=execution,
            SortOrder="Descending",
            MaxResults=_PAGE,
        )
        for page in listed:
            for told in page.get("PipelineExecutionSteps", ()):
                step = _check_step(told)
                if step is not None:
                    found.setdefault(step.name, step)
        return tuple(found.values())


def _made_after(moment: datetime | None) -> dict[str, Any]:
    return {} if moment is None else {"CreationTimeAfter": moment - _TICK}


def _schedule(told: Mapping[str, Any]) -> ListedSchedule:
    return ListedSchedule(
        name=told["MonitoringScheduleName"],
        arn=told["MonitoringScheduleArn"],
        status=told["MonitoringScheduleStatus"],
        created=_time(told["CreationTime"]),
        modified=_time(told["LastModifiedTime"]),
        endpoint=told.get("EndpointName"),
        monitoring_type=told.get("MonitoringType"),
    )


def _pipeline(told: Mapping[str, Any]) -> ListedPipeline:
    return ListedPipeline(
        name=told["PipelineName"], created=_time(told["CreationTime"]), last_run=utc(told.get("LastExecutionTime"))
    )


def _check_step(told: Mapping[str, Any]) -> ListedStep | None:
    metadata = told.get("Metadata", {})
    for kind in _CHECKS:
        if kind in metadata:
            check_type = metadata[kind].get("CheckType", "")
            return ListedStep(
                name=told["StepName"], kind=kind, status=told.get("StepStatus", ""), check_type=check_type
            )
    return None


def execution_of(told: Mapping[str, Any]) -> MonitoringExecution:
    """Return a MonitoringExecutionSummary in Kedge's words."""
    return MonitoringExecution(
        schedule=told["MonitoringScheduleName"],
        scheduled=_time(told["ScheduledTime"]),
        status=told["MonitoringExecutionStatus"],
        created=_time(told["CreationTime"]),
        modified=_time(told["LastModifiedTime"]),
        job=told.get("ProcessingJobArn"),
        endpoint=told.get("EndpointName"),
        monitoring_type=told.get("MonitoringType"),
        failure_reason=told.get("FailureReason"),
    )


def _time(when: datetime) -> datetime:
    return utc(when) or when
