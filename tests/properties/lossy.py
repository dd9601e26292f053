"""SageMaker, EventBridge that loses, repeats and delays, and passes of watch: all with one clock."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from kedge.domain.ids import mark
from kedge.domain.incident import Incident
from kedge.domain.provenance import EntryPoint
from kedge.domain.run import Monitor
from kedge.domain.target import Target
from kedge.ports.readers import ProcessingJob, Schedule
from kedge.ports.watched import ListedSchedule, MonitoringExecution, ScheduleTimes
from kedge.services.intake import Intake
from kedge.services.watch.check_steps import StepWatch
from kedge.services.watch.executions import ExecutionWatch
from kedge.services.watch.found import of_execution
from kedge.services.watch.schedules import ScheduleWatch
from kedge.services.watch.sending import LostSignals
from kedge.services.watch.watching import Watch
from kedge.sources.event_header import Home
from kedge.sources.reader import Reader
from tests.fakes.listings import FakeListings
from tests.fakes.policies import FakeShelf
from tests.fakes.queue import MemoryQueue
from tests.fakes.reading import FakeAlarms, FakeMonitors, FakeObjects
from tests.support.ledgers import NOW
from tests.support.ring import Ring

HOME: Final = Home("111122223333", "us-east-1")
ARN: Final = "arn:aws:sagemaker:us-east-1:111122223333"
BEGINNING: Final = NOW.replace(hour=8, minute=0)
TICK: Final = timedelta(minutes=10)
HOUR: Final = timedelta(hours=1)
VIOLATED: Final = json.dumps(
    {
        "violations": [
            {
                "feature_name": "tenure",
                "constraint_check_type": "baseline_drift_check",
                "description": "Baseline drift distance: 0.41 exceeds threshold: 0.1",
            }
        ]
    }
).encode()
STATUSES: Final = {
    "clean": "Completed",
    "violated": "CompletedWithViolations",
    "failed": "Failed",
    "stopped": "Stopped",
    "no_data": "Failed",
}
type Case = tuple[Target, Monitor]


class Fate(NamedTuple):
    """The fate of an event: how often it arrives, and after how many ticks of 10 minutes."""

    copies: int = 1
    delay: int = 0


class Hour(NamedTuple):
    """The run of one schedule in one hour: a verdict, or `skipped` for none at all. `halt` stops the schedule instead."""

    outcome: str
    fate: Fate = Fate()


class LossyWorld:
    """Schedules that run every hour, and Kedge. `passes` says whether watch runs at every tick, or only on demand."""

    def __init__(self, stories: Sequence[Sequence[Hour]], *, passes: bool) -> None:
        self.now = BEGINNING
        self.passes = passes
        self.stories = {f"schedule-{number}": list(story) for number, story in enumerate(stories)}
        self.monitors, self.objects, self.listings = FakeMonitors(), FakeObjects(), FakeListings(size=3)
        self.ring = Ring()
        self.ring.clock = self.clock
        reader = Reader(self.monitors, FakeAlarms(), self.objects, HOME)
        ledger, policy = self.ring.ledger, self.ring.policy
        self.intake = Intake(reader, ledger, lambda: policy, (), "test", self.clock)
        self.queue, self.stored = MemoryQueue(), FakeShelf()
        self._events: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
        self._last: dict[str, datetime] = {}
        self.restart()
        for name in self.stories:
            self._set_schedule(name, "Scheduled", BEGINNING)

    def clock(self) -> datetime:
        return self.now

    def restart(self) -> None:
        """Begin with a process of watch that remembers nothing."""
        parts = (self.listings, LostSignals(self, self.queue), HOME, self.clock)
        self.watch = Watch(ExecutionWatch(*parts), ScheduleWatch(*parts), StepWatch(*parts), self.stored)

    def received(self, cases: frozenset[Case]) -> Mapping[Case, frozenset[str]]:
        """Return what the cases of the ledger have received, as the table would."""
        return {case: frozenset(self.ring.ledger.load(*case)[0].recent) for case in cases}

    def play(self) -> "LossyWorld":
        """Let all hours pass, and one more."""
        hours = max(map(len, self.stories.values()))
        until = BEGINNING + HOUR * (hours + 1)
        while self.now < until:
            self._tick()
        return self

    def wait_for_late_events(self) -> "LossyWorld":
        """Deliver every event that is still on its way."""
        for at in sorted(self._events):
            self.now = max(self.now, at)
            self._deliver(self._events.pop(at))
        return self

    def one_pass(self) -> int:
        """Run one pass of watch, and deliver what it sends. Returns how many messages it sent."""
        sent = self.watch.look(lambda: timedelta(minutes=5)).sent
        bodies, self.queue.bodies = self.queue.bodies, []
        self._deliver(bodies)
        return sent

    @property
    def incidents(self) -> list[Incident]:
        """Return all incidents, open and resolved, in their order."""
        return [self.ring.ledger.incidents[name] for name in sorted(self.ring.ledger.incidents)]

    @property
    def open(self) -> set[tuple[str, str, str]]:
        """Return the open incidents: target, cause, and verdict of the newest run."""
        return {
            (str(each.target), str(each.cause), str(each.problem.verdict)) for each in self.incidents if each.is_open
        }

    def has_received(self, execution: MonitoringExecution) -> bool:
        """Return whether the ring knows an execution that has ended."""
        found = of_execution(execution, HOME, self.now)
        assert found.case is not None
        marks = self.received(frozenset({found.case}))[found.case]
        return any(mark(each) in marks for each in found.ids)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Return the messages in their order: incident and reason."""
        return [(str(effect.incident.id), str(effect.why)) for effect in self.ring.ledger.outbox]

    def _tick(self) -> None:
        self.now += TICK
        number, minute = divmod((self.now - BEGINNING) // timedelta(minutes=1), 60)
        if minute == 20:
            for name, story in self.stories.items():
                if 1 <= number <= len(story):
                    self._run(name, self.now.replace(minute=0), story[number - 1])
        for at in sorted(at for at in self._events if at <= self.now):
            self._deliver(self._events.pop(at))
        if self.passes:
            self.one_pass()

    def _run(self, name: str, hour: datetime, run: Hour) -> None:
        if self.monitors.schedules[name].status != "Scheduled" or run.outcome == "skipped":
            return
        if run.outcome == "halt":
            self._set_schedule(name, "Stopped", hour + timedelta(minutes=15))
            self._emit(self._of_schedule(name), run.fate)
            return
        arn = f"{ARN}:processing-job/{name}-{hour:%Y%m%d%H%M}"
        execution = MonitoringExecution(
            schedule=name,
            scheduled=hour,
            status=STATUSES[run.outcome],
            created=hour + timedelta(minutes=5),
            modified=hour + timedelta(minutes=15),
            job=None if run.outcome == "no_data" else arn,
            endpoint=f"endpoint-of-{name}",
            monitoring_type="DataQuality",
            failure_reason="Job inputs had no data" if run.outcome == "no_data" else None,
        )
        self.listings.listed.append(execution)
        self.monitors.listed.append(execution)
        self._last[name] = hour
        self._describe(name)
        if run.outcome != "no_data":
            self._emit(self._of_job(name, arn, hour, run.outcome), run.fate)

    def _of_job(self, name: str, arn: str, hour: datetime, outcome: str) -> dict[str, Any]:
        status, folder = self.listings.listed[-1].job_status or "", f"s3://reports/{name}/{hour:%Y/%m/%d/%H}"
        job = ProcessingJob(
            name=arn.rpartition("/")[2],
            arn=arn,
            status=status,
            exit_message=f"{STATUSES[outcome]}: Job completed" if status == "Completed" else None,
            failure_reason="AlgorithmError: exit code: 1" if status == "Failed" else None,
            schedule_arn=f"{ARN}:monitoring-schedule/{name}",
            image="sagemaker-model-monitor-analyzer",
            environment={
                "sagemaker_monitoring_schedule_name": name,
                "sagemaker_endpoint_name": f"endpoint-of-{name}",
                "analysis_type": "DATA_QUALITY",
                "start_time": f"{hour - HOUR:%FT%TZ}",
                "end_time": f"{hour:%FT%TZ}",
            },
            outputs=(folder,),
            ended=hour + timedelta(minutes=15),
        )
        self.monitors.jobs[job.name] = job
        report = VIOLATED if outcome == "violated" else b'{"violations": []}'
        self.objects.objects[f"{folder}/constraint_violations.json"] = report
        detail = {"ProcessingJobName": job.name, "ProcessingJobArn": arn, "ProcessingJobStatus": status}
        return self._event("SageMaker Processing Job State Change", arn, detail)

    def _of_schedule(self, name: str) -> dict[str, Any]:
        arn = f"{ARN}:monitoring-schedule/{name}"
        detail = {"MonitoringScheduleName": name, "MonitoringScheduleArn": arn, "MonitoringScheduleStatus": "Stopped"}
        return self._event("SageMaker Monitoring Schedule State Change", arn, detail)

    def _event(self, kind: str, arn: str, detail: dict[str, Any]) -> dict[str, Any]:
        return {
            "source": "aws.sagemaker",
            "detail-type": kind,
            "account": HOME.account,
            "region": HOME.region,
            "time": f"{self.now:%FT%TZ}",
            "resources": [arn],
            "detail": detail,
        }

    def _emit(self, event: dict[str, Any], fate: Fate) -> None:
        self._events[self.now + fate.delay * TICK] += [event] * fate.copies

    def _set_schedule(self, name: str, status: str, modified: datetime) -> None:
        shared = {"name": name, "arn": f"{ARN}:monitoring-schedule/{name}", "status": status, "modified": modified}
        about = {"endpoint": f"endpoint-of-{name}", "monitoring_type": "DataQuality"}
        self.monitors.schedules[name] = Schedule(**shared, **about, expression="cron(0 * ? * * *)")
        others = [each for each in self.listings.all_schedules if each.name != name]
        self.listings.all_schedules = [*others, ListedSchedule(**shared, **about, created=BEGINNING)]
        self._describe(name)

    def _describe(self, name: str) -> None:
        self.listings.described[name] = ScheduleTimes(
            expression="cron(0 * ? * * *)", began=BEGINNING, newest=self._last.get(name)
        )

    def _deliver(self, raw: Sequence[object]) -> None:
        for each in raw:
            body = each if isinstance(each, str) else msgspec.json.encode(each).decode()
            self.intake.take_in(body, self.now, EntryPoint.EVENTS)
