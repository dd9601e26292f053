"""Sample events, each about its own model, and SageMaker in its state when they were sent."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Final

from tests.stack.deployed_ring import BUCKET, DRIFTED, DeployedRing
from tests.support.samples import EVENTS
from workbench.local_sagemaker.onboarding import monitored_endpoint, schedule_name, send
from workbench.local_sagemaker.world import Document

_STAMP, _EXECUTION = "de32d8acceeef6a1626b8fa6", "p4jn9xou8a8s"
_KINDS: Final = {"DataQuality": "data-quality", "ModelQuality": "model-quality"}
_VIOLATED: Final = "CompletedWithViolations: Job completed successfully with 1 violations."
_CLEAN: Final = "Completed: Job completed successfully with no violations."
_ALARM: Final = "errors of any endpoint"
# The answer of DescribeProcessingJob for the jobs in the samples, beyond the content of their events.
_JOBS: Final[dict[str, Document]] = {
    "completed": {"kind": "DataQuality", "ExitMessage": _VIOLATED},
    "failed": {"kind": "DataQuality", "FailureReason": "InternalServerError: We encountered an internal error."},
    "stopped": {"kind": "DataQuality"},
    "in_progress": {"kind": "DataQuality"},
    "model_quality": {"kind": "ModelQuality", "ExitMessage": _CLEAN},
    "baseline": {"ExitMessage": _CLEAN},
    "pipeline_step": {},
    "merge": {},
}
# Samples that are complete only with data from SageMaker and S3.
_POINTING: Final = ("direct", "processing_job", "pipeline_step", "schedule", "s3.")
_TIMES: Final = ("CreationTime", "ProcessingStartTime", "ProcessingEndTime", "LastModifiedTime")
_INNER: Final = {"CONTINUOUS": "Continuous", "END_OF_JOB": "EndOfJob"}


class Sample:
    """One sample event; `mark` distinguishes it from the same sample in another test."""

    def __init__(self, name: str, mark: str = "x") -> None:
        self.name = name
        self.model = f"{name.replace('.', '-').replace('_', '-')}-{mark}"
        chance = hashlib.sha256(self.model.encode()).hexdigest()
        text = (EVENTS / f"{name}.json").read_text(encoding="utf-8")
        self.text = (
            text.replace("churn", self.model).replace(_STAMP, chance[:24]).replace(_EXECUTION, f"p{chance[:11]}")
        )
        # The state of a whole alarm ends all of its contributors, so each sample has its own alarm.
        self.text = self.text.replace(_ALARM, f"{_ALARM} of {self.model}")

    @property
    def event(self) -> Any:
        """Return the event from the folder `events`, with other names."""
        return json.loads(self.text)

    @property
    def target(self) -> str:
        """Return the beginning of its target's name."""
        return f"{self.model}-"

    def prepare(self, ring: DeployedRing) -> None:
        """Create the resources of the event in SageMaker and S3. The bucket must not send events of objects meanwhile."""
        if any(word in self.name for word in _POINTING):
            self._prepare_monitors(ring)
            self._prepare_job(ring)
            self._prepare_steps(ring)

    def send(self, ring: DeployedRing) -> None:
        """Send it on its path in an account."""
        match self.name.split(".")[0]:
            case "eventbridge" | "s3":
                ring.stack.bus.put_event(self.event)
            case "sns":
                for record in self.event["Records"]:
                    ring.stack.client("sns").publish(
                        TopicArn=ring.outputs["AlarmsTopicArn"], Message=record["Sns"]["Message"]
                    )
            case "sqs":
                for record in self.event["Records"]:
                    ring.stack.client("sqs").send_message(
                        QueueUrl=ring.outputs["SignalsQueueUrl"], MessageBody=record["body"]
                    )
            case "kedge":
                ring.stack.client("sqs").send_message(
                    QueueUrl=ring.outputs["SignalsQueueUrl"], MessageBody=json.dumps(self.event)
                )
            case "people":
                ring.say(self.event["detail-type"], self.event["detail"])
            case _:
                ring.invoke_and_go(self.event)

    def _prepare_monitors(self, ring: DeployedRing) -> None:
        endpoint = f"{self.model}-prod"
        calls = json.dumps(list(monitored_endpoint(endpoint, bucket=BUCKET, kinds=_KINDS)))
        for kind, word in _KINDS.items():
            calls = calls.replace(schedule_name(endpoint, kind), f"{self.model}-{word}")
        send(ring.stack.client("sagemaker"), [(operation, wanted) for operation, wanted in json.loads(calls)])
        for place in (f"{endpoint}/{self.model}-data-quality/2026/11/20/10", "check"):
            ring.stack.client("s3").put_object(
                Bucket=BUCKET,
                Key=f"{self.model}/reports/{place}/constraint_violations.json",
                Body=json.dumps(DRIFTED).encode(),
            )

    def _prepare_job(self, ring: DeployedRing) -> None:
        event = self.event
        if self.name == "sqs.eventbridge_processing_job":
            event, case = json.loads(event["Records"][0]["body"]), "completed"
        elif self.name.startswith("eventbridge.processing_job."):
            case = self.name.rpartition(".")[2]
        else:
            return
        more = dict(_JOBS[case])
        job = {
            key: value for key, value in event["detail"].items() if key not in ("ProcessingInputs", "ExperimentConfig")
        }
        job |= {key: datetime.fromtimestamp(job[key] / 1000, UTC) for key in _TIMES if key in job}
        for output in job["ProcessingOutputConfig"]["Outputs"]:
            output["S3Output"]["S3UploadMode"] = _INNER[output["S3Output"]["S3UploadMode"]]
        if kind := more.pop("kind", None):
            schedule = f"{self.model}-{_KINDS[kind]}"
            more["MonitoringScheduleArn"] = f"arn:aws:sagemaker:us-east-1:111122223333:monitoring-schedule/{schedule}"
            more["Environment"] = {
                "analysis_type": "DATA_QUALITY" if kind == "DataQuality" else "MODEL_QUALITY",
                "sagemaker_endpoint_name": f"{self.model}-prod",
                "sagemaker_monitoring_schedule_name": schedule,
            }
        with ring.stack.service.lock:
            ring.stack.world.processing_jobs[job["ProcessingJobName"]] = job | more

    def _prepare_steps(self, ring: DeployedRing) -> None:
        if not self.name.startswith("eventbridge.pipeline_step."):
            return
        detail = self.event["detail"]
        execution, at = detail["pipelineExecutionArn"], datetime(2026, 11, 20, 16, 10, tzinfo=UTC)
        kind, check = ("QualityCheck", "DATA_QUALITY") if "quality" in self.name else ("ClarifyCheck", "MODEL_BIAS")
        job = execution.replace(f"pipeline/{self.model}-retrain/execution", "processing-job")
        metadata: Document = {"CheckType": check, "CheckJobArn": job}
        if detail["currentStepStatus"] == "Failed":
            metadata["ViolationReport"] = f"s3://{BUCKET}/{self.model}/reports/check/constraint_violations.json"
        step = {
            "StepName": detail["stepName"],
            "StartTime": at,
            "EndTime": at,
            "StepStatus": detail["currentStepStatus"],
            "Metadata": {kind: metadata},
        }
        pipeline = {"PipelineArn": detail["pipelineArn"], "PipelineExecutionArn": execution}
        with ring.stack.service.lock:
            ring.stack.world.pipeline_executions[execution] = pipeline
            ring.stack.world.pipeline_steps[execution] = [step]
