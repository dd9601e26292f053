"""Reads the status of a monitoring schedule.

SageMaker lists this event but does not document its content. So Kedge only reads a name from it, in any spelling;
DescribeMonitoringSchedule returns the rest.
"""

from typing import Final

from kedge.domain.errors import Permanent
from kedge.domain.ids import schedule_id, stamp
from kedge.domain.signal import ScheduleChanged
from kedge.ports.readers import Monitors, Schedule
from kedge.sources import run_identity
from kedge.sources.arns import last_part, spelling
from kedge.sources.event_header import Event, is_of
from kedge.sources.run_identity import target_of
from kedge.sources.timestamps import moment

_STATUSES: Final = {spelling(word): word for word in ("Pending", "Failed", "Scheduled", "Stopped", "Deleted")}


def read_schedule(event: Event, monitors: Monitors) -> ScheduleChanged:
    """Return the signal in a `SageMaker Monitoring Schedule State Change`. Costs one call.

    It also raises the errors of the port.

    Raises:
        MalformedSignal: the schedule's name or its status is unknown.
    """
    detail = event.detail
    arn = detail.text("MonitoringScheduleArn", "monitoringScheduleArn") or next(iter(event.resources), None)
    name = detail.text("MonitoringScheduleName", "monitoringScheduleName") or last_part(arn)
    if name is None:
        raise detail.at("MonitoringScheduleName").fault("must hold the schedule's name; neither it nor an ARN does")
    account, region = event.place_of(arn)
    found = schedule_here(monitors, name, account, region)
    told = detail.text("MonitoringScheduleStatus", "monitoringScheduleStatus")
    # A schedule's status changes back and forth: the event's is that of its own time, the API's may be a later one.
    status = _STATUSES.get(spelling(told or "")) or (found.status if found else told)
    if status is None:
        raise detail.at("MonitoringScheduleStatus").fault("must hold a status, since the API knows no such schedule")
    agrees = found is not None and found.status == status
    # The event may lack the time of the change: then the API's gives it the id that every other report of it has.
    at = moment(detail.at("LastModifiedTime").value) or (found.modified if found and agrees else None) or event.at
    # If the API describes a batch schedule, which does not have an endpoint, the event must not add one.
    endpoint = found.endpoint if found else detail.text("EndpointName", "endpointName")
    kinds = (found.monitoring_type if found else None, detail.text("MonitoringType", "monitoringType"))
    name = found.name if found else name
    about = f"monitoring schedule {name}"
    return ScheduleChanged(
        id=schedule_id(account, region, name, status, stamp(at)),
        at=at,
        target=target_of(account, region, endpoint, name),
        provenance=event.arrival.confirmed(about) if agrees else event.arrival.told(about),
        monitor=run_identity.first_known(map(run_identity.from_word, kinds)),
        source=name,
        status=status,
        vague=found is None and not (endpoint and kinds[1]),
        said=(found.failure_reason if found else None) or detail.text("FailureReason", "failureReason"),
    )


def schedule_here(monitors: Monitors, name: str, account: str, region: str) -> Schedule | None:
    """Return the schedule of a name in an account and Region.

    None if SageMaker does not know it there, or refuses to say.

    Raises the errors of the port.
    """
    found = monitors.schedule(name)
    return found if found is not None and is_of(found.arn, account, region) else None


def schedule_if_known(monitors: Monitors, name: str) -> Schedule | None:
    """Return the schedule of a name, or None: a team's own detector has a name, but no schedule.

    A refusal (Permanent) counts as absence, because the report is sent without it.

    Raises:
        Transient: the port failed.
    """
    try:
        return monitors.schedule(name)
    except Permanent:
        return None
