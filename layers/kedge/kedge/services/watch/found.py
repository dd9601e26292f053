"""Writes what a pass has found as events of the signals queue.

Intake reads each of them as it reads the event that AWS sends, or should have sent. Both become one signal with one id.
"""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.ids import execution_id, overdue_id, run_id, schedule_id, stamp, step_id
from kedge.domain.run import MissedRuns, Monitor
from kedge.domain.target import Target, TargetKind
from kedge.ports.watched import ListedSchedule, ListedStep, MonitoringExecution, ScheduleTimes
from kedge.sources.event_header import Home
from kedge.sources.run_identity import from_word, target_of
from kedge.sources.watched import EXECUTION, OVERDUE, SCHEDULE, SOURCE, STEP

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


def of_schedule(schedule: ListedSchedule, home: Home, now: datetime) -> FoundSignal:
    """Return the status of a schedule as a signal that was found."""
    when = stamp(schedule.modified)
    detail = _of_schedule(schedule) | {"MonitoringScheduleStatus": schedule.status, "LastModifiedTime": when}
    name = schedule_id(home.account, home.region, schedule.name, schedule.status, when)
    return FoundSignal(ids=(name,), case=_case_of(schedule, home), body=_event(SCHEDULE, name, detail, home, now))


def of_missed_runs(
    schedule: ListedSchedule, times: ScheduleTimes, missed: MissedRuns, home: Home, now: datetime
) -> FoundSignal:
    """Return the missed runs of a schedule as a signal that was found."""
    detail = _of_schedule(schedule) | {
        "ScheduleExpression": times.expression,
        "Since": times.since.isoformat(),
        "HasRun": times.newest is not None,
        "MissedRuns": missed.count,
        "IsLast": missed.is_last,
    }
    name = overdue_id(schedule.name, times.since)
    return FoundSignal(ids=(name,), case=_case_of(schedule, home), body=_event(OVERDUE, name, detail, home, now))


def of_step(step: ListedStep, execution: str, home: Home, now: datetime) -> FoundSignal:
    """Return the end of a check step as a signal that was found. `execution` is the ARN of the pipeline's execution."""
    detail: dict[str, object] = {
        "stepName": step.name,
        "stepType": step.kind,
        "currentStepStatus": step.status,
        "pipelineExecutionArn": execution,
        "metadata": {f"{step.kind[0].lower()}{step.kind[1:]}": {"checkType": step.check_type}},
    }
    name, monitor = step_id(execution, step.name, step.status), from_word(step.check_type)
    pipeline = execution.rpartition(":")[2].split("/")[1]
    target = Target(account=home.account, region=home.region, kind=TargetKind.PIPELINE, name=pipeline)
    case = None if monitor is None else (target, monitor)
    return FoundSignal(ids=(name,), case=case, body=_event(STEP, name, detail, home, now))


def _of_schedule(schedule: ListedSchedule) -> dict[str, object]:
    more = {"EndpointName": schedule.endpoint, "MonitoringType": schedule.monitoring_type}
    return {
        "MonitoringScheduleName": schedule.name,
        "MonitoringScheduleArn": schedule.arn,
        **{key: value for key, value in more.items() if value},
    }


def _case_of(thing: ListedSchedule, home: Home) -> tuple[Target, Monitor] | None:
    monitor = from_word(thing.monitoring_type)
    return None if monitor is None else (target_of(home.account, home.region, thing.endpoint, thing.name), monitor)


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
