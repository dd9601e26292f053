"""SageMaker: what a job, a schedule or a pipeline step came to."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from kedge.aws.calls import Client, ask
from kedge.ports import CheckStep, ProcessingJob, Schedule, Variable

type _Answer = Mapping[str, Any]

_RUNNING: Final = frozenset({"Pending", "InProgress", "Stopping"})
_CLEAN: Final = "Completed"  # with findings, an execution is CompletedWithViolations


class SageMakerMonitors:
    """Monitors, read with DescribeProcessingJob, DescribeMonitoringSchedule and ListPipelineExecutionSteps."""

    def __init__(self, sagemaker: Client) -> None:
        """`sagemaker` is boto3's client, or one that answers like it."""
        self._sagemaker = sagemaker

    def processing_job(self, name: str) -> ProcessingJob | None:
        """The job of this name, or None where SageMaker knows none."""
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
            outputs=tuple(_outputs(told)),
            created=_utc(told.get("CreationTime")),
            ended=_utc(told.get("ProcessingEndTime")),
            modified=_utc(told.get("LastModifiedTime")),
        )

    def schedule(self, name: str) -> Schedule | None:
        """The monitoring schedule of this name, or None."""
        told = ask(self._sagemaker.describe_monitoring_schedule, MonitoringScheduleName=name)
        if told is None:
            return None
        config = told.get("MonitoringScheduleConfig", {})
        newest = told.get("LastMonitoringExecutionSummary", {})
        return Schedule(
            name=told["MonitoringScheduleName"],
            arn=told["MonitoringScheduleArn"],
            status=told["MonitoringScheduleStatus"],
            endpoint=told.get("EndpointName") or _endpoint_within(config),
            monitoring_type=told.get("MonitoringType") or config.get("MonitoringType"),
            failure_reason=told.get("FailureReason"),
            running=newest.get("MonitoringExecutionStatus") in _RUNNING,
            clean=newest.get("MonitoringExecutionStatus") == _CLEAN,
            scheduled=_utc(newest.get("ScheduledTime")),
        )

    def check_step(self, execution_arn: str, step_name: str) -> CheckStep | None:
        """One step of a pipeline execution, or None. The newest try, where a step was tried again."""
        for step in self._steps(execution_arn):
            if step.get("StepName") == step_name:
                return _check_step(step_name, step)
        return None

    def _steps(self, execution_arn: str) -> Iterator[_Answer]:
        more: dict[str, str] = {}
        while True:
            page = ask(
                self._sagemaker.list_pipeline_execution_steps,
                PipelineExecutionArn=execution_arn,
                SortOrder="Descending",
                **more,
            )
            if page is None:
                return
            yield from page.get("PipelineExecutionSteps", ())
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}


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
    )


def _variables(told: Mapping[str, str]) -> dict[str, str]:
    return {name: told[name] for name in Variable if name in told}


def _outputs(told: _Answer) -> Iterator[str]:
    for output in told.get("ProcessingOutputConfig", {}).get("Outputs", ()):
        # An output may go to a feature group instead of S3.
        if uri := output.get("S3Output", {}).get("S3Uri"):
            yield uri


def _endpoint_within(config: _Answer) -> str | None:
    """The endpoint of a schedule that spells its job out instead of naming a job definition."""
    for given in config.get("MonitoringJobDefinition", {}).get("MonitoringInputs", ()):
        if name := given.get("EndpointInput", {}).get("EndpointName"):
            return str(name)
    return None


def _utc(when: datetime | None) -> datetime | None:
    return None if when is None else when.astimezone(UTC)
