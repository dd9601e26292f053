"""The identity of a run: target, schedule, kind of monitor, and the verdict of its job."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from kedge.domain.errors import Permanent
from kedge.domain.run import Evidence, Monitor, Reading, Verdict
from kedge.domain.target import Target, TargetKind
from kedge.ports.readers import Monitors, ProcessingJob, Schedule, Variable
from kedge.reports.evidence import monitor_of
from kedge.sources.arns import last_part, spelling
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
    told = from_word(_spoken(job.environment, Variable.KIND))
    account, region = event.place_of(job.arn, job.schedule_arn)
    schedule: Schedule | None = None
    if not (name and endpoint and told):
        schedule = _described(name, job, account, region, monitors)
    if schedule is not None:
        name, endpoint = name or schedule.name, endpoint or schedule.endpoint
    source = name or last_part(job.schedule_arn) or job.name
    monitor = (
        told
        or from_word(schedule.monitoring_type if schedule else None)
        or from_job_name(job.name)
        or monitor_of(evidence.findings)
        or (Monitor.DATA_QUALITY if ANALYZER in job.image else Monitor.CUSTOM)
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


TERMINAL: Final = ("Completed", "Failed", "Stopped")

# FailureReason of an execution without captured data, and of an empty capture prefix (docs/aws-behaviour.md).
_NO_DATA: Final = ("job inputs had no data", "no s3 objects found under s3 url")


def verdict_of(job: ProcessingJob, evidence: Evidence) -> Verdict:
    """Return the verdict of a terminal job.

    The beginning of ExitMessage is the contract that makes an execution `CompletedWithViolations`. A container with
    another message, or without one, is judged by its report.
    """
    if job.status == "Stopped":
        return Verdict.STOPPED
    if job.status == "Failed":
        said = f"{job.failure_reason or ''}\n{job.exit_message or ''}"
        return Verdict.NO_DATA if is_without_data(said) else Verdict.FAILED
    exit_message = (job.exit_message or "").strip()
    if exit_message.startswith("CompletedWithViolations"):
        return Verdict.VIOLATED
    if exit_message.startswith("Completed"):
        return Verdict.CLEAN
    return verdict_by(evidence, absent=Verdict.CLEAN)


def is_without_data(reason: str | None) -> bool:
    """Return whether a FailureReason says that no data was captured."""
    said = (reason or "").lower()
    return any(words in said for words in _NO_DATA)


def verdict_by(evidence: Evidence, *, absent: Verdict) -> Verdict:
    """Return the verdict of a report alone. An unreadable report counts as violated, because a person must check it."""
    match evidence.reading:
        case Reading.READ:
            return Verdict.VIOLATED if evidence.findings else Verdict.CLEAN
        case Reading.UNREADABLE:
            return Verdict.VIOLATED
        case Reading.ABSENT:
            return absent


ANALYZER: Final = "sagemaker-model-monitor-analyzer"
MERGER: Final = "sagemaker-model-monitor-groundtruth-merger"

# MonitoringType (DataQuality), analysis_type and CheckType (DATA_QUALITY), all without case and separators.
_WORDS: Final = {
    "dataquality": Monitor.DATA_QUALITY,
    "modelquality": Monitor.MODEL_QUALITY,
    "modelbias": Monitor.MODEL_BIAS,
    "databias": Monitor.MODEL_BIAS,
    "bias": Monitor.MODEL_BIAS,
    "modelexplainability": Monitor.MODEL_EXPLAINABILITY,
    "explainability": Monitor.MODEL_EXPLAINABILITY,
}
# Nearly every word is in the API's own spelling.
_AS_WRITTEN: Final = {each.value: each for each in Monitor if spelling(each.value) in _WORDS}
_PREFIXES: Final = {
    "model-quality-monitoring-": Monitor.MODEL_QUALITY,
    "data-quality-monitoring-": Monitor.DATA_QUALITY,
    "model-monitoring-": Monitor.DATA_QUALITY,
    "model-bias-monitoring-": Monitor.MODEL_BIAS,
    "model-explainability-monitoring-": Monitor.MODEL_EXPLAINABILITY,
}


def from_word(word: str | None) -> Monitor | None:
    """Return the monitor for SageMaker's word in any spelling."""
    return (_AS_WRITTEN.get(word) or _WORDS.get(spelling(word))) if word else None


def from_job_name(name: str) -> Monitor | None:
    """Return the monitor whose scheduled jobs have this prefix. Only one prefix is verified, so other signs come first."""
    return next((monitor for prefix, monitor in _PREFIXES.items() if name.lower().startswith(prefix)), None)


def first_known(candidates: Iterable[Monitor | None]) -> Monitor:
    """Return the first known monitor. A detector without any sign is the team's own."""
    return next((monitor for monitor in candidates if monitor is not None), Monitor.CUSTOM)
