"""The port that lists what SageMaker did, for the function that looks for lost events."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Protocol

from msgspec import Struct

_JOB_STATUSES: Final = {
    "Completed": "Completed",
    "CompletedWithViolations": "Completed",
    "Failed": "Failed",
    "Stopped": "Stopped",
}


class MonitoringExecution(Struct, frozen=True, kw_only=True):
    """One run of a monitoring schedule, as ListMonitoringExecutions summarises it. Times are UTC.

    `status` is SageMaker's MonitoringExecutionStatus. `job` is the ARN of the processing job, None for a run that never had
    one. `endpoint` is None for a batch schedule, and `monitoring_type` is SageMaker's own word.
    """

    schedule: str
    scheduled: datetime
    status: str
    created: datetime
    modified: datetime
    job: str | None = None
    endpoint: str | None = None
    monitoring_type: str | None = None
    failure_reason: str | None = None

    @property
    def job_status(self) -> str | None:
        """Return the status of the processing job at the end of the run; None while it runs."""
        return _JOB_STATUSES.get(self.status)


class ListedSchedule(Struct, frozen=True, kw_only=True):
    """One monitoring schedule, as ListMonitoringSchedules summarises it. Times are UTC, `status` is SageMaker's."""

    name: str
    arn: str
    status: str
    created: datetime
    modified: datetime
    endpoint: str | None = None
    monitoring_type: str | None = None


class ListedPipeline(Struct, frozen=True, kw_only=True):
    """One pipeline, as ListPipelines summarises it. `last_run` is when its newest execution began, UTC."""

    name: str
    created: datetime
    last_run: datetime | None = None


class ListedPipelineExecution(Struct, frozen=True, kw_only=True):
    """One execution of a pipeline, as ListPipelineExecutions summarises it. `status` is SageMaker's."""

    arn: str
    status: str


class ListedStep(Struct, frozen=True, kw_only=True):
    """One check step of an execution.

    `kind` is `QualityCheck` or `ClarifyCheck`, and `check_type` SageMaker's word for what it checks.
    """

    name: str
    kind: str
    status: str
    check_type: str = ""


class ScheduleTimes(Struct, frozen=True, kw_only=True):
    """The times of a schedule, UTC.

    It runs by its `expression` since it `began`: when it was made, started or changed. `newest` is the time for which its
    newest run was scheduled, None if it never ran.
    """

    expression: str
    began: datetime
    newest: datetime | None = None

    @property
    def since(self) -> datetime:
        """Return the moment after which the next run is expected."""
        return self.began if self.newest is None else max(self.began, self.newest)


class Listings(Protocol):
    """The lists of an account and Region, page by page: the memory of a pass is that of a page."""

    def executions(
        self, since: datetime, until: datetime, made_after: datetime | None
    ) -> Iterator[tuple[MonitoringExecution, ...]]:
        """Yield the pages of all executions that changed from `since` to `until` (both inclusive), the oldest first.

        `made_after` limits them to those that were created at or after it. Raises Transient or Permanent.
        """

    def schedules(self, made_after: datetime | None) -> Iterator[tuple[ListedSchedule, ...]]:
        """Yield the pages of all monitoring schedules, the oldest first.

        `made_after` limits them to those that were created at or after it. Raises Transient or Permanent.
        """

    def times(self, schedule: ListedSchedule) -> ScheduleTimes | None:
        """Return when a schedule runs, and when it ran last; None if it was deleted. Raises Transient or Permanent."""

    def pipelines(self, made_after: datetime | None) -> Iterator[tuple[ListedPipeline, ...]]:
        """Yield the pages of all pipelines, the oldest first.

        `made_after` limits them to those that were created at or after it. Raises Transient or Permanent.
        """

    def pipeline_executions(self, pipeline: str, since: datetime) -> Iterator[ListedPipelineExecution]:
        """Yield the executions of a pipeline that began at or after a moment. Raises Transient or Permanent."""

    def pipeline_status(self, execution: str) -> str | None:
        """Return the status of an execution by its ARN; None if it was deleted. Raises Transient or Permanent."""

    def check_steps(self, execution: str) -> tuple[ListedStep, ...]:
        """Return the newest try of each check step of an execution. Raises Transient or Permanent."""
