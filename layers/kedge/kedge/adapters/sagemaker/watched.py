"""SageMaker's lists of a whole account and Region."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from kedge.adapters.calls import Client, pages, utc
from kedge.ports.watched import MonitoringExecution

# The bounds of a listing are exclusive, and SageMaker's times are not finer than this.
_TICK: Final = timedelta(milliseconds=1)
_PAGE: Final = 100


class SageMakerListings:
    """The monitoring executions of an account and Region, the oldest first."""

    def __init__(self, sagemaker: Client) -> None:
        """Keep `sagemaker`, boto3's client or a double of it."""
        self._sagemaker = sagemaker

    def executions(
        self, since: datetime, until: datetime, made_after: datetime | None
    ) -> Iterator[tuple[MonitoringExecution, ...]]:
        """Yield the pages of all executions that changed from `since` to `until` (both inclusive), the oldest first.

        `made_after` limits them to those that were created at or after it. Raises Transient or Permanent.
        """
        more: dict[str, Any] = {} if made_after is None else {"CreationTimeAfter": made_after - _TICK}
        listed = pages(
            self._sagemaker.list_monitoring_executions,
            LastModifiedTimeAfter=since - _TICK,
            LastModifiedTimeBefore=until + _TICK,
            SortBy="CreationTime",
            SortOrder="Ascending",
            MaxResults=_PAGE,
            **more,
        )
        for page in listed:
            yield tuple(map(execution_of, page.get("MonitoringExecutionSummaries", ())))


def execution_of(told: Mapping[str, Any]) -> MonitoringExecution:
    """Return a MonitoringExecutionSummary in Kedge's words."""
    return MonitoringExecution(
        schedule=told["MonitoringScheduleName"],
        scheduled=_time(told["ScheduledTime"]),
        status=told["MonitoringExecutionStatus"],
        created=_time(told["CreationTime"]),
        modified=_time(told["LastModifiedTime"]),
        job=told.get("ProcessingJobArn"),
        endpoint=told.get("EndpointName"),
        monitoring_type=told.get("MonitoringType"),
        failure_reason=told.get("FailureReason"),
    )


def _time(when: datetime) -> datetime:
    return utc(when) or when
