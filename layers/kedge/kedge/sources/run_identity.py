"""The identity of a run: target, schedule and kind of monitor."""

from typing import NamedTuple

from kedge.domain.errors import Permanent
from kedge.domain.run import Evidence, Monitor
from kedge.domain.target import Target, TargetKind
from kedge.ports.readers import Monitors, ProcessingJob, Schedule, Variable
from kedge.reports.evidence import monitor_of
from kedge.sources import monitor_type
from kedge.sources.arns import last_part
from kedge.sources.event_header import Event, is_of


class RunIdentity(NamedTuple):
    """The identity of a run. `schedule` keeps its case, unless only an ARN names it.

    `vague` says that the schedule could not be described, and the job itself does not say what it monitors, or how.
    """

    target: Target
    schedule: str
    monitor: Monitor
    vague: bool = False


def schedule_named_in(environment: dict[str, str]) -> str | None:
    """Return the schedule's name in a monitoring container's environment."""
    return _spoken(environment, Variable.SCHEDULE)


def target_of(account: str, region: str, endpoint: str | None, schedule: str) -> Target:
    """Return the endpoint, or the schedule of a batch monitor, which does not have one."""
    kind, name = (TargetKind.ENDPOINT, endpoint) if endpoint else (TargetKind.SCHEDULE, schedule)
    return Target(account=account, region=region, kind=kind, name=name)


def identify(job: ProcessingJob, evidence: Evidence, event: Event, monitors: Monitors) -> RunIdentity:
    """Return target, schedule and monitor of a job that a monitor ran.

    Costs one DescribeMonitoringSchedule if the job's environment does not state all three. The environment and the
    schedule keep the case of names, ARNs do not.
    """
    name = schedule_named_in(job.environment)
    endpoint = _spoken(job.environment, Variable.ENDPOINT)
    told = monitor_type.from_word(_spoken(job.environment, Variable.KIND))
    account, region = event.place_of(job.arn, job.schedule_arn)
    schedule: Schedule | None = None
    if not (name and endpoint and told):
        schedule = _described(name, job, account, region, monitors)
    if schedule is not None:
        name, endpoint = name or schedule.name, endpoint or schedule.endpoint
    source = name or last_part(job.schedule_arn) or job.name
    monitor = (
        told
        or monitor_type.from_word(schedule.monitoring_type if schedule else None)
        or monitor_type.from_job_name(job.name)
        or monitor_of(evidence.findings)
        or (Monitor.DATA_QUALITY if monitor_type.ANALYZER in job.image else Monitor.CUSTOM)
    )
    # A described schedule without an endpoint is a batch monitor's.
    vague = schedule is None and not (endpoint and told)
    return RunIdentity(target_of(account, region, endpoint, source), source, monitor, vague)


def _described(name: str | None, job: ProcessingJob, account: str, region: str, monitors: Monitors) -> Schedule | None:
    """Return the schedule of a job.

    If the environment names it, a refusal costs the kind of monitor, but not the alert.
    """
    try:
        found = monitors.schedule(name or last_part(job.schedule_arn) or job.name)
        return found if found is not None and is_of(found.arn, account, region) else None
    except Permanent:
        if name is None:
            raise
        return None


def _spoken(environment: dict[str, str], key: str) -> str | None:
    return environment.get(key, "").strip() or None
