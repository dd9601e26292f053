"""SageMaker: the result of a job, a schedule or a pipeline step."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kedge.adapters.calls import Client, Response, ask
from kedge.adapters.sagemaker.watched import execution_of
from kedge.ports.readers import CheckStep, PipelineExecution, ProcessingJob, Schedule, Variable
from kedge.ports.watched import MonitoringExecution

type _Answer = Mapping[str, Any]

# Both bounds of a listing are exclusive, and SageMaker's times are not finer than this.
_TICK: Final = timedelta(milliseconds=1)
_VARIABLES: Final = tuple(each.value for each in Variable)  # a plain text is found faster than a member


class SageMakerMonitors:
    """Monitors, read with DescribeProcessingJob, DescribeMonitoringSchedule and listings of executions and steps."""

    def __init__(self, sagemaker: Client) -> None:
        """Keep `sagemaker`, boto3's client or a double of it."""
        self._sagemaker = sagemaker

    def processing_job(self, name: str) -> ProcessingJob | None:
        """Return the job of this name, or None if SageMaker does not know it."""
        told = ask(self._sagemaker.describe_processing_job, ProcessingJobName=name)
        if told is None:
            return None
        return ProcessingJob(
            name=told["ProcessingJobName"],
            arn=told["ProcessingJobArn"],
            status=told["ProcessingJobStatus"],
            exit_message=told.get("ExitMessage"),
            failure_reason=told.get("FailureReason"),
            schedule_arn=told.get("MonitoringScheduleArn"),
            image=told.get("AppSpecification", {}).get("ImageUri", ""),
            environment=_variables(told.get("Environment", {})),
            outputs=_outputs(told),
            created=_utc(told.get("CreationTime")),
            ended=_utc(told.get("ProcessingEndTime")),
            modified=_utc(told.get("LastModifiedTime")),
        )

    def schedule(self, name: str) -> Schedule | None:
        """Return the monitoring schedule of this name, or None."""
        told = ask(self._sagemaker.describe_monitoring_schedule, MonitoringScheduleName=name)
        if told is None:
            return None
        config = told.get("MonitoringScheduleConfig", {})
        newest = told.get("LastMonitoringExecutionSummary")
        return Schedule(
            name=told["MonitoringScheduleName"],
            arn=told["MonitoringScheduleArn"],
            status=told["MonitoringScheduleStatus"],
            endpoint=told.get("EndpointName") or _endpoint_within(config),
            monitoring_type=told.get("MonitoringType") or config.get("MonitoringType"),
            failure_reason=told.get("FailureReason"),
            newest=_execution(newest) if newest else None,
            modified=_utc(told.get("LastModifiedTime")),
            expression=config.get("ScheduleConfig", {}).get("ScheduleExpression", ""),
        )

    def executions(self, schedule: str, since: datetime, until: datetime) -> tuple[PipelineExecution, ...]:
        """Return the executions of a schedule from `since` (inclusive) to `until` (exclusive), the newest first.

        The bounds apply to the scheduled time of an execution.
        """
        pages = self._pages(
            self._sagemaker.list_monitoring_executions,
            MonitoringScheduleName=schedule,
            ScheduledTimeAfter=since - _TICK,
            ScheduledTimeBefore=until,
            SortBy="ScheduledTime",
            SortOrder="Descending",
            MaxResults=100,
        )
        return tuple(_execution(each) for page in pages for each in page.get("MonitoringExecutionSummaries", ()))

    def execution(self, schedule: str, scheduled: datetime) -> MonitoringExecution | None:
        """Return the execution of a schedule for a scheduled time, or None if SageMaker does not list one."""
        pages = self._pages(
            self._sagemaker.list_monitoring_executions,
            MonitoringScheduleName=schedule,
            ScheduledTimeAfter=scheduled - _TICK,
            ScheduledTimeBefore=scheduled + _TICK,
            MaxResults=100,
        )
        return next((execution_of(each) for page in pages for each in page["MonitoringExecutionSummaries"]), None)

    def schedule_of(self, job_arn: str, since: datetime, until: datetime) -> str | None:
        """Return the name of the schedule whose execution ran a job, or None if SageMaker does not list one.

        It searches the executions that were created from `since` (inclusive) to `until` (exclusive).
        """
        pages = self._pages(
            self._sagemaker.list_monitoring_executions,
            CreationTimeAfter=since - _TICK,
            CreationTimeBefore=until,
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=100,
        )
        listed = (each for page in pages for each in page.get("MonitoringExecutionSummaries", ()))
        names = (each["MonitoringScheduleName"] for each in listed if each.get("ProcessingJobArn") == job_arn)
        return next(names, None)

    def check_step(self, execution_arn: str, step_name: str) -> CheckStep | None:
        """Return one step of a pipeline execution, or None. If a step was retried, return the newest try."""
        listing = self._sagemaker.list_pipeline_execution_steps
        for page in self._pages(listing, PipelineExecutionArn=execution_arn, SortOrder="Descending"):
            for step in page.get("PipelineExecutionSteps", ()):
                if step.get("StepName") == step_name:
                    return _check_step(step_name, step)
        return None

    def _pages(self, listing: Callable[..., Response], **asked: object) -> Iterator[_Answer]:
        more: dict[str, str] = {}
        while True:
            page = ask(listing, **asked, **more)
            if page is None:
                return
            yield page
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}


def _execution(told: _Answer) -> PipelineExecution:
    return PipelineExecution(
        status=told.get("MonitoringExecutionStatus", ""),
        scheduled=_utc(told.get("ScheduledTime")),
        job=told.get("ProcessingJobArn"),
    )


def _check_step(name: str, step: _Answer) -> CheckStep:
    metadata = step.get("Metadata", {})
    check = metadata.get("QualityCheck") or metadata.get("ClarifyCheck") or {}
    return CheckStep(
        name=name,
        status=step.get("StepStatus", ""),
        check_type=check.get("CheckType", ""),
        report=check.get("ViolationReport"),
        job_arn=check.get("CheckJobArn"),
        failure_reason=step.get("FailureReason"),
        ended=_utc(step.get("EndTime")),
        skipped=check.get("SkipCheck") is True,
        cached=any(_is_taken_over(step.get(key, {})) for key in ("CacheHitResult", "SelectiveExecutionResult")),
    )


def _is_taken_over(result: _Answer) -> bool:
    """Return whether a step has the result of an earlier execution: from the cache, or because it was not selected."""
    return bool(result.get("SourcePipelineExecutionArn"))


def _variables(told: Mapping[str, str]) -> dict[str, str]:
    return {name: told[name] for name in _VARIABLES if name in told}


def _outputs(told: _Answer) -> tuple[str, ...]:
    listed = told.get("ProcessingOutputConfig", {}).get("Outputs", ())
    # An output may go to a feature group instead of S3.
    return tuple([uri for output in listed if (uri := output.get("S3Output", {}).get("S3Uri"))])


def _endpoint_within(config: _Answer) -> str | None:
    """Return the endpoint of a schedule that contains its job instead of naming a job definition."""
    for given in config.get("MonitoringJobDefinition", {}).get("MonitoringInputs", ()):
        if name := given.get("EndpointInput", {}).get("EndpointName"):
            return str(name)
    return None


def _utc(when: datetime | None) -> datetime | None:
    return when if when is None or when.tzinfo is UTC else when.astimezone(UTC)
