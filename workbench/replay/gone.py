"""Finds deleted targets by the answers of a recording.

Kedge asks a recording only if it holds an answer. A missing answer about an endpoint does not mean that the endpoint is
gone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import override

from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.adapters.sagemaker.monitors import SageMakerMonitors
from kedge.domain.errors import Permanent
from kedge.domain.facts import Endpoint
from kedge.ports.readers import Schedule
from kedge.services.deleted_targets import DeletedTargets
from kedge.sources.event_header import Home
from workbench.recordings.clients import AnswerUnreadable, RecordedAws


def ending_of(aws: RecordedAws, home: Home) -> DeletedTargets:
    """Return the finder of deleted targets for a recording of `home`."""
    return DeletedTargets(_Schedules(aws), _Endpoints(aws), home.account, home.region)


class _Schedules(SageMakerMonitors):
    def __init__(self, aws: RecordedAws) -> None:
        super().__init__(aws.client("sagemaker"))
        self._aws = aws

    @override
    def schedule(self, name: str) -> Schedule | None:
        with _recorded(self._aws, "DescribeMonitoringSchedule", MonitoringScheduleName=name):
            return super().schedule(name)


class _Endpoints(SageMakerEndpoints):
    def __init__(self, aws: RecordedAws) -> None:
        super().__init__(aws.client("sagemaker"), aws.client("application-autoscaling"))
        self._aws = aws

    @override
    def endpoint(self, name: str) -> Endpoint | None:
        with _recorded(self._aws, "DescribeEndpoint", EndpointName=name):
            return super().endpoint(name)


@contextmanager
def _recorded(aws: RecordedAws, operation: str, **asked: str) -> Iterator[None]:
    """Raise Permanent if the recording holds no answer to a call, or one that cannot be read."""
    answers = aws.answers("sagemaker", operation)
    if answers is None or answers.find(asked, aws.clock()) is None:
        raise Permanent(f"the recording holds no answer of {operation} about {next(iter(asked.values()))}")
    try:
        yield
    except AnswerUnreadable as error:
        raise Permanent(str(error)) from error
