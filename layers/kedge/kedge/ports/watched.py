"""The port that lists what SageMaker did, for the function that looks for lost events."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Protocol

from msgspec import Struct

_JOB_STATUSES: Final = {
    "Completed": "Completed",
    "CompletedWithViolations": "Completed",
    "Failed": "Failed",
    "Stopped": "Stopped",
}


class MonitoringExecution(Struct, frozen=True, kw_only=True):
    """One run of a monitoring schedule, as ListMonitoringExecutions summarises it. Times are UTC.

    `status` is SageMaker's MonitoringExecutionStatus. `job` is the ARN of the processing job, None for a run that never had
    one. `endpoint` is None for a batch schedule, and `monitoring_type` is SageMaker's own word.
    """

    schedule: str
    scheduled: datetime
    status: str
    created: datetime
    modified: datetime
    job: str | None = None
    endpoint: str | None = None
    monitoring_type: str | None = None
    failure_reason: str | None = None

    @property
    def job_status(self) -> str | None:
        """Return the status of the processing job at the end of the run; None while it runs."""
        return _JOB_STATUSES.get(self.status)


class Listings(Protocol):
    """The lists of an account and Region, page by page: the memory of a pass is that of a page."""

    def executions(
        self, since: datetime, until: datetime, made_after: datetime | None
    ) -> Iterator[tuple[MonitoringExecution, ...]]:
        """Yield the pages of all executions that changed from `since` to `until` (both inclusive), the oldest first.

        `made_after` limits them to those that were created at or after it. Raises Transient or Permanent.
        """
