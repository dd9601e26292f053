"""Reads what a signal only points at, and lays aside what cannot be read."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from kedge.domain.alarm import Watched
from kedge.domain.errors import InputError
from kedge.domain.target import Target


class Variable(StrEnum):
    """The environment variables of a monitoring job that Kedge reads. A container may be given secrets in any other."""

    SCHEDULE = "sagemaker_monitoring_schedule_name"
    ENDPOINT = "sagemaker_endpoint_name"
    KIND = "analysis_type"
    START = "start_time"
    END = "end_time"


class ProcessingJob(Struct, frozen=True, kw_only=True):
    """What DescribeProcessingJob tells, as far as Kedge reads it. Times are aware datetimes; `environment` has no other names than Variable's."""

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

    `scheduled` is the time that the run was meant for. `job` is the ARN of its processing job, None if it never had one.
    """

    status: str
    scheduled: datetime | None = None
    job: str | None = None

    @property
    def is_running(self) -> bool:
        """Whether the run has not ended."""
        return self.status in {"Pending", "InProgress", "Stopping"}

    @property
    def is_clean(self) -> bool:
        """Whether the run ended and found nothing: with findings, it is CompletedWithViolations."""
        return self.status == "Completed"


class Schedule(Struct, frozen=True, kw_only=True):
    """What DescribeMonitoringSchedule tells. `monitoring_type` is SageMaker's own word, None where it gives none.

    `newest` is its newest execution, None before the first one.
    """

    name: str
    arn: str
    status: str
    endpoint: str | None = None
    monitoring_type: str | None = None
    failure_reason: str | None = None
    newest: PipelineExecution | None = None


class CheckStep(Struct, frozen=True, kw_only=True):
    """A QualityCheck or ClarifyCheck step of a pipeline execution, from ListPipelineExecutionSteps.

    `check_type` is SageMaker's own word (`DATA_QUALITY`, `MODEL_BIAS` …), `report` the URI of its violations, if any. `skipped` says that it
    was told not to check, `cached` that it took the result of an earlier execution.
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
    """What DescribeAlarms tells of one alarm.

    `state` is `ALARM`, `OK` or `INSUFFICIENT_DATA`, None if not told, `since` when the alarm came to it (UTC), and `reason` why. `measured` says that datapoints
    stand behind that state: an alarm whose state was only set shows none. `observed` is the newest of them, and `limit` what it was compared with.
    `suppressed_by` is set where the actions of a composite alarm are suppressed. `metrics` are all that an expression is made of.
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
    metrics: tuple[Watched, ...] = ()

    @property
    def everything(self) -> tuple[Watched, ...]:
        """All that the alarm looks at."""
        return self.metrics or (Watched(namespace=self.namespace, name=self.metric, dimensions=self.dimensions),)


class Monitors(Protocol):
    """Reads what a SageMaker event only points at."""

    def processing_job(self, name: str) -> ProcessingJob | None:
        """The job of this name, or None where SageMaker knows none."""

    def schedule(self, name: str) -> Schedule | None:
        """The monitoring schedule of this name, or None."""

    def executions(self, schedule: str, since: datetime, until: datetime) -> tuple[PipelineExecution, ...]:
        """The executions of a schedule that were meant for a time from `since` to before `until`, newest first."""

    def schedule_of(self, job_arn: str, since: datetime, until: datetime) -> str | None:
        """The name of the schedule whose execution, made from `since` to before `until`, ran a job; None where SageMaker lists none."""

    def check_step(self, execution_arn: str, step_name: str) -> CheckStep | None:
        """One step of a pipeline execution, or None."""


class Alarms(Protocol):
    """Reads what a bare alarm message leaves out."""

    def alarm(self, name: str) -> Alarm | None:
        """The metric or composite alarm of this name in this account and Region, or None."""

    def contributors(self, name: str) -> frozenset[str] | None:
        """The ids of the contributors of an alarm that are in ALARM now; None where CloudWatch knows no such alarm."""


class Tags(Protocol):
    """Reads the tags of what is monitored."""

    def of(self, target: Target) -> dict[str, str]:
        """The tags of an endpoint or schedule; none of anything else, and none where they cannot be read: never raises."""


class Piece(Struct, frozen=True):
    """An object's first bytes and its whole size in bytes."""

    data: bytes
    size: int


class Objects(Protocol):
    """Reads objects in S3."""

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        """At most the first `most` bytes of an object, or None where there is none (NoSuchKey, NoSuchBucket)."""


class DeadLetters(Protocol):
    """Keeps what cannot be read, so that somebody can look at it."""

    def keep(self, body: str, fault: InputError) -> str:
        """Keep a body as it came, with its fault beside it, and return the id of what was kept."""


class Receipts(Protocol):
    """Tells whether a message really came out of the signals queue."""

    def knows(self, queue: str | None, receipt: str | None) -> bool:
        """Whether the signals queue has handed out this receipt just now. `queue` is the ARN that the message names."""


class Backlog(Protocol):
    """Tells how many messages wait in a queue."""

    def waiting(self) -> int:
        """Return about how many messages there are."""


class Redelivery(Protocol):
    """Offers again what could not be handled."""

    def hasten(self, receipt: str, receive: int) -> None:
        """Let a message come again after its `receive`-th failed try, sooner than the queue would. Never raises."""


class Queue(Protocol):
    """Carries messages onward."""

    def send(self, bodies: Mapping[str, str]) -> set[str]:
        """Send bodies by id; returns the ids of those that were not taken."""
