"""SageMaker's lists of an account and Region, and the cases that have received signals."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

from kedge.domain.run import Monitor
from kedge.domain.target import Target
from kedge.ports.watched import MonitoringExecution

if TYPE_CHECKING:
    from kedge.domain.errors import KedgeError

type Case = tuple[Target, Monitor]


class FakeListings:
    """Lists in pages of `size`. `failing` is raised after `pages_before` pages."""

    def __init__(self, *executions: MonitoringExecution, size: int = 100) -> None:
        self.listed = list(executions)
        self.size = size
        self.pages = 0
        self.pages_before = 0
        self.failing: KedgeError | None = None

    def executions(
        self, since: datetime, until: datetime, made_after: datetime | None
    ) -> Iterator[tuple[MonitoringExecution, ...]]:
        found = [
            each
            for each in sorted(self.listed, key=lambda each: each.created)
            if since <= each.modified <= until and (made_after is None or each.created >= made_after)
        ]
        pages = list(batched(found, self.size, strict=False)) or [()]
        for number, page in enumerate(pages):
            if self.failing is not None and number >= self.pages_before:
                raise self.failing
            self.pages += 1
            yield page


class FakeReceived:
    """The marks that cases have received."""

    def __init__(self) -> None:
        self.marks: dict[Case, frozenset[str]] = {}

    def received(self, cases: frozenset[Case]) -> Mapping[Case, frozenset[str]]:
        return {case: marks for case, marks in self.marks.items() if case in cases}
