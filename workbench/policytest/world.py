"""What intake asks SageMaker, CloudWatch and S3 for, as far as a test has it."""

from collections.abc import Mapping
from datetime import datetime

from kedge.domain.facts import Health
from kedge.domain.run import Monitor
from kedge.domain.target import Target, TargetKind
from kedge.policy.plans.parameters import BASELINE_TAG
from kedge.ports import Alarm, CheckStep, Piece, ProcessingJob, Schedule
from kedge.reports.location import NAMES, STATISTICS
from workbench.policytest.conditions import WorldPart
from workbench.policytest.endpoints import ALLOWED, Endpoints
from workbench.policytest.pipelines import Pipelines
from workbench.policytest.registry import Answers, Registry


class World:
    """Monitors, alarms, objects and tags of one test. The report and the statistics that lie there change from event to event."""

    def __init__(self, start: datetime, parameters: Mapping[str, tuple[str, ...]]) -> None:
        """It is `start`. Every pipeline of which nothing is said takes the `parameters` that it is given."""
        self.endpoints = Endpoints(start)
        self.pipelines = Pipelines(parameters)
        self.registry = Registry()
        self.answers = Answers()
        self.updates = "work"
        self.report: bytes | None = None
        self.statistics: bytes | None = None
        self.schedules: dict[str, Schedule] = {}
        self._tags: dict[Target, dict[str, str]] = {}
        self._buckets: tuple[str, ...] | None = None
        self._used: set[str] = set()

    @property
    def named_buckets(self) -> tuple[str, ...]:
        """The buckets that the operator named; until a test says which, all that it uses."""
        if self._buckets is not None:
            return self._buckets
        baselines = {tags.get(BASELINE_TAG, "").removeprefix("s3://").partition("/")[0] for tags in self._tags.values()}
        return tuple(sorted(self._used | baselines))

    def change(self, target: Target, part: WorldPart, at: datetime) -> None:
        """The world is as a test says from now on."""
        self.endpoints.change(target.name, part, at)
        self.pipelines.change(part)
        self.updates = part.updates or self.updates
        self._buckets = part.buckets if part.buckets is not None else self._buckets
        if part.health is not None:
            health = Health(errors=part.health.errors, latency=part.health.latency, invocations=part.health.invocations)
            self.answers.change(target.name, health, at)
        if part.tags is not None:
            self._tags[target] = part.tags

    def tag(self, target: Target, tags: dict[str, str]) -> None:
        """A target has tags, beside the one that every endpoint has unless a test says what the world is like."""
        running = self.endpoints.running(target.name) if target.kind is TargetKind.ENDPOINT else None
        if running is not None and running.tags is None:
            running.tags = {**ALLOWED, **tags}
            self._tags[target] = tags
        elif target.kind is not TargetKind.ENDPOINT:
            self._tags[target] = tags

    def processing_job(self, name: str) -> ProcessingJob | None:  # noqa: ARG002  a port's words
        """No job is known: what its event says of it counts."""
        return None

    def schedule(self, name: str) -> Schedule | None:
        """The schedule of a report that the test gives."""
        return self.schedules.get(name)

    def check_step(self, execution_arn: str, step_name: str) -> CheckStep | None:  # noqa: ARG002  a port's words
        """No step is known."""
        return None

    def alarm(self, name: str) -> Alarm | None:  # noqa: ARG002  a port's words
        """No alarm is known: what its event says of it counts."""
        return None

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        """The report or the statistics that the test gives, in whatever bucket they are looked for."""
        self._used.add(bucket)
        name = key.rpartition("/")[2]
        data = self.statistics if name == STATISTICS else self.report if name == NAMES[0] else None
        return None if data is None else Piece(data[:most], len(data))

    def of(self, target: Target) -> dict[str, str]:
        """The tags of a target."""
        return self._tags.get(target, {})


def schedule_named(name: str, target: Target, monitor: Monitor | None, endpoint: str | None) -> Schedule:
    """A schedule as SageMaker would describe it."""
    return Schedule(
        name=name,
        arn=f"arn:aws:sagemaker:{target.region}:{target.account}:monitoring-schedule/{name.lower()}",
        status="Scheduled",
        endpoint=endpoint,
        monitoring_type=monitor.value if monitor is not None else None,
    )


def object_created(target: Target, folder: str, at: datetime, number: int) -> dict[str, object]:
    """The event by which S3 tells that a run has left its report in a folder."""
    key = f"{folder}/{at:%Y/%m/%d/%H}/{NAMES[0]}"
    return {
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": target.account,
        "region": target.region,
        "time": at.isoformat(),
        "detail": {"bucket": {"name": "policy-test"}, "object": {"key": key, "etag": f"policy-test-{number}"}},
    }
