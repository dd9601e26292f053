"""The EventBridge envelopes that SageMaker sends, spelled as its documentation shows them.

Every resource has its own spelling. A processing job's event has times in whole milliseconds and enumerations in the
service's inner spelling. An endpoint's has times as floats and UPPER_SNAKE states. A pipeline's has camelCase keys and
ISO times. A model package's has ISO times. Names keep their case, ARNs do not.
"""

import re
import uuid
from datetime import datetime
from typing import Any

from workbench.local_sagemaker.arns import last_part
from workbench.local_sagemaker.world import Document, World

_INNER = {
    "S3DataType": {"ManifestFile": "MANIFEST_FILE", "S3Prefix": "S3_PREFIX"},
    "S3InputMode": {"Pipe": "PIPE", "File": "FILE"},
    "S3DataDistributionType": {"FullyReplicated": "FULLYREPLICATED", "ShardedByS3Key": "SHARDEDBYS3KEY"},
    "S3UploadMode": {"Continuous": "CONTINUOUS", "EndOfJob": "END_OF_JOB"},
}
_NOT_IN_THE_SAMPLE = ("ExitMessage", "MonitoringScheduleArn", "Environment", "AutoMLJobArn", "TrainingJobArn")


def again(world: World, event: Document) -> Document:
    """Return the same event in a new envelope: SageMaker "may send multiple events for each state change"."""
    return {**event, "id": event_id(world)}


def event_id(world: World) -> str:
    """Return a fresh envelope id, from the world's own random generator."""
    return str(uuid.UUID(int=world.random.getrandbits(128), version=4))


def processing_job(world: World, job: Document) -> Document:
    """Return the event without ExitMessage and MonitoringScheduleArn, as in the documented sample.

    The world may include both.
    """
    hidden = () if world.events_name_their_schedule else _NOT_IN_THE_SAMPLE
    detail = {key: _inner(value, key) for key, value in job.items() if key not in hidden}
    return envelope(world, "Processing Job State Change", [job["ProcessingJobArn"]], detail, job["LastModifiedTime"])


def endpoint(world: World, record: Document) -> Document:
    """Return the event with `EndpointStatus` in UPPER_SNAKE, counts and times as floats."""
    detail = {
        "EndpointName": record["EndpointName"],
        "EndpointArn": record["EndpointArn"],
        "EndpointConfigName": record["EndpointConfigName"],
        "ProductionVariants": [
            {
                "DesiredWeight": float(variant["DesiredWeight"]),
                "DesiredInstanceCount": float(variant["DesiredInstanceCount"]),
            }
            for variant in record["ProductionVariants"]
        ],
        "EndpointStatus": upper_snake(record["EndpointStatus"]),
        "CreationTime": float(millis(record["CreationTime"])),
        "LastModifiedTime": float(millis(record["LastModifiedTime"])),
        "Tags": {},
    }
    return envelope(world, "Endpoint State Change", [record["EndpointArn"]], detail, record["LastModifiedTime"])


def schedule(world: World, record: Document) -> Document:
    """Return a schedule's event. Its detail-type is in AWS's list, but no sample of it is public.

    The spelling is that of its neighbour, the processing job.
    """
    shown = (
        "MonitoringScheduleName",
        "MonitoringScheduleArn",
        "MonitoringScheduleStatus",
        "MonitoringType",
        "EndpointName",
    )
    detail = {key: record[key] for key in (*shown, "FailureReason") if key in record}
    detail |= {key: millis(record[key]) for key in ("CreationTime", "LastModifiedTime")}
    arn = record["MonitoringScheduleArn"]
    return envelope(world, "Monitoring Schedule State Change", [arn], detail, record["LastModifiedTime"])


def pipeline_execution(world: World, execution: Document, before: str | None) -> Document:
    """Return the event in camelCase, with the pipeline and the execution in `resources`.

    The first event does not have a previous status.
    """
    pipeline, arn = execution["PipelineArn"], execution["PipelineExecutionArn"]
    status = execution["PipelineExecutionStatus"]
    detail: Document = {
        "currentPipelineExecutionStatus": status,
        "executionStartTime": iso(execution["CreationTime"]),
        "pipelineArn": pipeline,
        "pipelineExecutionArn": arn,
    }
    if before is not None:
        detail["previousPipelineExecutionStatus"] = before
    if status in ("Succeeded", "Failed", "Stopped"):
        detail["executionEndTime"] = iso(execution["LastModifiedTime"])
    for key in ("PipelineExecutionDisplayName", "PipelineExecutionDescription"):
        if key in execution:
            detail[key[0].lower() + key[1:]] = execution[key]
    what = "Model Building Pipeline Execution Status Change"
    return envelope(world, what, [pipeline, arn], detail, execution["LastModifiedTime"])


def pipeline_step(world: World, execution: Document, step: Document, before: str) -> Document:
    """Return a step's event: `metadata.<kind>.arn` names the job, `failureReason` says why the step failed."""
    pipeline, arn = execution["PipelineArn"], execution["PipelineExecutionArn"]
    kind, metadata = next(iter(step.get("Metadata", {"ProcessingJob": {}}).items()))
    changed: datetime = step["EndTime"] if "EndTime" in step else step["StartTime"]
    job = metadata.get("CheckJobArn") or metadata.get("Arn")
    detail: Document = {
        "metadata": {kind[0].lower() + kind[1:]: {"arn": job}} if job else {},
        "stepStartTime": iso(step["StartTime"]),
        **({"stepEndTime": iso(step["EndTime"])} if "EndTime" in step else {}),
        "stepName": step["StepName"],
        "stepType": kind.removesuffix("Job"),
        "previousStepStatus": before,
        "currentStepStatus": step["StepStatus"],
        "pipelineArn": pipeline,
        "pipelineExecutionArn": arn,
    }
    if "FailureReason" in step:
        detail["failureReason"] = step["FailureReason"]
    what = "Model Building Pipeline Execution Step Status Change"
    return envelope(world, what, [pipeline, arn], detail, changed)


def model_package(world: World, package: Document, updated: list[str]) -> Document:
    """Return the event with ISO times; `UpdatedModelPackageFields` lists the fields that an update changed."""
    detail = {key: _iso_everywhere(value) for key, value in package.items() if key != "ModelPackageName"}
    if updated:
        detail["UpdatedModelPackageFields"] = updated
    arn = package["ModelPackageArn"]
    return envelope(world, "Model Package State Change", [arn], detail, package["LastModifiedTime"])


def upper_snake(status: str) -> str:
    """Return `IN_SERVICE` for `InService`, as in an endpoint's event."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()


def millis(moment: datetime) -> int:
    """Return whole milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def iso(moment: datetime) -> str:
    """Return a time such as `2021-03-15T16:03:13Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def envelope(world: World, what: str, arns: list[str], detail: Document, at: datetime) -> Document:
    """Return the envelope of a detail: `what` without its first word, the ARNs, and the time of the event."""
    return {
        "version": "0",
        "id": event_id(world),
        "detail-type": f"SageMaker {what}",
        "source": "aws.sagemaker",
        "account": world.account,
        "time": iso(at),
        "region": world.region,
        "resources": arns,
        "detail": detail,
    }


def _inner(value: Any, key: str) -> Any:
    match value:
        case datetime():
            return millis(value)
        case dict():
            return {name: _inner(item, name) for name, item in value.items()}
        case list():
            return [_inner(item, key) for item in value]
        case str() if key in _INNER:
            return _INNER[key].get(value, value)
        case _:
            return value


def _iso_everywhere(value: Any) -> Any:
    match value:
        case datetime():
            return iso(value)
        case dict():
            return {name: _iso_everywhere(item) for name, item in value.items()}
        case list():
            return [_iso_everywhere(item) for item in value]
        case _:
            return value


def subject(event: Document) -> str:
    """Return the name at the end of the event's last ARN, which is its subject."""
    return last_part(event["resources"][-1])
