"""The real adapters over recorded clients: what is replayed is what is deployed.

Objects are the exception, as long as the recording holds no answers of S3 beside the files: see `Files`.
"""

from collections.abc import Container
from datetime import datetime
from itertools import count
from typing import Any, Protocol, override

from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.adapters.s3 import S3Objects
from kedge.adapters.sagemaker.monitors import SageMakerMonitors
from kedge.adapters.sagemaker.tags import SageMakerTags
from kedge.domain.errors import Permanent
from kedge.ports.readers import Monitors, Objects, PipelineExecution
from kedge.sources.reader import Home, Reader
from workbench.recordings.clients import RecordedAws
from workbench.recordings.files import Files


class Aws(Protocol):
    """Where answers come from: a recording, or the account of which one is being made."""

    def client(self, service: str) -> Any:
        """A client that answers like boto3's, by boto3's name for the service."""


def reader_of(aws: Aws, home: Home, buckets: Container[str] | None = None) -> Reader:
    """A reader whose ports ask the recording. `home` is where the recording was made, `buckets` are those whose reports are taken."""
    return Reader(
        monitors=_monitors(aws),
        alarms=CloudWatchAlarms(aws.client("cloudwatch")),
        objects=_objects(aws),
        home=home,
        # Time in a recording is the signal's: no answer is believed for longer than one question.
        tags=SageMakerTags(aws.client("sagemaker"), count(step=1_000.0).__next__, lambda *_: None),
        buckets=buckets,
    )


class _Unlisted(SageMakerMonitors):
    """SageMaker as a recording knows it that holds no list of executions: it cannot say that there was none."""

    @override
    def executions(self, schedule: str, since: datetime, until: datetime) -> tuple[PipelineExecution, ...]:
        raise Permanent(f"the recording does not hold the executions of {schedule}")

    @override
    def schedule_of(self, job_arn: str, since: datetime, until: datetime) -> str | None:
        raise Permanent(f"the recording does not say which schedule's execution ran {job_arn}")


def _monitors(aws: Aws) -> Monitors:
    sagemaker = aws.client("sagemaker")
    if isinstance(aws, RecordedAws) and aws.answers("sagemaker", "ListMonitoringExecutions") is None:
        return _Unlisted(sagemaker)
    return SageMakerMonitors(sagemaker)


def _objects(aws: Aws) -> Objects:
    if isinstance(aws, RecordedAws) and aws.answers("s3", "GetObject") is None:
        return Files(aws.shelf)
    return S3Objects(aws.client("s3"))
