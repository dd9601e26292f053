"""The world of the sample events: endpoint churn-prod of account 111122223333, as SageMaker would describe it."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from kedge.domain.provenance import EntryPoint
from kedge.domain.signal import AnySignal, Ignored
from kedge.ports.readers import CheckStep, ProcessingJob, Schedule
from kedge.sources.operator_fields import UNKNOWN
from kedge.sources.operator_requests import is_personal, read_person
from kedge.sources.reader import Home, Reader
from tests.fakes.reading import FakeAlarms, FakeMonitors, FakeObjects
from tests.support import samples

HOME = Home("999900001111", "eu-west-1")
RECEIVED = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
SAGEMAKER = "arn:aws:sagemaker:us-east-1:111122223333"
REPORTS = "s3://sagemaker-us-east-1-111122223333/churn/reports"
HOUR = f"{REPORTS}/churn-prod/churn-data-quality/2026/11/20/10"
REPORT = f"{HOUR}/constraint_violations.json"
TARGET = "111122223333/us-east-1/endpoint/churn-prod"
STAMP = "202611201000-de32d8acceeef6a1626b8fa6"
EXECUTION = f"{SAGEMAKER}:pipeline/churn-retrain/execution/p4jn9xou8a8s"
ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
MERGER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-groundtruth-merger"

VIOLATED = b"""{"violations": [
 {"feature_name": "tenure", "constraint_check_type": "baseline_drift_check",
  "description": "Baseline drift distance: 0.41 exceeds threshold: 0.1"},
 {"feature_name": "age", "constraint_check_type": "completeness_check", "description": "Value: 0.2 does not meet ..."}]}"""
CLEAN = b'{"violations": []}'

SCHEDULE = Schedule(
    name="churn-data-quality",
    arn=f"{SAGEMAKER}:monitoring-schedule/churn-data-quality",
    status="Scheduled",
    endpoint="churn-prod",
    monitoring_type="DataQuality",
)
ENVIRONMENT = {
    "analysis_type": "DATA_QUALITY",
    "sagemaker_endpoint_name": "churn-prod",
    "sagemaker_monitoring_schedule_name": "churn-data-quality",
    "start_time": "2026-11-20T09:00:00Z",
    "end_time": "2026-11-20T10:00:00Z",
}
JOB = ProcessingJob(
    name=f"model-monitoring-{STAMP}",
    arn=f"{SAGEMAKER}:processing-job/model-monitoring-{STAMP}",
    status="Completed",
    exit_message="CompletedWithViolations: Job completed successfully with 2 violations.",
    schedule_arn=SCHEDULE.arn,
    image=ANALYZER,
    environment=ENVIRONMENT,
    outputs=(HOUR,),
    ended=datetime(2026, 11, 20, 10, 12, 31, tzinfo=UTC),
)


def job(**changes: Any) -> ProcessingJob:
    """The usual data quality job, but for some fields."""
    return msgspec.structs.replace(JOB, **changes)


def check_step(**changes: Any) -> CheckStep:
    """The quality check of the sample pipeline, failed with a report."""
    usual = CheckStep(
        name="check-data-quality",
        status="Failed",
        check_type="DATA_QUALITY",
        report=f"{REPORTS}/check/constraint_violations.json",
        job_arn=f"{SAGEMAKER}:processing-job/pipelines-p4jn9xou8a8s-check-x1",
        failure_reason="CheckJobFailed",
    )
    return msgspec.structs.replace(usual, **changes)


class World:
    """A reader and the fakes behind it. What is handed to it comes by `entry_point`."""

    entry_point = EntryPoint.DIRECT

    def __init__(
        self,
        *known: ProcessingJob | Schedule,
        objects: dict[str, bytes] | None = None,
        steps: list[CheckStep] | None = None,
        home: Home = HOME,
        buckets: frozenset[str] | None = None,
        alarms_topic: str | None = None,
    ) -> None:
        self.monitors = FakeMonitors(*known, steps={(EXECUTION, step.name): step for step in steps or []})
        self.alarms = FakeAlarms()
        self.objects = FakeObjects(objects)
        self.reader = Reader(self.monitors, self.alarms, self.objects, home, buckets=buckets, alarms_topic=alarms_topic)
        self.proven = True
        self.asked = 0

    def reads(self, raw: object) -> tuple[AnySignal | Ignored, ...]:
        """All that a delivery holds, by the entry point that takes it."""
        if is_personal(raw) and self.entry_point is EntryPoint.PEOPLE:
            return (read_person(raw, HOME, RECEIVED, UNKNOWN),)
        return self.reader.read(raw, RECEIVED, self.entry_point, self._is_proven)

    def by(self, entry_point: EntryPoint) -> "World":
        """The same world, where everything comes by another entry point from now on."""
        self.entry_point = entry_point
        return self

    def one(self, raw: object) -> Any:
        """The only thing that a delivery, or a sample event of this name, holds."""
        (found,) = self.reads(samples.event(str(raw)) if raw in samples.names() else raw)
        return found

    def _is_proven(self) -> bool:
        self.asked += 1
        return self.proven


def processing_event(changed: ProcessingJob = JOB, status: str | None = None, **detail: Any) -> dict[str, Any]:
    """The sample event, told of another job."""
    event: dict[str, Any] = samples.event("eventbridge.processing_job.completed")
    told = {
        "ProcessingJobName": changed.name,
        "ProcessingJobArn": changed.arn,
        "ProcessingJobStatus": status or changed.status,
        "AppSpecification": {"ImageUri": changed.image},
    }
    event["detail"] |= told | detail
    event["resources"] = [changed.arn]
    return event
