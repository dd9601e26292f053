"""A local SageMaker without sockets, its clock in the test's hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workbench.local_sagemaker.control import Control
from workbench.local_sagemaker.onboarding import monitored_endpoint
from workbench.local_sagemaker.service import LocalSageMaker
from workbench.local_sagemaker.world import World

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Stage:
    """The service, the hand that drives it, what it sent, what it wrote, and the time."""

    now: datetime = NOON + timedelta(minutes=30)
    events: list[dict[str, Any]] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = World(clock=lambda: self.now, put_object=self._put)
        self.service = LocalSageMaker(self.world, self.events.append)
        self.control = Control(self.service)

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.service.call(operation, parameters)

    def model(self, name: str, **container: str) -> None:
        self.call("CreateModel", ModelName=name, PrimaryContainer={"Image": "xgboost", **container})

    def monitor(self, endpoint: str, *kinds: str) -> None:
        for operation, parameters in monitored_endpoint(endpoint, bucket="reports", kinds=kinds):
            self.call(operation, **parameters)
        self.events.clear()

    def _put(self, bucket: str, key: str, body: bytes) -> None:
        self.objects[f"s3://{bucket}/{key}"] = body


@pytest.fixture
def stage() -> Stage:
    return Stage()
