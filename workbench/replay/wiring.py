"""The real adapters over recorded clients: a replay runs the deployed code.

Objects are the exception, as long as the recording holds no answers of S3 beside the files: see `Files`.
"""

from collections.abc import Container
from datetime import datetime
from itertools import count
from typing import Any, Final, Protocol, override

from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.adapters.s3 import S3Objects
from kedge.adapters.sagemaker.monitors import SageMakerMonitors
from kedge.adapters.sagemaker.tags import SageMakerTags
from kedge.domain.errors import Permanent
from kedge.ports.readers import Monitors, Objects, PipelineExecution, Schedule
from kedge.ports.watched import MonitoringExecution
from kedge.sources.reader import Home, Reader
from workbench.recordings.clients import RecordedAws
from workbench.recordings.files import Files

# A fleet has some hundreds of schedules.
_REMEMBERED: Final = 2048


class Aws(Protocol):
    """The source of answers: a recording, or the account that is being recorded."""

    def client(self, service: str) -> Any:
        """Return a client that answers like boto3's, by boto3's name for the service."""


def reader_of(aws: Aws, home: Home, buckets: Container[str] | None = None) -> Reader:
    """Return a reader whose ports ask the recording, made at `home`; `buckets` are those of accepted reports."""
    return Reader(
        monitors=_monitors(aws),
        alarms=CloudWatchAlarms(aws.client("cloudwatch")),
        objects=_objects(aws),
        home=home,
        # Time in a recording is the signal's: no answer is cached for longer than one question.
        tags=SageMakerTags(aws.client("sagemaker"), count(step=1_000.0).__next__, lambda *_: None),
        buckets=buckets,
    )


class _Recorded(SageMakerMonitors):
    """SageMaker in a recording.

    Every run asks for one of a few schedules, whose answer is mostly the same at all times.
    """

    def __init__(self, aws: RecordedAws) -> None:
        super().__init__(aws.client("sagemaker"))
        self._aws = aws
        self._lasting: dict[str, Schedule] = {}

    @override
    def schedule(self, name: str) -> Schedule | None:
        if (known := self._lasting.get(name)) is not None:
            return known
        found = super().schedule(name)
        if found is not None and len(self._lasting) < _REMEMBERED and self._is_lasting(name):
            self._lasting[name] = found
        return found

    def _is_lasting(self, name: str) -> bool:
        """Return whether the answer only depends on the name: a missing ARN comes from the event that made Kedge ask."""
        answers = self._aws.answers("sagemaker", "DescribeMonitoringSchedule")
        if answers is None or not answers.is_timeless:
            return False
        found = answers.find({"MonitoringScheduleName": name}, self._aws.clock())
        return found is not None and (found.answer.response or {}).get("MonitoringScheduleArn") is not None


class _Unlisted(_Recorded):
    """SageMaker in a recording without lists of executions: it cannot say that there was none."""

    @override
    def executions(self, schedule: str, since: datetime, until: datetime) -> tuple[PipelineExecution, ...]:
        raise Permanent(f"the recording does not hold the executions of {schedule}")

    @override
    def execution(self, schedule: str, scheduled: datetime) -> MonitoringExecution | None:
        raise Permanent(f"the recording does not hold the executions of {schedule}, such as that of {scheduled}")

    @override
    def schedule_of(self, job_arn: str, since: datetime, until: datetime) -> str | None:
        raise Permanent(f"the recording does not say which schedule's execution ran {job_arn}")


def _monitors(aws: Aws) -> Monitors:
    if not isinstance(aws, RecordedAws):
        return SageMakerMonitors(aws.client("sagemaker"))
    return _Unlisted(aws) if aws.answers("sagemaker", "ListMonitoringExecutions") is None else _Recorded(aws)


def _objects(aws: Aws) -> Objects:
    if isinstance(aws, RecordedAws) and aws.answers("s3", "GetObject") is None:
        return Files(aws.shelf)
    return S3Objects(aws.client("s3"))
