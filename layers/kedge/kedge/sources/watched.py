"""Reads what the function `watch` found in SageMaker's lists: lost ends of executions, and runs that never began.

An execution with a processing job is read as the event of the job, so both become one signal. An execution without
captured data never has a job, and no event. SageMaker's list confirms it.
"""

from datetime import datetime
from typing import Final

from kedge.domain.errors import Permanent
from kedge.domain.ids import execution_id, overdue_id, stamp
from kedge.domain.run import Evidence, MissedRuns, Reading, Verdict
from kedge.domain.signal import Ignored, RunFinished
from kedge.formatting import format_time
from kedge.ports.readers import Monitors, Objects, Schedule
from kedge.ports.watched import MonitoringExecution
from kedge.sources.event_header import Event, Home
from kedge.sources.processing_job import read_processing_job
from kedge.sources.run_identity import first_known, from_word, is_without_data, target_of
from kedge.sources.schedule import schedule_if_known
from kedge.sources.timestamps import moment

SOURCE: Final = "kedge.watch"
_MOST_MISSED: Final = 10_000
EXECUTION: Final = "Kedge Monitoring Execution Found"
SCHEDULE: Final = "Kedge Monitoring Schedule Found"
STEP: Final = "Kedge Pipeline Step Found"
OVERDUE: Final = "Kedge Monitoring Schedule Overdue"


def read_execution(event: Event, monitors: Monitors, objects: Objects, home: Home) -> RunFinished | Ignored:
    """Return the run of a `Kedge Monitoring Execution Found` event. `home` is the account and Region of `monitors`.

    It costs the calls of the event of its job; without a job, two. It also raises the errors of the ports.

    Raises:
        MalformedSignal: a needed field is missing or wrong.
        NotYet: the API does not know the end yet.
    """
    if event.detail.text("ProcessingJobArn"):
        read = read_processing_job(event, monitors, objects)
        if read is not Ignored.GROUND_TRUTH_MERGE or event.detail.text("ProcessingJobStatus") == "Completed":
            return read
    return _without_analysis(event, monitors, home)


def read_missed_runs(event: Event) -> RunFinished:
    """Return the missed runs of a `Kedge Monitoring Schedule Overdue` event.

    Watch compared the schedule with its executions, so Kedge itself is the authority. A direct caller is none.

    Raises:
        MalformedSignal: a needed field is missing or wrong.
    """
    detail = event.detail
    name = detail.need("MonitoringScheduleName", "the name of the schedule")
    since, count = moment(detail.at("Since").value), detail.number("MissedRuns")
    if since is None:
        raise detail.at("Since").fault("must hold the time of the newest run in ISO 8601")
    if count is None or not 1 <= count <= _MOST_MISSED:
        raise detail.at("MissedRuns").fault(f"must hold a number of runs from 1 to {_MOST_MISSED:,}")
    missed = MissedRuns(count=int(count), is_last=detail.at("IsLast").value is True)
    account, region = event.place_of(detail.text("MonitoringScheduleArn"))
    return RunFinished(
        id=overdue_id(name, since),
        at=since,
        target=target_of(account, region, detail.text("EndpointName"), name),
        provenance=event.arrival.measured(f"missed run of {name}"),
        monitor=first_known((from_word(detail.text("MonitoringType")),)),
        source=name,
        verdict=Verdict.NO_DATA,
        finished=event.at,
        evidence=Evidence(reading=Reading.ABSENT),
        said=_said(missed, since, detail.text("ScheduleExpression") or "", has_run=detail.at("HasRun").value is True),
        missed=missed,
    )


def _said(missed: MissedRuns, since: datetime, expression: str, *, has_run: bool) -> str:
    last = "No run began" if has_run else "The schedule never ran"
    due = "1 run was due" if missed.count == 1 else f"{missed.count:,} runs were due"
    return f"{last} since {format_time(since)}, and {due} by {expression}."


def _without_analysis(event: Event, monitors: Monitors, home: Home) -> RunFinished | Ignored:
    """Return an execution whose data were never analysed: without data, without a job, or after its merge."""
    # Most functions read no such event, and need no reader of schedules.
    from kedge.monitors.expected_runs import window_of

    detail = event.detail
    name = detail.need("MonitoringScheduleName", "the name of the schedule")
    scheduled = moment(detail.at("ScheduledTime").value)
    if scheduled is None:
        raise detail.at("ScheduledTime").fault("must hold the time of the execution in ISO 8601")
    known = _listed(event, monitors, home, name, scheduled)
    told = known or _in_event(event, name)
    if told.job_status is None:
        return Ignored.NOT_TERMINAL
    found = _described(event, monitors, home, name)
    endpoint, kind = told.endpoint, told.monitoring_type
    if found is not None:
        endpoint, kind = endpoint or found.endpoint, kind or found.monitoring_type
    about = f"execution of monitoring schedule {name}"
    return RunFinished(
        id=execution_id(event.account, event.region, name, stamp(scheduled)),
        at=scheduled,
        target=target_of(event.account, event.region, endpoint, name),
        provenance=event.arrival.told(about) if known is None else event.arrival.confirmed(about),
        monitor=first_known((from_word(kind),)),
        source=name,
        verdict=_verdict(told),
        finished=told.modified,
        evidence=Evidence(reading=Reading.ABSENT),
        window=window_of(found.expression if found else "", scheduled),
        said=told.failure_reason,
        vague=found is None and not (endpoint and kind),
    )


def _listed(event: Event, monitors: Monitors, home: Home, name: str, scheduled: datetime) -> MonitoringExecution | None:
    """Return the execution in SageMaker's list; None without one, or if SageMaker refuses to say."""
    if (event.account, event.region) != (home.account, home.region):
        return None  # a direct caller may name any account
    try:
        return monitors.execution(name, scheduled)
    except Permanent:
        return None


def _described(event: Event, monitors: Monitors, home: Home, name: str) -> Schedule | None:
    """Return the schedule; None if it was deleted, or if SageMaker refuses to say."""
    if (event.account, event.region) != (home.account, home.region):
        return None
    return schedule_if_known(monitors, name)


def _verdict(told: MonitoringExecution) -> Verdict:
    if told.status == "Stopped":
        return Verdict.STOPPED
    return Verdict.NO_DATA if is_without_data(told.failure_reason) else Verdict.FAILED


def _in_event(event: Event, name: str) -> MonitoringExecution:
    """Return the execution as the event describes it, in case SageMaker lists it no more."""
    detail = event.detail
    at = moment(detail.at("LastModifiedTime").value) or event.at
    return MonitoringExecution(
        schedule=name,
        scheduled=at,
        status=detail.need("MonitoringExecutionStatus", "the status of the execution"),
        created=at,
        modified=at,
        endpoint=detail.text("EndpointName"),
        monitoring_type=detail.text("MonitoringType"),
        failure_reason=detail.text("FailureReason"),
    )
