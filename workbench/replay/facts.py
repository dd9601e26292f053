"""The facts of a recording about endpoints, for the plans of a replay.

If a recording holds no answers to an operation, its maker did not ask. That counts as unread, which plans nothing, and
not as absent, which would mean that a config is gone. If it answers an operation, a resource without an answer does not
exist.
"""

from collections.abc import Callable
from datetime import datetime
from typing import override

from kedge.adapters.calls import ask
from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.adapters.executions import StarterReader
from kedge.adapters.s3 import S3Artifacts
from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.domain.errors import Permanent, Transient
from kedge.domain.facts import Endpoint, EndpointConfig, Facts, Model, Needs
from kedge.domain.target import Target
from kedge.ports.facts import Artifacts, EndpointFacts, Starters
from kedge.ports.readers import Alarm
from kedge.services.alarm_confirmation import AlarmConfirmation
from kedge.services.fact_reader import FactReader, NotRecorded
from kedge.sources.event_header import Home
from workbench.recordings.clients import AnswerUnreadable, RecordedAws
from workbench.recordings.recording import Fault

_PLANNING = ("DescribeEndpoint", "DescribeEndpointConfig", "ListTags")


class RecordedFacts(FactReader):
    """Facts of a recording; `faults` are matching answers that cannot be read."""

    faults: list[Fault]

    def __init__(
        self,
        endpoints: EndpointFacts,
        artifacts: Artifacts,
        starters: Starters,
        clock: Callable[[], datetime],
        home: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(endpoints, artifacts, starters, clock, home=home)
        self.faults = []

    @override
    def read(self, needs: Needs, target: Target) -> Facts:
        try:
            return super().read(needs, target)
        except AnswerUnreadable as error:
            if error.fault not in self.faults:
                self.faults.append(error.fault)
            raise Permanent(str(error)) from error


class _Starters(StarterReader):
    """The resources that remedies start, as far as the recording has answers about them."""

    def __init__(self, aws: RecordedAws) -> None:
        super().__init__(aws.client)
        self._aws = aws

    @override
    def exists(self, using: str) -> bool | None:
        return None if self._aws.answers("sagemaker", "DescribePipeline") is None else super().exists(using)


class _Endpoints(SageMakerEndpoints):
    """Endpoints, as far as the recording has answers about them."""

    def __init__(self, aws: RecordedAws) -> None:
        super().__init__(aws.client("sagemaker"), aws.client("application-autoscaling"))
        self._aws = aws

    @override
    def endpoint(self, name: str) -> Endpoint | None:
        for operation in _PLANNING:
            self._must_tell(operation)
        found = super().endpoint(name)
        if found is None and self._aws.faults:
            raise Permanent(f"answers of the recording cannot be read: {self._aws.faults[0]}")
        return found

    @override
    def config(self, name: str) -> EndpointConfig | None:
        self._must_tell("DescribeEndpointConfig")
        return super().config(name)

    @override
    def model(self, name: str) -> Model | None:
        self._must_tell("DescribeModel")
        return super().model(name)

    @override
    def scaled(self, endpoint: str, variants: tuple[str, ...]) -> tuple[str, ...]:
        self._must_tell("DescribeScalableTargets", "application-autoscaling")
        return super().scaled(endpoint, variants)

    @override
    def tags(self, target: Target) -> dict[str, str]:
        self._must_tell("ListTags")
        return super().tags(target)

    def _must_tell(self, operation: str, service: str = "sagemaker") -> None:
        if self._aws.answers(service, operation) is None:
            raise NotRecorded(f"the recording holds no answers to {service}.{operation}")


class _Artifacts(S3Artifacts):
    """Objects, as far as the recording holds any object of their bucket."""

    def __init__(self, aws: RecordedAws) -> None:
        super().__init__(aws.client("s3"))
        self._aws = aws

    @override
    def exists(self, uri: str) -> bool:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if self._aws.answers("s3", "HeadObject") is not None and not uri.endswith("/"):
            # Kedge asks for a list; the maker of the recording may have asked for the object.
            return ask(self._aws.client("s3").head_object, Bucket=bucket, Key=key) is not None
        if self._aws.answers("s3", "ListObjectsV2") is None and not any(self._aws.shelf.keys(bucket, "")):
            raise Permanent(f"the recording holds nothing of the bucket {bucket}")
        return super().exists(uri)


def facts_of(aws: RecordedAws, clock: Callable[[], datetime], home: Home) -> RecordedFacts:
    """Return a reader of facts that asks the recording, which was made at `home`."""
    own = (home.account, home.region)
    reader = RecordedFacts(_Endpoints(aws), _Artifacts(aws), _Starters(aws), clock, own)
    reader.sees_endpoints = aws.answers("sagemaker", "DescribeEndpoint") is not None
    return reader


class _Alarms(CloudWatchAlarms):
    """Alarms of a recording, which allows no second try: a throttled call counts as refused."""

    @override
    def alarm(self, name: str) -> Alarm | None:
        try:
            return super().alarm(name)
        except Transient as error:
            raise Permanent(str(error)) from error


def confirming_of(aws: RecordedAws) -> AlarmConfirmation:
    """Return the confirmation of alarms by the answers of the recording."""
    return AlarmConfirmation(_Alarms(aws.client("cloudwatch")))
