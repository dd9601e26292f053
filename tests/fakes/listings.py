"""SageMaker's lists of an account and Region, and the cases that have received signals."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

from kedge.domain.run import Monitor
from kedge.domain.target import Target
from kedge.ports.watched import (
    ListedPipeline,
    ListedPipelineExecution,
    ListedSchedule,
    ListedStep,
    MonitoringExecution,
    ScheduleTimes,
)
from kedge.services.watch.progress import Created

if TYPE_CHECKING:
    from kedge.domain.errors import KedgeError

type Case = tuple[Target, Monitor]


class FakeListings:
    """Lists in pages of `size`. `failing` is raised after `pages_before` pages of a list.

    `described` holds the times of schedules by name. `runs` holds the executions of pipelines, each with its start, and
    `steps` their check steps by ARN. `calls` counts pages and all other calls.
    """

    def __init__(self, *executions: MonitoringExecution, size: int = 100) -> None:
        self.listed = list(executions)
        self.all_schedules: list[ListedSchedule] = []
        self.described: dict[str, ScheduleTimes] = {}
        self.all_pipelines: list[ListedPipeline] = []
        self.runs: dict[str, list[tuple[datetime, ListedPipelineExecution]]] = {}
        self.steps: dict[str, tuple[ListedStep, ...]] = {}
        self.size = size
        self.pages = 0
        self.calls = 0
        self.pages_before = 0
        self.failing: KedgeError | None = None

    def executions(
        self, since: datetime, until: datetime, made_after: datetime | None
    ) -> Iterator[tuple[MonitoringExecution, ...]]:
        return self._pages([each for each in self.listed if since <= each.modified <= until], made_after)

    def schedules(self, made_after: datetime | None) -> Iterator[tuple[ListedSchedule, ...]]:
        return self._pages(self.all_schedules, made_after)

    def times(self, schedule: ListedSchedule) -> ScheduleTimes | None:
        self._call()
        return self.described.get(schedule.name)

    def pipelines(self, made_after: datetime | None) -> Iterator[tuple[ListedPipeline, ...]]:
        return self._pages(self.all_pipelines, made_after)

    def pipeline_executions(self, pipeline: str, since: datetime) -> Iterator[ListedPipelineExecution]:
        self._call()
        yield from (each for began, each in self.runs.get(pipeline, ()) if began >= since)

    def pipeline_status(self, execution: str) -> str | None:
        self._call()
        every = (each for runs in self.runs.values() for _, each in runs)
        return next((each.status for each in every if each.arn == execution), None)

    def check_steps(self, execution: str) -> tuple[ListedStep, ...]:
        self._call()
        return self.steps.get(execution, ())

    def _pages[T: Created](self, found: list[T], made_after: datetime | None) -> Iterator[tuple[T, ...]]:
        rest = [each for each in found if made_after is None or each.created >= made_after]
        pages = list(batched(sorted(rest, key=lambda each: each.created), self.size, strict=False)) or [()]
        for number, page in enumerate(pages):
            if self.failing is not None and number >= self.pages_before:
                raise self.failing
            self.pages += 1
            self.calls += 1
            yield page

    def _call(self) -> None:
        self.calls += 1
        if self.failing is not None:
            raise self.failing


class FakeReceived:
    """The marks that cases have received."""

    def __init__(self) -> None:
        self.marks: dict[Case, frozenset[str]] = {}

    def received(self, cases: frozenset[Case]) -> Mapping[Case, frozenset[str]]:
        return {case: marks for case, marks in self.marks.items() if case in cases}
