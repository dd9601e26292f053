"""An account in which a day passed: the local SageMaker behind boto3's own client, reports and alarms in memory."""

import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.samples import event
from tests.unit.workbench.record.alarms import described, history
from tests.unit.workbench.record.ledger import LedgerTable
from tests.unit.workbench.recordings.build import answers, signals
from workbench.demo.evidence import drifted, statistics
from workbench.local_sagemaker.onboarding import monitored_endpoint, schedule_name, send
from workbench.local_sagemaker.server import SageMakerServer
from workbench.local_sagemaker.service import LocalSageMaker
from workbench.local_sagemaker.world import World
from workbench.record.session import Clients, only_reading
from workbench.recordings.recording import moment

DAY = datetime(2026, 11, 20, tzinfo=UTC)
KINDS = ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")


@dataclass
class Buckets:
    """S3's GetObject. `denied` holds the ends of keys that may not be read."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    denied: tuple[str, ...] = ()
    read: Counter[str] = field(default_factory=Counter)

    def put(self, bucket: str, key: str, body: bytes) -> None:
        self.objects[bucket, key] = body

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803  boto3's own names
        self.read[Key] += 1
        if self.denied and Key.endswith(self.denied):
            raise refusal("AccessDenied", 403)
        if (Bucket, Key) not in self.objects:
            raise refusal("NoSuchKey", 404)
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}


@dataclass
class CloudWatch:
    """Alarms with their histories, listed in one page."""

    samples: list[dict[str, Any]] = field(default_factory=list)

    def get_paginator(self, method: str) -> "CloudWatch":
        self._method = method
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        if self._method == "describe_alarms":
            kind = f"{asked['AlarmTypes'][0]}s"
            alarms = [each for each in map(described, self.samples) if ("AlarmRule" in each) == (kind[0] == "C")]
            return [{kind: list({alarm["AlarmName"]: alarm for alarm in alarms}.values())}]
        return [{"AlarmHistoryItems": [history(each) for each in self.samples if self._fits(each, asked)]}]

    @staticmethod
    def _fits(sample: dict[str, Any], asked: dict[str, Any]) -> bool:
        at = moment(sample["detail"]["state"]["timestamp"])
        return sample["detail"]["alarmName"] == asked["AlarmName"] and asked["StartDate"] <= at < asked["EndDate"]


@dataclass
class PastDay:
    """The account, what it emitted, and which operations were called."""

    server: SageMakerServer
    buckets: Buckets
    cloudwatch: CloudWatch
    emitted: list[dict[str, Any]]
    called: Counter[str] = field(default_factory=Counter)
    ledger: LedgerTable = field(default_factory=lambda: LedgerTable(()))

    def session(self, *_: str | None) -> Clients:
        return self.client

    def client(self, service: str) -> Any:
        if service != "sagemaker":
            return {"s3": self.buckets, "cloudwatch": self.cloudwatch, "dynamodb": self.ledger}[service]
        config = Config(retries={"mode": "standard", "total_max_attempts": 3})
        client = boto3.client("sagemaker", region_name="us-east-1", endpoint_url=self.server.url, config=config)
        client.meta.events.register_first("before-parameter-build", only_reading)
        client.meta.events.register("before-parameter-build", self._count)
        return client

    def _count(self, model: Any, **_: object) -> None:
        self.called[model.name] += 1


def refusal(code: str, status: int) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject"
    )


@pytest.fixture
def past_day():
    buckets, emitted = Buckets(), []
    with SageMakerServer(LocalSageMaker(World(put_object=buckets.put), emitted.append)) as server:
        sagemaker = boto3.client("sagemaker", region_name="us-east-1", endpoint_url=server.url)
        send(sagemaker, monitored_endpoint("Churn", bucket="reports", tags={"owner": "oncall"}))
        sagemaker.close()
        emitted.clear()  # of the making of endpoint and schedules, which was not on that day
        for hour in range(24):
            for kind in KINDS:
                play(server.control.finish_run, kind, hour)
        alarms = [event("eventbridge.alarm.alarm"), event("eventbridge.alarm.ok"), event("eventbridge.alarm.composite")]
        yield PastDay(server, buckets, CloudWatch(alarms), [*emitted, *alarms])


def play(finish_run: Callable[..., object], kind: str, hour: int) -> None:
    """Drift from six to eight, everything broken at noon, no data at one, else a clean day."""
    verdict = {12: "failed", 13: "no_data"}.get(hour, "clean")
    more: dict[str, Any] = {"statistics": statistics(4_000)} if verdict == "clean" else {}
    if kind == "DataQuality" and 6 <= hour <= 8:
        verdict, more = "violated", {"report": drifted(), "statistics": statistics(4_000)}
    finish_run(schedule_name("Churn", kind), DAY.replace(hour=hour), verdict, **more)


def emitted_recording(folder: Path, past: PastDay) -> Path:
    """The recording that somebody would have made who had listened all day, and knew everything of SageMaker and S3."""
    lines = sorted(past.emitted, key=lambda each: each["time"])
    # Only the event tells that an alarm's actions were suppressed: no history does, so that a recorded one is told.
    for each in lines:
        for gone in ("actionsSuppressedBy", "actionsSuppressedReason"):
            each["detail"].get("state", {}).pop(gone, None)
    signals(folder, [json.dumps({"at": each["time"], "event": each}) for each in lines])
    world = past.server.service.world
    described = (
        {"request": {"ProcessingJobName": name}, "response": json.loads(json.dumps(job, default=datetime.isoformat))}
        for name, job in world.processing_jobs.items()
    )
    answers(folder, "sagemaker.DescribeProcessingJob", *described)
    tags = [{"Key": "owner", "Value": "oncall"}]
    answers(folder, "sagemaker.ListTags", {"request": {}, "response": {"Tags": tags}})
    for (bucket, key), body in past.buckets.objects.items():
        path = folder / "s3" / bucket / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder
