"""What a recording tells of targets that are gone.

A recording is asked of what it holds an answer about, and of nothing else: that nobody wrote down what AWS said of an endpoint does not
mean that there is none.
"""

from typing import override

from kedge.aws.endpoint_facts import SageMakerEndpoints
from kedge.aws.monitors import SageMakerMonitors
from kedge.domain.facts import Endpoint
from kedge.errors import Permanent
from kedge.ports import Schedule
from kedge.remedies.ending import Ending
from kedge.sources.origin import Home
from workbench.recordings.clients import AnswerUnreadable, RecordedAws


def ending_of(aws: RecordedAws, home: Home) -> Ending:
    """What finds targets that are gone by the answers of the recording, which was made at `home`."""
    return Ending(_Schedules(aws), _Endpoints(aws), home.account, home.region)


class _Schedules(SageMakerMonitors):
    def __init__(self, aws: RecordedAws) -> None:
        super().__init__(aws.client("sagemaker"))
        self._aws = aws

    @override
    def schedule(self, name: str) -> Schedule | None:
        _must_tell(self._aws, "DescribeMonitoringSchedule", MonitoringScheduleName=name)
        try:
            return super().schedule(name)
        except AnswerUnreadable as error:
            raise Permanent(str(error)) from error


class _Endpoints(SageMakerEndpoints):
    def __init__(self, aws: RecordedAws) -> None:
        super().__init__(aws.client("sagemaker"), aws.client("application-autoscaling"))
        self._aws = aws

    @override
    def endpoint(self, name: str) -> Endpoint | None:
        _must_tell(self._aws, "DescribeEndpoint", EndpointName=name)
        try:
            return super().endpoint(name)
        except AnswerUnreadable as error:
            raise Permanent(str(error)) from error


def _must_tell(aws: RecordedAws, operation: str, **asked: str) -> None:
    answers = aws.answers("sagemaker", operation)
    if answers is None or answers.find(asked, aws.clock()) is None:
        raise Permanent(f"the recording holds no answer of {operation} about {next(iter(asked.values()))}")
