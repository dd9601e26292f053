"""Writes what a pass has found as events of the signals queue.

Intake reads each of them as it reads the event that AWS sends, or should have sent. Both become one signal with one id.
"""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.ids import execution_id, run_id, stamp
from kedge.domain.run import Monitor
from kedge.domain.target import Target
from kedge.ports.watched import MonitoringExecution
from kedge.sources.event_header import Home
from kedge.sources.run_identity import from_word, target_of
from kedge.sources.watched import EXECUTION, SOURCE

_LONGEST: Final = 1_024
"""The most characters of a FailureReason, as botocore's model limits it."""


class FoundSignal(Struct, frozen=True, kw_only=True):
    """Something that happened. `ids` are those of its signal, and `case` is where the ring would have stored it.

    `case` is None if only intake can find it. `body` is the message for the signals queue.
    """

    ids: tuple[str, ...]
    case: tuple[Target, Monitor] | None
    body: str


def of_execution(execution: MonitoringExecution, home: Home, now: datetime) -> FoundSignal:
    """Return an execution that has ended as a signal that was found."""
    name, status = execution.schedule, execution.job_status or ""
    detail: dict[str, object] = {
        "MonitoringScheduleName": name,
        "ScheduledTime": stamp(execution.scheduled),
        "MonitoringExecutionStatus": execution.status,
        "LastModifiedTime": stamp(execution.modified),
    }
    more = {
        "EndpointName": execution.endpoint,
        "MonitoringType": execution.monitoring_type,
        "FailureReason": (execution.failure_reason or "")[:_LONGEST] or None,
        "ProcessingJobArn": execution.job,
        "ProcessingJobStatus": status if execution.job else None,
    }
    ids: tuple[str, ...] = (execution_id(home.account, home.region, name, stamp(execution.scheduled)),)
    if execution.job is not None:
        ids = (run_id(execution.job, status), *ids)
        more["MonitoringScheduleArn"] = f"{execution.job.rpartition(':')[0]}:monitoring-schedule/{name.lower()}"
    monitor = from_word(execution.monitoring_type)
    return FoundSignal(
        ids=ids,
        case=None if monitor is None else (target_of(home.account, home.region, execution.endpoint, name), monitor),
        body=_event(EXECUTION, ids[0], detail | {key: value for key, value in more.items() if value}, home, now),
    )


def _event(kind: str, name: str, detail: dict[str, object], home: Home, now: datetime) -> str:
    event = {
        "version": "0",
        "id": name,
        "source": SOURCE,
        "detail-type": kind,
        "account": home.account,
        "region": home.region,
        "time": stamp(now),
        "resources": [],
        "detail": detail,
    }
    return msgspec.json.encode(event).decode()
