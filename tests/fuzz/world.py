"""A hostile AWS: every answer can be missing, refused, slow, or about another resource."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Final

from kedge.domain.errors import Permanent, Throttled
from kedge.domain.statement import Statement
from kedge.domain.target import Target
from kedge.ports.readers import Alarm, CheckStep, Piece, PipelineExecution, ProcessingJob, Schedule
from tests.fuzz.inputs import NOW, report
from tests.fuzz.mutations import TEXTS

_ARN: Final = "arn:aws:sagemaker:us-east-1:111122223333"
_HOUR: Final = timedelta(hours=1)
_RUNS: Final = ("Completed", "CompletedWithViolations", "Failed", "Stopped", "InProgress", "Pending", "")
_PEOPLE: Final = (
    "arn:aws:iam::111122223333:user/team/ada",
    "arn:aws:sts::111122223333:assumed-role/MlOnCall/ada@example.com",
)
_LONGEST_TAG: Final = 256


class World:
    """Every port that the entry points use. `refused` says that AWS did not answer: only then may an input come again or be given up."""

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
            newest=self._draw.choice((None, self._execution(NOW))),
        )

    def executions(self, schedule: str, since: datetime, until: datetime) -> tuple[PipelineExecution, ...]:
        if self._absent():
            return ()
        return tuple(self._execution(since) for _ in range(self._draw.choice((1, 1, 2, 50))))

    def _execution(self, hour: datetime) -> PipelineExecution:
        late = timedelta(minutes=self._draw.randrange(60))
        job = self._draw.choice((None, "", "x", f"{_ARN}:processing-job/model-monitoring-202611201000-1f3c"))
        at = self._draw.choice((None, hour, hour + late if hour < NOW else hour))
        return PipelineExecution(status=self._draw.choice(_RUNS), scheduled=at, job=job)

    def check_step(self, execution_arn: str, step_name: str) -> CheckStep | None:
        if self._absent():
            return None
        where = self._draw.choice((None, "s3://reports/check/constraint_violations.json"))
        return CheckStep(name=step_name, status=self._draw.choice(("Failed", "Succeeded", "Stopped")), report=where)

    def alarm(self, name: str) -> Alarm | None:
        if self._absent():
            return None
        own = self._draw.random() < 0.8
        arn = f"arn:aws:cloudwatch:us-east-1:{'111122223333' if own else '999999999999'}:alarm:{name}"
        state = self._draw.choice((None, "ALARM", "ALARM", "OK", "OK", "INSUFFICIENT_DATA"))
        since = self._draw.choice((None, NOW, NOW - timedelta(minutes=self._draw.randrange(20_000))))
        if self._draw.random() < 0.2:
            return Alarm(arn=arn, state=state, since=since, measured=True)  # a composite alarm watches no metric
        return Alarm(
            arn=arn,
            state=state,
            since=since,
            measured=self._draw.random() < 0.7,
            namespace="AWS/SageMaker",
            metric="ModelLatency",
            dimensions=self._draw.choice(({}, {"EndpointName": "churn-prod"}, {"EndpointName": "other"})),
            threshold=1.0,
        )

    def of(self, target: Target) -> dict[str, str]:
        if self._draw.random() < 0.5:
            return {}
        names = ("kedge:owner", "kedge:runbook", "kedge:pipeline", "kedge:known-good", "kedge:veto", "team", "severity")
        # A tag that AWS returns is valid text: only input at the entry points can contain half of a surrogate pair.
        said = (self._draw.choice(TEXTS).encode(errors="replace").decode()[:_LONGEST_TAG] for _ in names)
        return dict(zip(names, said, strict=True))

    def proven(self) -> bool:
        """Return whether the signals queue knows a message. Raises Throttled if the queue cannot be asked."""
        if self._draw.random() < 0.02:
            self.refused = True
            raise Throttled("slow down")
        return self._draw.random() < 0.8

    def vouched_for(self, proof: Mapping[str, object], statement: Statement) -> str:
        chance = self._draw.random()
        if chance < 0.3:
            self.refused = True
            raise Throttled("slow down") if chance < 0.1 else Permanent("the signature does not fit")
        return self._draw.choice(_PEOPLE)

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
