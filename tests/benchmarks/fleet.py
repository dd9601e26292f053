"""A fleet's recording of any length, written as a stream: hourly runs of 200 endpoints with 4 monitors each.

One run in 20 is violated and has a report; one in 100 failed. A clean run does not leave a file, as a monitor without
findings does not. `full` writes events and answers with everything that AWS puts into them. Otherwise they contain the
minimum that docs/recordings.md names.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from tests.support.samples import event
from workbench.local_sagemaker.events import iso, millis

ENDPOINTS: Final = 200
MONITORS: Final = (
    ("data-quality", "DataQuality", "model-monitoring"),
    ("model-quality", "ModelQuality", "model-quality-monitoring"),
    ("bias", "ModelBias", "model-bias-monitoring"),
    ("attribution", "ModelExplainability", "model-explainability-monitoring"),
)
RUNS_OF_AN_HOUR: Final = ENDPOINTS * len(MONITORS)
RUNS_OF_A_YEAR: Final = RUNS_OF_AN_HOUR * 24 * 365

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ARNS: Final = "arn:aws:sagemaker:us-east-1:111122223333"
_BUCKET: Final = "sagemaker-us-east-1-111122223333"
_ANALYZER: Final = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
_VIOLATED, _FAILED = 0.05, 0.01
_REPORT: Final = {
    "violations": [
        {
            "feature_name": feature,
            "constraint_check_type": "baseline_drift_check",
            "description": f"Baseline drift distance: {distance} exceeds threshold: 0.1",
        }
        for feature, distance in (("age", 0.41), ("tenure", 0.33), ("balance", 0.29))
    ]
}
_BUFFER: Final = 1 << 20


class Run(NamedTuple):
    """One run: its monitor, its hour, and its end."""

    endpoint: str
    schedule: str
    monitor: str
    job: str
    hour: datetime
    ended: datetime
    violated: bool
    failed: bool

    @property
    def prefix(self) -> str:
        """Return the place of its report in the bucket."""
        return f"monitoring/{self.endpoint}/{self.schedule}/{self.hour:%Y/%m/%d/%H}"

    @property
    def status(self) -> str:
        """Return its ProcessingJobStatus."""
        return "Failed" if self.failed else "Completed"


def write(folder: Path, runs: int, *, full: bool = True) -> None:
    """Write a recording of the first `runs` runs of the fleet. It takes the memory of one run."""
    answers = folder / "aws"
    answers.mkdir(parents=True, exist_ok=True)
    with (
        (folder / "signals.jsonl").open("wb", _BUFFER) as signals,
        (answers / "sagemaker.DescribeProcessingJob.jsonl").open("wb", _BUFFER) as jobs,
    ):
        for run in _runs(runs):
            signals.write(_line({"at": iso(run.ended + timedelta(minutes=1)), "event": _event(run, full=full)}))
            jobs.write(_line({"request": {"ProcessingJobName": run.job}, "response": _job(run, full=full)}))
            if run.violated:
                report = folder / "s3" / _BUCKET / run.prefix / "constraint_violations.json"
                report.parent.mkdir(parents=True, exist_ok=True)
                report.write_bytes(msgspec.json.encode(_REPORT))
    with (answers / "sagemaker.DescribeMonitoringSchedule.jsonl").open("wb") as schedules:
        schedules.writelines(map(_line, _schedules(full=full)))


def _runs(most: int) -> Iterator[Run]:
    chance = random.Random(7)  # noqa: S311  the same fleet every time
    for number in range(most):
        hours, place = divmod(number, RUNS_OF_AN_HOUR)
        hour = _START + timedelta(hours=hours)
        endpoint = f"Model-{place // len(MONITORS):03d}"
        suffix, monitor, prefix = MONITORS[place % len(MONITORS)]
        lot = chance.random()
        yield Run(
            endpoint=endpoint,
            schedule=f"{endpoint}-{suffix}",
            monitor=monitor,
            job=f"{prefix}-{hour:%Y%m%d%H%M}-{chance.getrandbits(64):016x}",
            hour=hour,
            ended=hour + timedelta(minutes=5, seconds=place),
            violated=lot < _VIOLATED,
            failed=_VIOLATED <= lot < _VIOLATED + _FAILED,
        )


def _event(run: Run, *, full: bool) -> dict[str, Any]:
    arn = f"{_ARNS}:processing-job/{run.job}"
    detail = {"ProcessingJobName": run.job, "ProcessingJobArn": arn, "ProcessingJobStatus": run.status}
    told = {
        "version": "0",
        "detail-type": "SageMaker Processing Job State Change",
        "source": "aws.sagemaker",
        "account": "111122223333",
        "time": iso(run.ended),
        "region": "us-east-1",
        "resources": [arn],
    }
    if not full:
        return {**told, "detail": detail}
    times = {
        "ProcessingEndTime": millis(run.ended),
        "ProcessingStartTime": millis(run.ended - timedelta(minutes=4)),
        "LastModifiedTime": millis(run.ended),
        "CreationTime": millis(run.hour),
    }
    return {**_SAMPLE, **told, "detail": {**_SAMPLE["detail"], **detail, **times}}


def _job(run: Run, *, full: bool) -> dict[str, Any]:
    """Return a job's description. A short one still contains everything that only DescribeProcessingJob knows."""
    told = {
        "ProcessingJobStatus": run.status,
        "ProcessingEndTime": iso(run.ended),
        "MonitoringScheduleArn": f"{_ARNS}:monitoring-schedule/{run.schedule.lower()}",
        "Environment": {
            "sagemaker_monitoring_schedule_name": run.schedule,
            "sagemaker_endpoint_name": run.endpoint,
            "start_time": iso(run.hour - timedelta(hours=1)),
            "end_time": iso(run.hour),
        },
        "ProcessingOutputConfig": {"Outputs": [_output(run)]},
        **_said(run),
    }
    if not full:
        return told
    return {
        **told,
        "ProcessingJobName": run.job,
        "ProcessingJobArn": f"{_ARNS}:processing-job/{run.job}",
        "ProcessingResources": _SAMPLE["detail"]["ProcessingResources"],
        "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
        "AppSpecification": {"ImageUri": _ANALYZER},
        "RoleArn": "arn:aws:iam::111122223333:role/monitoring",
        "CreationTime": iso(run.hour),
        "ProcessingStartTime": iso(run.ended - timedelta(minutes=4)),
        "LastModifiedTime": iso(run.ended),
        "Environment": {
            "dataset_source": "/opt/ml/processing/input_data",
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Enabled",
            "metric_time": iso(run.hour - timedelta(hours=1)),
            **told["Environment"],
        },
    }


def _output(run: Run) -> dict[str, Any]:
    place = {"S3Uri": f"s3://{_BUCKET}/{run.prefix}", "LocalPath": "/opt/ml/processing/output"}
    return {"OutputName": "result", "S3Output": {**place, "S3UploadMode": "Continuous"}}


def _said(run: Run) -> dict[str, str]:
    if run.failed:
        return {"FailureReason": "AlgorithmError: See job logs for more information, exit code: 255"}
    if run.violated:
        return {"ExitMessage": "CompletedWithViolations: Job completed successfully with 3 violations."}
    return {"ExitMessage": "Completed: Job completed successfully with no violations."}


def _schedules(*, full: bool) -> Iterator[dict[str, Any]]:
    for number in range(ENDPOINTS):
        endpoint = f"Model-{number:03d}"
        for suffix, monitor, _ in MONITORS:
            name = f"{endpoint}-{suffix}"
            told: dict[str, Any] = {"EndpointName": endpoint, "MonitoringType": monitor}
            if full:
                told |= {
                    "MonitoringScheduleName": name,
                    "MonitoringScheduleArn": f"{_ARNS}:monitoring-schedule/{name.lower()}",
                    "MonitoringScheduleStatus": "Scheduled",
                    "MonitoringScheduleConfig": {
                        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
                        "MonitoringJobDefinitionName": name,
                        "MonitoringType": monitor,
                    },
                    "CreationTime": iso(_START),
                    "LastModifiedTime": iso(_START),
                }
            yield {"request": {"MonitoringScheduleName": name}, "response": told}


def _line(document: dict[str, Any]) -> bytes:
    return msgspec.json.encode(document) + b"\n"


_SAMPLE: Final = event("eventbridge.processing_job.completed")
