"""Checks the newest runs of monitors: why the last one failed, whether one is overdue, and whether all find violations.

It separates the six usual troubles of Model Monitor. The watchdog does not need these checks, because each run reports
itself to Kedge. A person who asks needs them at once.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kedge.adapters.calls import ask
from kedge.domain.finding import Check
from kedge.domain.run import FAULTS, Verdict
from kedge.domain.run_failure import failed_check
from kedge.domain.target import Target
from kedge.formatting import format_duration, format_time, shorten
from kedge.watchdog.checks import text_of
from kedge.watchdog.facts import MonitorFacts, MonitorOwner
from workbench.cli.doctor.looking import Looking
from workbench.cli.doctor.result import CheckResult, CheckState

BASELINE_JOBS: Final = timedelta(days=7)
"""The time for which failed jobs that suggest a baseline are listed."""

VIOLATED_RUNS: Final = 5
"""The number of runs in a row with violations after which the baseline or the limits are in doubt."""

# SageMaker starts a run up to 20 minutes late, and a run takes minutes.
_LATE: Final = timedelta(hours=1)
_NO_JOB: Final = "Job inputs had no data"
_SAID: Final = 200


def check_schedule(at: Looking, monitor: MonitorFacts, now: datetime) -> Iterator[CheckResult]:
    """Yield the faults of a schedule of Model Monitor: its status and its newest runs."""
    if monitor.status in {"Stopped", "Failed"}:
        stopped = monitor.status == "Stopped"
        start = f"Run: aws sagemaker start-monitoring-schedule --monitoring-schedule-name {monitor.name}"
        yield _fault(
            Check.SCHEDULE_STOPPED if stopped else Check.SCHEDULE_FAILED,
            monitor,
            f"The schedule is {monitor.status}, so nothing is measured.",
            start if stopped else "Read its FailureReason, fix the cause, and make it again.",
        )
        return
    told = ask(
        at.client("sagemaker").list_monitoring_executions,
        MonitoringScheduleName=monitor.name,
        SortBy="ScheduledTime",
        SortOrder="Descending",
        MaxResults=VIOLATED_RUNS,
    )
    runs: list[Mapping[str, Any]] = [] if told is None else told["MonitoringExecutionSummaries"]
    yield from _overdue(monitor, runs, now)
    ended = [run for run in runs if run["MonitoringExecutionStatus"] not in {"Pending", "InProgress", "Stopping"}]
    if not ended:
        return
    newest = ended[0]
    said = newest.get("FailureReason", "")
    match newest["MonitoringExecutionStatus"]:
        case "Failed":
            verdict = Verdict.NO_DATA if said.startswith(_NO_JOB) else Verdict.FAILED
            check = failed_check(verdict, said, ran=True)
            evidence = f"The newest run, of {format_time(newest['ScheduledTime'])}, failed: {shorten(said, _SAID) or 'no reason given'}"
            yield _fault(check or "run_failed", monitor, evidence, _fix(check))
        case "Stopped":
            yield _fault(Check.SCHEDULE_STOPPED, monitor, "The newest run was stopped.", _fix(Check.SCHEDULE_STOPPED))
        case "CompletedWithViolations" if len(ended) >= VIOLATED_RUNS and all(
            run["MonitoringExecutionStatus"] == "CompletedWithViolations" for run in ended
        ):
            yield _fault(
                "too_many_violations",
                monitor,
                f"Each of the last {len(ended)} runs has violations, so its limits show nothing new.",
                "Make a baseline from the current model's data, or let Kedge measure: kedge model onboard "
                f"{monitor.endpoint or 'ENDPOINT'}",
            )


def _overdue(monitor: MonitorFacts, runs: list[Mapping[str, Any]], now: datetime) -> Iterator[CheckResult]:
    """Yield the fault of a schedule whose newest run is older than its interval, or that never ran."""
    last = runs[0]["ScheduledTime"] if runs else monitor.created
    if monitor.every is None or last is None or now - last < monitor.every + _LATE:
        return
    since = f"Its last run was due at {format_time(last)}" if runs else f"It never ran since {format_time(last)}"
    yield _fault(
        Check.SCHEDULE_OVERDUE,
        monitor,
        f"{since}, and it runs every {format_duration(monitor.every)}.",
        f"Read: aws sagemaker describe-monitoring-schedule --monitoring-schedule-name {monitor.name}",
    )


def check_own_monitor(at: Looking, monitor: MonitorFacts, target: Target) -> Iterator[CheckResult]:
    """Yield the fault of the newest run of a monitor of Kedge, as the ledger has it."""
    state, _ = at.stack.ledger.load(target, monitor.kind)
    known = state.sources.get(monitor.name)
    if known is None:
        yield _fault(
            Check.SCHEDULE_OVERDUE,
            monitor,
            "Kedge has no result of this monitor.",
            "Wait for its first window. If none comes, read the log of the function monitor.",
        )
    elif known.verdict in FAULTS:
        said = state.incident.problem.said if state.incident is not None else ""
        check = failed_check(known.verdict, said, ran=True)
        evidence = f"The newest run, of {format_time(known.at)}, has no result: {shorten(said, _SAID)}"
        yield _fault(check or "run_failed", monitor, evidence, _fix(check))


def check_baseline_jobs(at: Looking) -> Iterator[CheckResult]:
    """Yield the newest jobs that should have suggested a baseline and failed."""
    told = ask(
        at.client("sagemaker").list_processing_jobs,
        NameContains="baseline-suggestion-job",
        StatusEquals="Failed",
        CreationTimeAfter=datetime.now(UTC) - BASELINE_JOBS,
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=10,
    )
    for each in [] if told is None else told["ProcessingJobSummaries"]:
        said = each.get("FailureReason") or each.get("ExitMessage") or "no reason given"
        yield CheckResult(
            check="baseline_job",
            subject=each["ProcessingJobName"],
            state=CheckState.FAULT,
            evidence=f"The job that suggests a baseline failed: {shorten(said, _SAID)}",
            fix="Check that the data set is CSV with a header or JSON Lines, that the role may read it, and its size.",
        )


def is_own(monitor: MonitorFacts) -> bool:
    """Return whether Kedge runs a monitor."""
    return monitor.owner is MonitorOwner.KEDGE


def _fix(check: Check | None) -> str:
    if check is None:
        return "Read the log of the processing job in /aws/sagemaker/ProcessingJobs."
    needed = text_of(check).fix
    return f"Check {needed}." if not needed.startswith(("start", "find")) else f"{needed[0].upper()}{needed[1:]}."


def _fault(check: str, monitor: MonitorFacts, evidence: str, fix: str) -> CheckResult:
    return CheckResult(
        check=check,
        subject=monitor.name,
        state=CheckState.FAULT,
        evidence=evidence,
        fix=fix,
        endpoint=monitor.endpoint or "",
    )
