"""The ports that sources and reports read, as a test sets them. Each fake keeps its calls."""

from datetime import datetime
from typing import TYPE_CHECKING

from kedge.domain.effect import Heartbeat
from kedge.domain.target import Target
from kedge.ports.readers import Alarm, CheckStep, Piece, PipelineExecution, ProcessingJob, Schedule
from kedge.ports.watched import MonitoringExecution

if TYPE_CHECKING:
    from kedge.domain.errors import KedgeError


class FakeMonitors:
    """SageMaker with jobs, schedules and check steps. All others do not exist.

    `calls` holds (operation, name). While `failing` is set, every call raises it.
    """

    def __init__(self, *known: ProcessingJob | Schedule, steps: dict[tuple[str, str], CheckStep] | None = None) -> None:
        self.jobs = {thing.name: thing for thing in known if isinstance(thing, ProcessingJob)}
        self.schedules = {thing.name.lower(): thing for thing in known if isinstance(thing, Schedule)}
        self.steps = steps or {}
        self.executed: dict[str, tuple[PipelineExecution, ...]] = {}
        self.listed: list[MonitoringExecution] = []
        self.calls: list[tuple[str, str]] = []
        self.failing: KedgeError | None = None

    def processing_job(self, name: str) -> ProcessingJob | None:
        self._called("DescribeProcessingJob", name)
        return self.jobs.get(name)

    def schedule(self, name: str) -> Schedule | None:
        """Return a schedule. SageMaker ignores the case of the letters, as in ARNs."""
        self._called("DescribeMonitoringSchedule", name)
        return self.schedules.get(name.lower())

    def executions(self, schedule: str, since: datetime, until: datetime) -> tuple[PipelineExecution, ...]:
        """Return the newest first, from `executed`."""
        self._called("ListMonitoringExecutions", schedule)
        known = self.executed.get(schedule, ())
        return tuple(each for each in known if each.scheduled is not None and since <= each.scheduled < until)

    def execution(self, schedule: str, scheduled: datetime) -> MonitoringExecution | None:
        """Return an execution of `listed`."""
        self._called("ListMonitoringExecutions", schedule)
        found = (each for each in self.listed if (each.schedule, each.scheduled) == (schedule, scheduled))
        return next(found, None)

    def schedule_of(self, job_arn: str, since: datetime, until: datetime) -> str | None:
        """Return the schedule of a job, from the executions in `executed`."""
        self._called("ListMonitoringExecutions", job_arn)
        return next((name for name, runs in self.executed.items() if any(run.job == job_arn for run in runs)), None)

    def check_step(self, execution_arn: str, step_name: str) -> CheckStep | None:
        self._called("ListPipelineExecutionSteps", step_name)
        return self.steps.get((execution_arn, step_name))

    def _called(self, operation: str, name: str) -> None:
        self.calls.append((operation, name))
        if self.failing is not None:
            raise self.failing


class FakeAlarms:
    """CloudWatch with alarms."""

    def __init__(self, **known: Alarm) -> None:
        self.known: dict[str, Alarm] = dict(known)
        self.firing: dict[str, frozenset[str]] = {}
        self.calls: list[str] = []
        self.failing: KedgeError | None = None

    def alarm(self, name: str) -> Alarm | None:
        self.calls.append(name)
        if self.failing is not None:
            raise self.failing
        return self.known.get(name)

    def contributors(self, name: str) -> frozenset[str] | None:
        """Return those that are in ALARM, from `firing`."""
        self.calls.append(f"contributors of {name}")
        if self.failing is not None:
            raise self.failing
        return self.firing.get(name)


class FakeObjects:
    """S3: objects by `s3://bucket/key`."""

    def __init__(self, objects: dict[str, bytes] | None = None) -> None:
        self.objects = objects or {}
        self.reads: list[str] = []
        self.failing: KedgeError | None = None

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        uri = f"s3://{bucket}/{key}"
        self.reads.append(uri)
        if self.failing is not None:
            raise self.failing
        data = self.objects.get(uri)
        return None if data is None else Piece(data[:most], len(data))


class FakeReceipts:
    """The signals queue with its receipts; `asked` holds (queue, receipt)."""

    def __init__(self, *known: str) -> None:
        self.known = set(known)
        self.asked: list[tuple[str | None, str | None]] = []
        self.failing: KedgeError | None = None

    def knows(self, queue: str | None, receipt: str | None) -> bool:
        self.asked.append((queue, receipt))
        if self.failing is not None:
            raise self.failing
        return receipt in self.known


class FakeHeartbeats:
    """The heartbeats that were passed on."""

    def __init__(self) -> None:
        self.passed: list[Heartbeat] = []

    def pass_on(self, heartbeat: Heartbeat) -> None:
        self.passed.append(heartbeat)


class FakeAudience:
    """Whether the topic has a listener, and the receivers that have none, as (receiver, channel)."""

    def __init__(self, *, listening: bool = True) -> None:
        self.listening = listening
        self.unheard: set[tuple[str, str]] = set()

    def is_unheard(self, receiver: str, channel: str) -> bool:
        return (receiver, channel) in self.unheard

    def listens(self) -> bool:
        return self.listening


class FakeRedelivery:
    """A queue that offers again; `hastened` holds (receipt, receive)."""

    def __init__(self) -> None:
        self.hastened: list[tuple[str, int]] = []

    def hasten(self, receipt: str, receive: int) -> None:
        self.hastened.append((receipt, receive))


class FakeTags:
    """Tags by target (`str(target)`); a target without an entry has no tags."""

    def __init__(self, known: dict[str, dict[str, str]] | None = None) -> None:
        self.known = known or {}
        self.asked: list[Target] = []

    def of(self, target: Target) -> dict[str, str]:
        self.asked.append(target)
        return self.known.get(str(target), {})
