"""A fleet of hourly monitors for passes of watch: SageMaker's lists, made page by page, and the counts of calls."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from time import process_time
from typing import Any, Final, NamedTuple

from kedge.adapters.sagemaker.watched import SageMakerListings
from kedge.domain.ids import mark, run_id
from kedge.domain.run import Monitor
from kedge.domain.target import Target
from kedge.services.watch.check_steps import StepWatch
from kedge.services.watch.executions import ExecutionWatch
from kedge.services.watch.progress import PassResult
from kedge.services.watch.schedules import ScheduleWatch
from kedge.services.watch.sending import LostSignals
from kedge.services.watch.watching import Watch
from kedge.sources.event_header import Home
from tests.fakes.policies import FakeShelf
from tests.fakes.queue import MemoryQueue
from tests.support.ledgers import NOW

HOME: Final = Home("111122223333", "us-east-1")
_ARN: Final = "arn:aws:sagemaker:us-east-1:111122223333"
_MINUTE: Final = timedelta(minutes=1)
_ENDED: Final = 12 * _MINUTE
_HOURLY: Final = {"ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"}}
_KINDS: Final = ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
_PIPELINES: Final = 10

type _Answer = dict[str, Any]


class Fleet:
    """SageMaker with monitors that ran in every hour, as boto3's client shows it. It keeps no answer: each page is made anew.

    `calls` counts the calls by operation, `keys` the cases that were read. `hours` of executions are listed.
    """

    def __init__(self, schedules: int, hours: int = 1) -> None:
        self.now = NOW
        self.schedules = schedules
        self.hours = hours
        self.calls: Counter[str] = Counter()
        self.keys = 0

    def list_monitoring_executions(self, **asked: Any) -> _Answer:
        """Return a page of the executions of the last hours that changed within the bounds."""
        self.calls["ListMonitoringExecutions"] += 1
        newest = self.now.replace(minute=0, second=0, microsecond=0)
        ended = [newest - timedelta(hours=back) for back in reversed(range(self.hours + 1))]
        changed = [
            hour
            for hour in ended
            if asked["LastModifiedTimeAfter"] < hour + _ENDED < asked["LastModifiedTimeBefore"]
            and hour + _ENDED <= self.now
        ]
        first, many = int(asked.get("NextToken", 0)), len(changed) * self.schedules
        more = min(first + asked["MaxResults"], many)
        page = [
            self._execution(changed[number // self.schedules], number % self.schedules) for number in range(first, more)
        ]
        return {"MonitoringExecutionSummaries": page, **({"NextToken": str(more)} if more < many else {})}

    def list_monitoring_schedules(self, **asked: Any) -> _Answer:
        """Return a page of the schedules."""
        self.calls["ListMonitoringSchedules"] += 1
        first = int(asked.get("NextToken", 0))
        more = min(first + asked["MaxResults"], self.schedules)
        token = {"NextToken": str(more)} if more < self.schedules else {}
        return {"MonitoringScheduleSummaries": [self._schedule(number) for number in range(first, more)], **token}

    def describe_monitoring_schedule(self, **asked: Any) -> _Answer:
        """Return a schedule, with its newest run."""
        self.calls["DescribeMonitoringSchedule"] += 1
        number = int(asked["MonitoringScheduleName"].rpartition("-")[2])
        last = (self.now - _ENDED).replace(minute=0, second=0, microsecond=0)
        newest = {"LastMonitoringExecutionSummary": {"ScheduledTime": last}}
        return self._schedule(number) | {"MonitoringScheduleConfig": _HOURLY} | newest

    def list_pipelines(self, **_: Any) -> _Answer:
        """Return pipelines that ran yesterday."""
        self.calls["ListPipelines"] += 1
        ran = self.now - timedelta(days=1)
        return {
            "PipelineSummaries": [
                {"PipelineName": f"train-{number}", "CreationTime": ran, "LastExecutionTime": ran}
                for number in range(_PIPELINES)
            ]
        }

    def list_pipeline_executions(self, **_: Any) -> _Answer:
        """Return no executions."""
        self.calls["ListPipelineExecutions"] += 1
        return {"PipelineExecutionSummaries": []}

    def received(self, cases: frozenset[tuple[Target, Monitor]]) -> Mapping[tuple[Target, Monitor], frozenset[str]]:
        """Return that each case has received its newest run, as with every event in time."""
        self.keys += len(cases)
        self.calls["BatchGetItem"] += 1
        newest = self.now.replace(minute=0, second=0, microsecond=0)
        numbers = {(target, monitor): _number(target, monitor) for target, monitor in cases}
        return {
            case: frozenset(
                mark(run_id(self._job(newest - timedelta(hours=back), number), "Completed"))
                for back in range(self.hours + 1)
            )
            for case, number in numbers.items()
        }

    def _execution(self, hour: datetime, number: int) -> _Answer:
        return {
            "MonitoringScheduleName": f"schedule-{number}",
            "ScheduledTime": hour,
            "CreationTime": hour + 5 * _MINUTE,
            "LastModifiedTime": hour + _ENDED,
            "MonitoringExecutionStatus": "Completed",
            "ProcessingJobArn": self._job(hour, number),
            "EndpointName": f"endpoint-{number // len(_KINDS)}",
            "MonitoringType": _KINDS[number % len(_KINDS)],
        }

    def _schedule(self, number: int) -> _Answer:
        made = NOW - timedelta(days=30) + timedelta(seconds=number)
        return {
            "MonitoringScheduleName": f"schedule-{number}",
            "MonitoringScheduleArn": f"{_ARN}:monitoring-schedule/schedule-{number}",
            "MonitoringScheduleStatus": "Scheduled",
            "CreationTime": made,
            "LastModifiedTime": made,
            "EndpointName": f"endpoint-{number // len(_KINDS)}",
            "MonitoringType": _KINDS[number % len(_KINDS)],
        }

    @staticmethod
    def _job(hour: datetime, number: int) -> str:
        return f"{_ARN}:processing-job/schedule-{number}-{hour:%Y%m%d%H%M}"


def _number(target: Target, monitor: Monitor) -> int:
    return int(target.name.rpartition("-")[2]) * len(_KINDS) + _KINDS.index(str(monitor))


class WatchedFleet:
    """A fleet with a watch whose passes are counted."""

    def __init__(self, schedules: int, hours: int = 1) -> None:
        self.fleet = Fleet(schedules, hours)
        self.queue = MemoryQueue()
        parts = (
            SageMakerListings(self.fleet),
            LostSignals(self.fleet, self.queue),
            HOME,
            lambda: self.fleet.now,
        )
        self.watch = Watch(ExecutionWatch(*parts), ScheduleWatch(*parts), StepWatch(*parts), FakeShelf())

    def look(self, at: datetime) -> PassResult:
        """Run a pass at a time."""
        self.fleet.now = at
        return self.watch.look(lambda: timedelta(minutes=5))


class WatchUsage(NamedTuple):
    """The average of one pass: calls to AWS, cases that were read, and seconds of a processor."""

    calls: float
    keys: float
    seconds: float


def usage_of_passes(schedules: int) -> WatchUsage:
    """Return the average usage of the 6 passes of an hour, for a process that has run before."""
    watched = WatchedFleet(schedules)
    hour = NOW.replace(minute=0)
    for minute in range(3, 60, 10):
        watched.look(hour + minute * _MINUTE)
    fleet, begun = watched.fleet, process_time()
    before, keys = fleet.calls.total(), fleet.keys
    passes = [hour + timedelta(hours=1) + minute * _MINUTE for minute in range(3, 60, 10)]
    for at in passes:
        assert watched.look(at).sent == 0
    # The progress is read and stored in each pass.
    calls = (fleet.calls.total() - before) / len(passes) + 2
    return WatchUsage(calls, (fleet.keys - keys) / len(passes), (process_time() - begun) / len(passes))
