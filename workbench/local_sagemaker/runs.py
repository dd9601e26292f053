"""Plays one monitoring execution from start to end, as the service does.

A data-quality or attribution run is one processing job. A model-quality or bias run is two, a ground-truth merge and
then the analysis, with the same stamp and the same hex in their names. A run without captured data is not a job: it
makes a summary that says Failed, "Job inputs had no data", and no event.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.events import iso
from workbench.local_sagemaker.processing import add_job, finish_job
from workbench.local_sagemaker.schedules import job_of, judge_alert, schedule
from workbench.local_sagemaker.world import Document, World

type File = bytes | str | Document

_PREFIXES = {
    "DataQuality": "model-monitoring",
    "ModelQuality": "model-quality-monitoring",
    "ModelBias": "model-bias-monitoring",
    "ModelExplainability": "model-explainability-monitoring",
}
# Only the second prefix was ever seen in public; the longest does not leave room for the whole hex.
_LONGEST_NAME = 63
_WITH_GROUND_TRUTH = ("ModelQuality", "ModelBias")


class Verdict(StrEnum):
    """The end of a run. `MERGE_FAILED` is a failure before the analysis began."""

    CLEAN = "clean"
    VIOLATED = "violated"
    FAILED = "failed"
    MERGE_FAILED = "merge_failed"
    STOPPED = "stopped"
    NO_DATA = "no_data"


_JOB_STATUS = {
    Verdict.CLEAN: "Completed",
    Verdict.VIOLATED: "Completed",
    Verdict.FAILED: "Failed",
    Verdict.MERGE_FAILED: "Failed",
    Verdict.STOPPED: "Stopped",
}
_EXECUTION_STATUS = {
    Verdict.CLEAN: "Completed",
    Verdict.VIOLATED: "CompletedWithViolations",
    Verdict.FAILED: "Failed",
    Verdict.MERGE_FAILED: "Failed",
    Verdict.STOPPED: "Stopped",
    Verdict.NO_DATA: "Failed",
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """The caller's statements about a run; everything else follows from the schedule.

    `start` is the start of its window, by default an hour before `scheduled_time`: a run on demand may read less.
    `report` is `constraint_violations.json` (None: the file is absent), `statistics` is `statistics.json`. A document
    is written as JSON. Text and bytes are written unchanged, so that a test can leave a broken file.
    """

    schedule: str
    scheduled_time: datetime
    verdict: Verdict
    start: datetime | None = None
    report: File | None = None
    statistics: File | None = None
    exit_message: str | None = None
    failure_reason: str | None = None


def finish(world: World, run: Run) -> Document:
    """Play a run and return its execution summary.

    Raises:
        ApiError: the schedule is unknown, or the run was played before.
    """
    record = schedule(world, run.schedule)
    if any(
        (past["MonitoringScheduleName"], past["ScheduledTime"]) == (run.schedule, run.scheduled_time)
        for past in world.executions
    ):
        raise invalid(f"The run of {run.schedule} at {iso(run.scheduled_time)} has been played.")
    began, ended = _span(world, run.scheduled_time)
    summary = {
        key: record[key] for key in ("MonitoringScheduleName", "MonitoringType", "EndpointName") if key in record
    } | {
        "ScheduledTime": run.scheduled_time,
        "CreationTime": began,
        "LastModifiedTime": ended,
        "MonitoringExecutionStatus": _EXECUTION_STATUS[run.verdict],
    }
    definition_name = record["MonitoringScheduleConfig"].get("MonitoringJobDefinitionName")
    if definition_name:
        summary["MonitoringJobDefinitionName"] = definition_name
    if run.verdict is Verdict.NO_DATA:
        summary["FailureReason"] = run.failure_reason or "Job inputs had no data"
    else:
        job = _jobs(world, record, run, began, ended)
        summary["ProcessingJobArn"] = job["ProcessingJobArn"]
        if "FailureReason" in job:
            summary["FailureReason"] = job["FailureReason"]
    world.executions.append(summary)
    judge_alert(world, run.schedule)
    return summary


def _span(world: World, scheduled: datetime) -> tuple[datetime, datetime]:
    """Return the start and the end of a run. It begins 0 to 20 minutes after its hour.

    It does not end in the future unless it was scheduled there.
    """
    ended = max(scheduled + timedelta(seconds=30), min(scheduled + timedelta(minutes=12), world.now()))
    return scheduled + (ended - scheduled) / 2, ended


def _jobs(world: World, record: Document, run: Run, began: datetime, ended: datetime) -> Document:
    """Return the job that represents the run: the analysis, or the merge if that failed."""
    stamp = f"{run.scheduled_time:%Y%m%d%H%M}"
    mark = hashlib.sha256(f"{run.schedule}/{stamp}".encode()).hexdigest()[:24]
    merged = began + (ended - began) / 2
    if record["MonitoringType"] in _WITH_GROUND_TRUTH:
        merge = _merge_job(world, record, f"groundtruth-merge-{stamp}-{mark}", began)
        if run.verdict is Verdict.MERGE_FAILED:
            reason = run.failure_reason or "ClientError: Found no ground truth data in the given time window."
            return finish_job(world, merge, "Failed", FailureReason=reason, ProcessingEndTime=ended)
        finish_job(world, merge, "Completed", ProcessingEndTime=merged)
        began = merged
    elif run.verdict is Verdict.MERGE_FAILED:
        raise invalid(f"{run.schedule} has no merge job to fail: it monitors {record['MonitoringType']}.")
    name = f"{_PREFIXES[record['MonitoringType']]}-{stamp}-{mark}"[:_LONGEST_NAME]
    job = add_job(world, _analysis(world, record, run, name) | {"CreationTime": began})
    _write_files(world, job, run)
    said = _said(run)
    return finish_job(world, name, _JOB_STATUS[run.verdict], ProcessingEndTime=ended, **said)


def _said(run: Run) -> dict[str, str | None]:
    """Return ExitMessage and FailureReason: the caller's, else the service's own words."""
    match run.verdict:
        case Verdict.CLEAN:
            said = run.exit_message or "Completed: Job completed successfully with no violations."
            return {"ExitMessage": said, "FailureReason": run.failure_reason}
        case Verdict.VIOLATED:
            count = len(run.report.get("violations", [])) if isinstance(run.report, dict) else 1
            said = f"CompletedWithViolations: Job completed successfully with {count} violations."
            return {"ExitMessage": run.exit_message or said, "FailureReason": run.failure_reason}
        case Verdict.FAILED:
            reason = run.failure_reason or "AlgorithmError: See job logs for more information, exit code: 255"
            return {"ExitMessage": run.exit_message, "FailureReason": reason}
        case _:
            return {"ExitMessage": run.exit_message, "FailureReason": run.failure_reason}


def _analysis(world: World, record: Document, run: Run, name: str) -> Document:
    job, kind = job_of(world, record), record["MonitoringType"]
    start = run.start or run.scheduled_time - timedelta(hours=1)
    environment = {
        "analysis_type": re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).upper(),
        "dataset_source": "/opt/ml/processing/input_data",
        "output_path": "/opt/ml/processing/output",
        "publish_cloudwatch_metrics": "Enabled",
        "sagemaker_monitoring_schedule_name": run.schedule,
        "start_time": iso(start),
        "end_time": iso(run.scheduled_time),
        "metric_time": iso(start),
    }
    if "EndpointName" in record:
        environment["sagemaker_endpoint_name"] = record["EndpointName"]
    hour = f"{run.scheduled_time.astimezone(UTC):%Y/%m/%d/%H}"
    parts = [_output(job), *([record["EndpointName"]] if "EndpointName" in record else []), run.schedule, hour]
    image: str = _app(job)["ImageUri"]
    return _job(world, record, name, image, environment, "/".join(parts), "Continuous")


def _merge_job(world: World, record: Document, name: str, began: datetime) -> str:
    """Return the name of the merge job. Its environment names neither schedule nor endpoint.

    Only its image distinguishes it from the analysis.
    """
    job = job_of(world, record)
    registry = _app(job)["ImageUri"].split("/", 1)[0]
    environment = {
        "dataset_source": "/opt/ml/processing/input_data",
        "ground_truth_source": "/opt/ml/processing/groundtruth",
        "output_path": "/opt/ml/processing/output",
    }
    image = f"{registry}/sagemaker-model-monitor-groundtruth-merger"
    merge = _job(world, record, name, image, environment, f"{_output(job)}/merge", "EndOfJob")
    del merge["MonitoringScheduleArn"]
    add_job(world, merge | {"CreationTime": began})
    return name


def _job(
    world: World, record: Document, name: str, image: str, environment: dict[str, str], output: str, mode: str
) -> Document:
    job = job_of(world, record)
    resources = job.get("JobResources") or job["MonitoringResources"]
    target = {"S3Uri": output, "LocalPath": "/opt/ml/processing/output", "S3UploadMode": mode}
    return {
        "ProcessingJobName": name,
        "ProcessingInputs": [],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "result", "S3Output": target, "AppManaged": False}]},
        "ProcessingResources": resources,
        "StoppingCondition": job.get("StoppingCondition", {"MaxRuntimeInSeconds": 1800}),
        "AppSpecification": {"ImageUri": image},
        "Environment": environment,
        "RoleArn": job["RoleArn"],
        "MonitoringScheduleArn": record["MonitoringScheduleArn"],
    }


def _write_files(world: World, job: Document, run: Run) -> None:
    uri: str = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    for name, file in (("constraint_violations.json", run.report), ("statistics.json", run.statistics)):
        if file is not None:
            world.put_object(bucket, f"{prefix}/{name}", _bytes(file))


def _bytes(file: File) -> bytes:
    match file:
        case bytes():
            return file
        case str():
            return file.encode()
        case _:
            return json.dumps(file, indent=2).encode()


def _output(job: Document) -> str:
    outputs = next(
        config["MonitoringOutputs"] for key, config in job.items() if key.endswith("OutputConfig") and config
    )
    uri: str = outputs[0]["S3Output"]["S3Uri"]
    return uri.rstrip("/")


def _app(job: Document) -> Document:
    return next(value for key, value in job.items() if key.endswith("AppSpecification"))
