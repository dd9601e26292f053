"""The recordable parts of an account, page by page: schedules and their runs, alarms and their histories."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from kedge.sources.arns import arn
from workbench.record.session import Clients
from workbench.record.span import Span

type Answer = Mapping[str, Any]

_SECOND: Final = timedelta(seconds=1)
_PAGE: Final = 100  # the maximum of each of these listings
# CloudWatch lists only metric alarms, unless the request names other types.
_TYPES: Final = ["MetricAlarm", "CompositeAlarm"]
# Auto scaling uses these alarms itself; the template's rule leaves them out, too.
_NOT_FOR_PEOPLE: Final = "TargetTracking-"


class Account:
    """The monitors and alarms of one account and Region."""

    def __init__(self, clients: Clients) -> None:
        """Keep `clients`, which returns boto3's client of a service."""
        self._sagemaker = clients("sagemaker")
        self._cloudwatch = clients("cloudwatch")

    def schedules(self) -> Iterator[Answer]:
        """Yield the summaries of all monitoring schedules, by name."""
        yield from _listed(
            self._sagemaker, "list_monitoring_schedules", "MonitoringScheduleSummaries", SortBy="Name",
            SortOrder="Ascending", PaginationConfig={"PageSize": _PAGE},
        )  # fmt: skip

    def runs(self, schedule: str, span: Span) -> Iterator[Answer]:
        """Yield the summaries of a schedule's executions within a span, the oldest first.

        The span applies to the scheduled time.
        """
        for run in _listed(
            self._sagemaker, "list_monitoring_executions", "MonitoringExecutionSummaries",
            MonitoringScheduleName=schedule, SortBy="ScheduledTime", SortOrder="Ascending",
            # "After" excludes that very time, which is the time of hourly runs; botocore sends whole seconds.
            ScheduledTimeAfter=span.since - _SECOND, ScheduledTimeBefore=span.until,
            PaginationConfig={"PageSize": _PAGE},
        ):  # fmt: skip
            if run["ScheduledTime"] >= span.since:
                yield run

    def alarms(self) -> Iterator[Answer]:
        """Yield all metric and composite alarms, without those of auto scaling."""
        for kind in ("MetricAlarms", "CompositeAlarms"):
            for alarm in _listed(
                self._cloudwatch, "describe_alarms", kind, AlarmTypes=[kind.removesuffix("s")],
                PaginationConfig={"PageSize": _PAGE},
            ):  # fmt: skip
                if arn(alarm["AlarmArn"]) is not None and not alarm["AlarmName"].startswith(_NOT_FOR_PEOPLE):
                    yield alarm

    def updates(self, alarm: str, span: Span) -> Iterator[Answer]:
        """Yield the state changes of an alarm within a span, the oldest first. CloudWatch keeps them for 30 days."""
        yield from _listed(
            self._cloudwatch, "describe_alarm_history", "AlarmHistoryItems", AlarmName=alarm, AlarmTypes=_TYPES,
            HistoryItemType="StateUpdate", StartDate=span.since, EndDate=span.until, ScanBy="TimestampAscending",
            PaginationConfig={"PageSize": _PAGE},
        )  # fmt: skip


def _listed(client: Any, method: str, key: str, **asked: Any) -> Iterator[Answer]:
    for page in client.get_paginator(method).paginate(**asked):
        yield from page.get(key, ())
