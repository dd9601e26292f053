"""AWS as a hostile world answers it: anything may be absent, refused, slow to come, or somebody else's."""

from datetime import timedelta
from random import Random
from typing import Final

from kedge.errors import Permanent, Throttled
from kedge.ports import Alarm, CheckStep, Piece, ProcessingJob, Schedule
from tests.fuzz.inputs import NOW, report

_ARN: Final = "arn:aws:sagemaker:us-east-1:111122223333"


class World:
    """Every port that the reader asks. `refused` says that AWS did not answer: only then may an input come again or be given up."""

    def __init__(self, seed: int) -> None:
        self.refused = False
        self._draw = Random(seed)  # noqa: S311 - chance must come again

    def processing_job(self, name: str) -> ProcessingJob | None:
        if self._absent():
            return None
        end = NOW - timedelta(minutes=self._draw.randrange(10_000))
        environment = {"sagemaker_monitoring_schedule_name": "churn-dq", "sagemaker_endpoint_name": "churn-prod"}
        return ProcessingJob(
            name=name,
            arn=f"{_ARN}:processing-job/{name}",
            status=self._draw.choice(("Completed", "Completed", "Failed", "Stopped", "InProgress")),
            exit_message=self._draw.choice((None, "Completed: sound", "CompletedWithViolations: 2", "\0" * 3_000)),
            failure_reason=self._draw.choice((None, "Job inputs had no data", "AlgorithmError: " + "x" * 1_000)),
            schedule_arn=self._draw.choice((None, f"{_ARN}:monitoring-schedule/churn-dq")),
            environment=self._draw.choice(({}, environment)),
            outputs=self._draw.choice(((), ("s3://reports/out/2026/11/20/10",), ("s3://reports/out/2099/01/01/00",))),
            ended=self._draw.choice((None, end)),
            modified=end,
        )

    def schedule(self, name: str) -> Schedule | None:
        if self._absent():
            return None
        return Schedule(
            name=name or "x",
            arn=f"{_ARN}:monitoring-schedule/{name}",
            status=self._draw.choice(("Scheduled", "Stopped")),
            endpoint=self._draw.choice((None, "churn-prod", name)),
            monitoring_type=self._draw.choice((None, "ModelQuality", "DataQuality")),
            running=self._draw.random() < 0.1,
            clean=self._draw.random() < 0.3,
            scheduled=self._draw.choice((None, NOW)),
        )

    def check_step(self, execution_arn: str, step_name: str) -> CheckStep | None:
        if self._absent():
            return None
        where = self._draw.choice((None, "s3://reports/check/constraint_violations.json"))
        return CheckStep(name=step_name, status=self._draw.choice(("Failed", "Succeeded", "Stopped")), report=where)

    def alarm(self, name: str) -> Alarm | None:
        if self._absent():
            return None
        dimensions = self._draw.choice(({}, {"EndpointName": "churn-prod"}))
        arn = f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"
        return Alarm(arn=arn, namespace="AWS/SageMaker", metric="ModelLatency", dimensions=dimensions, threshold=1.0)

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        if self._absent():
            return None
        data = report(self._draw)
        return Piece(data[:most], len(data))

    def _absent(self) -> bool:
        chance = self._draw.random()
        if chance < 0.04:
            self.refused = True
            raise Throttled("slow down") if chance < 0.02 else Permanent("AccessDenied")
        return chance < 0.35
