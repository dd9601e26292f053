"""The ports that read what a signal only points at, and keep what cannot be read."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from kedge.domain.alarm import WatchedMetric
from kedge.domain.errors import InputError
from kedge.domain.target import Target
from kedge.ports.watched import MonitoringExecution


class Variable(StrEnum):
    """The environment variables of a monitoring job that Kedge reads. Others may hold the container's secrets."""

    SCHEDULE = "sagemaker_monitoring_schedule_name"
    ENDPOINT = "sagemaker_endpoint_name"
    KIND = "analysis_type"
    START = "start_time"
    END = "end_time"


class ProcessingJob(Struct, frozen=True, kw_only=True):
    """The fields of DescribeProcessingJob that Kedge reads.

    Times are aware datetimes. `environment` has only the names of Variable.
    """

    name: str
    arn: str
    status: str
    exit_message: str | None = None
    failure_reason: str | None = None
    schedule_arn: str | None = None
    image: str = ""
    environment: dict[str, str] = {}
    outputs: tuple[str, ...] = ()
    created: datetime | None = None
    ended: datetime | None = None
    modified: datetime | None = None


class PipelineExecution(Struct, frozen=True, kw_only=True):
    """One run of a monitoring schedule, as DescribeMonitoringSchedule and ListMonitoringExecutions summarise it.

    `scheduled` is the time that the run was scheduled for. `job` is the ARN of its processing job, None if it never had
    one.
    """

    status: str
    scheduled: datetime | None = None
    job: str | None = None

    @property
    def is_running(self) -> bool:
        """Return whether the run still runs."""
        return self.status in {"Pending", "InProgress", "Stopping"}

    @property
    def is_clean(self) -> bool:
        """Return whether the run ended without findings; with findings, it is CompletedWithViolations."""
        return self.status == "Completed"


class Schedule(Struct, frozen=True, kw_only=True):
    """The fields of DescribeMonitoringSchedule. `monitoring_type` is SageMaker's own word, None if it is missing.

    `newest` is its newest execution, None before the first one. `modified` is when the schedule was changed last (UTC).
    `expression` says when it runs.
    """

    name: str
    arn: str
    status: str
    endpoint: str | None = None
    monitoring_type: str | None = None
    failure_reason: str | None = None
    newest: PipelineExecution | None = None
    modified: datetime | None = None
    expression: str = ""


class CheckStep(Struct, frozen=True, kw_only=True):
    """A QualityCheck or ClarifyCheck step of a pipeline execution, from ListPipelineExecutionSteps.

    `check_type` is SageMaker's own word (`DATA_QUALITY`, `MODEL_BIAS` …). `report` is the URI of its violations, if
    any. `skipped` means that the check was disabled, `cached` that the result is from an earlier execution.
    """

    name: str
    status: str
    check_type: str = ""
    report: str | None = None
    job_arn: str | None = None
    failure_reason: str | None = None
    ended: datetime | None = None
    skipped: bool = False
    cached: bool = False


class Alarm(Struct, frozen=True, kw_only=True):
    """The fields of DescribeAlarms for one alarm.

    `state` is `ALARM`, `OK` or `INSUFFICIENT_DATA`, None if unknown. `since` is when the alarm entered it (UTC), and
    `reason` is why. `measured` means that datapoints support the state; an alarm whose state was only set has none.
    `observed` is the newest datapoint, and `limit` its threshold. `suppressed_by` is set if the actions of a composite
    alarm are suppressed. `metrics` are all metrics of an expression.
    """

    arn: str
    state: str | None = None
    since: datetime | None = None
    reason: str = ""
    description: str = ""
    measured: bool = False
    observed: float | None = None
    limit: float | None = None
    suppressed_by: str | None = None
    namespace: str | None = None
    metric: str | None = None
    dimensions: dict[str, str] = {}
    threshold: float | None = None
    metrics: tuple[WatchedMetric, ...] = ()

    @property
    def everything(self) -> tuple[WatchedMetric, ...]:
        """Return everything that the alarm watches."""
        return self.metrics or (WatchedMetric(namespace=self.namespace, name=self.metric, dimensions=self.dimensions),)


class Monitors(Protocol):
    """The jobs, schedules and steps that a SageMaker event points at."""

    def processing_job(self, name: str) -> ProcessingJob | None:
        """Return the job of this name, or None if SageMaker does not know it."""

    def schedule(self, name: str) -> Schedule | None:
        """Return the monitoring schedule of this name, or None."""

    def executions(self, schedule: str, since: datetime, until: datetime) -> tuple[PipelineExecution, ...]:
        """Return the executions scheduled from `since` (inclusive) to `until` (exclusive), the newest first."""

    def execution(self, schedule: str, scheduled: datetime) -> MonitoringExecution | None:
        """Return the execution of a schedule for a scheduled time, or None if SageMaker does not list one."""

    def schedule_of(self, job_arn: str, since: datetime, until: datetime) -> str | None:
        """Return the name of the schedule whose execution ran a job, or None if SageMaker does not list one.

        It searches the executions that were created from `since` (inclusive) to `until` (exclusive).
        """

    def check_step(self, execution_arn: str, step_name: str) -> CheckStep | None:
        """Return one step of a pipeline execution, or None."""


class Alarms(Protocol):
    """The alarms, for what a plain alarm message leaves out."""

    def alarm(self, name: str) -> Alarm | None:
        """Return the metric or composite alarm of this name in this account and Region, or None."""

    def contributors(self, name: str) -> frozenset[str] | None:
        """Return the ids of the alarm's contributors that are in ALARM now; None if CloudWatch has no such alarm."""


class Tags(Protocol):
    """The tags of what is monitored."""

    def of(self, target: Target) -> dict[str, str]:
        """Return the tags of an endpoint or schedule; none for other targets or if they cannot be read.

        Never raises.
        """


class Piece(Struct, frozen=True):
    """An object's first bytes and its whole size in bytes."""

    data: bytes
    size: int


class Objects(Protocol):
    """The objects in S3."""

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        """Return the first `most` bytes of an object, or None if there is none (NoSuchKey, NoSuchBucket)."""


class DeadLetters(Protocol):
    """The store of unreadable input, for the operator to inspect."""

    def keep(self, body: str, fault: InputError) -> str:
        """Keep a body unchanged, with its fault beside it, and return the id of the entry."""


class Receipts(Protocol):
    """The receipts of the signals queue."""

    def knows(self, queue: str | None, receipt: str | None) -> bool:
        """Return whether the signals queue just issued this receipt. `queue` is the ARN that the message names."""


class Backlog(Protocol):
    """The backlog of a queue."""

    def waiting(self) -> int:
        """Return the approximate number of messages in the queue."""


class Redelivery(Protocol):
    """The redelivery of failed messages."""

    def hasten(self, receipt: str, receive: int) -> None:
        """Let a message return after its `receive`-th failed try, sooner than the queue would. Never raises."""


class Queue(Protocol):
    """A queue that carries messages onward."""

    def send(self, bodies: Mapping[str, str]) -> set[str]:
        """Send bodies by id; return the ids of those that were not accepted."""
