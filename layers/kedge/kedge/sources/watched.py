"""Reads what the function `watch` found in SageMaker's lists: the end of an execution whose event was lost.

An execution with a processing job is read as the event of the job, so both become one signal. An execution without
captured data never has a job, and no event. SageMaker's list confirms it.
"""

from datetime import datetime
from typing import Final

from kedge.domain.errors import Permanent
from kedge.domain.ids import execution_id, stamp
from kedge.domain.run import Evidence, Reading, Verdict
from kedge.domain.signal import Ignored, RunFinished
from kedge.ports.readers import Monitors, Objects
from kedge.ports.watched import MonitoringExecution
from kedge.sources.event_header import Event, Home
from kedge.sources.processing_job import read_processing_job
from kedge.sources.run_identity import first_known, from_word, is_without_data, target_of
from kedge.sources.schedule import schedule_here
from kedge.sources.timestamps import moment

SOURCE: Final = "kedge.watch"
EXECUTION: Final = "Kedge Monitoring Execution Found"


def read_execution(event: Event, monitors: Monitors, objects: Objects, home: Home) -> RunFinished | Ignored:
    """Return the run of a `Kedge Monitoring Execution Found` event. `home` is the account and Region of `monitors`.

    It costs the calls of the event of its job; without a job, one, and another for a batch schedule. It also raises the
    errors of the ports.

    Raises:
        MalformedSignal: a needed field is missing or wrong.
        NotYet: the API does not know the end yet.
    """
    if event.detail.text("ProcessingJobArn"):
        read = read_processing_job(event, monitors, objects)
        if read is not Ignored.GROUND_TRUTH_MERGE or event.detail.text("ProcessingJobStatus") == "Completed":
            return read
    return _without_analysis(event, monitors, home)


def _without_analysis(event: Event, monitors: Monitors, home: Home) -> RunFinished | Ignored:
    """Return an execution whose data were never analysed: without data, without a job, or after its merge."""
    detail = event.detail
    name = detail.need("MonitoringScheduleName", "the name of the schedule")
    scheduled = moment(detail.at("ScheduledTime").value)
    if scheduled is None:
        raise detail.at("ScheduledTime").fault("must hold the time of the execution in ISO 8601")
    known = _listed(event, monitors, home, name, scheduled)
    told = known or _in_event(event, name)
    if told.job_status is None:
        return Ignored.NOT_TERMINAL
    endpoint, kind = told.endpoint, told.monitoring_type
    if endpoint is None or kind is None:
        found = schedule_here(monitors, name, event.account, event.region)
        endpoint, kind = (endpoint or found.endpoint, kind or found.monitoring_type) if found else (endpoint, kind)
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
        said=told.failure_reason,
    )


def _listed(event: Event, monitors: Monitors, home: Home, name: str, scheduled: datetime) -> MonitoringExecution | None:
    """Return the execution in SageMaker's list; None without one, or if SageMaker refuses to say."""
    if (event.account, event.region) != (home.account, home.region):
        return None  # a direct caller may name any account
    try:
        return monitors.execution(name, scheduled)
    except Permanent:
        return None


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
