"""Reads what a signal only points at, and lays aside what cannot be read."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from kedge.domain.malformed import InputError
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


class Schedule(Struct, frozen=True, kw_only=True):
    """What DescribeMonitoringSchedule tells. `monitoring_type` is SageMaker's own word, None where it gives none.

    `running` says that the newest execution has not ended, `clean` that it ended and found nothing; `scheduled` is for when
    it was meant.
    """

    name: str
    arn: str
    status: str
    endpoint: str | None = None
    monitoring_type: str | None = None
    failure_reason: str | None = None
    running: bool = False
    clean: bool = False
    scheduled: datetime | None = None


class CheckStep(Struct, frozen=True, kw_only=True):
    """A QualityCheck or ClarifyCheck step of a pipeline execution, from ListPipelineExecutionSteps.

    `check_type` is SageMaker's own word (`DATA_QUALITY`, `MODEL_BIAS` …), `report` the URI of its violations, if any.
    """

    name: str
    status: str
    check_type: str = ""
    report: str | None = None
    job_arn: str | None = None
    failure_reason: str | None = None
    ended: datetime | None = None


class Alarm(Struct, frozen=True, kw_only=True):
    """What DescribeAlarms tells of one metric alarm."""

    arn: str
    namespace: str | None = None
    metric: str | None = None
    dimensions: dict[str, str] = {}
    threshold: float | None = None


class Monitors(Protocol):
    """Reads what a SageMaker event only points at."""

    def processing_job(self, name: str) -> ProcessingJob | None:
        """The job of this name, or None where SageMaker knows none."""

    def schedule(self, name: str) -> Schedule | None:
        """The monitoring schedule of this name, or None."""

    def check_step(self, execution_arn: str, step_name: str) -> CheckStep | None:
        """One step of a pipeline execution, or None."""


class Alarms(Protocol):
    """Reads what a bare alarm message leaves out."""

    def alarm(self, name: str) -> Alarm | None:
        """The metric alarm of this name in this account and region, or None."""


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


class Queue(Protocol):
    """Carries messages onward."""

    def send(self, bodies: Mapping[str, str]) -> set[str]:
        """Send bodies by id; returns the ids of those that were not taken."""
