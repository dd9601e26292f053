"""The faults of monitoring itself in words: what the watchdog found, and the next step after a run without a result."""

from collections.abc import Iterator
from typing import Final

from kedge.domain.finding import Check, known_check
from kedge.domain.incident import Incident, Problem
from kedge.domain.run_failure import missing_permission
from kedge.formatting import format_count, one_line, shorten_name

SHOWN: Final = 5
"""The number of faults that a message shows in full."""

LISTED: Final = 20
"""The number of unwatched endpoints that the weekly digest names."""

_NAME: Final = 63
_STEPS: Final = {
    Check.RUN_NO_DATA: "Check that data capture is on, that requests arrived in the window, and that the endpoint's role may write to the capture prefix.",
    Check.RUN_GROUND_TRUTH: "Check that the labels of this window exist below the ground-truth prefix in folders YYYY/MM/DD/HH (UTC), with the captured inference ids.",
    Check.RUN_MEMORY: "Give the monitor a larger instance type or more instances, or let it run more often on shorter windows.",
    Check.RUN_BASELINE: "Check that constraints and statistics of the baseline exist at the S3 URIs of the job definition. If they do not, make a new baseline.",
    Check.RUN_SCRIPT: "Test the preprocessing script with one captured record. It must return a flat dictionary, or a list of them.",
    Check.RUN_CONTAINER: "Read the log of the processing job in /aws/sagemaker/ProcessingJobs, and check that the image URI is that of this Region.",
    Check.SCHEDULE_OVERDUE: "Check the status of the schedule and its last executions.",
    Check.SCHEDULE_STOPPED: "Find out why it was stopped, and start it again.",
    Check.SCHEDULE_FAILED: "Read the failure reason of the schedule, fix its job definition or its role, and start it again.",
}


def step_after_failure(incident: Incident) -> str:
    """Return the next step after a run without a result, by the text of its failure; empty if the text is unknown."""
    failed = incident.failed_check
    if failed is Check.RUN_PERMISSION:
        permission = missing_permission(incident.problem.said)
        named = f" {permission}" if permission else " the denied action"
        return f"Allow{named} in the role of the monitoring schedule. For an encrypted bucket, the role needs its key, too."
    return _STEPS.get(failed, "") if failed is not None else ""


def symptom_of(problem: Problem) -> str:
    """Return the faults in a few words."""
    count = problem.findings or len(problem.worst)
    if Check.UNWATCHED_ENDPOINT in problem.checks:
        return f"{format_count(count, 'endpoint')} without a monitor or an alarm"
    first = next((known.words for each in problem.worst if (known := known_check(each.check)) is not None), "")
    if not first:
        return f"{format_count(count, 'fault')} of monitoring"
    return first if count <= 1 else f"{first}, and {format_count(count - 1, 'more fault')}"


def faults_of(problem: Problem) -> Iterator[tuple[str, str]]:
    """Yield label and text of each fault, with its fix; of the weekly digest, only the names of the endpoints."""
    count = problem.findings or len(problem.worst)
    if Check.UNWATCHED_ENDPOINT in problem.checks:
        names = [shorten_name(one_line(each.metric or ""), _NAME) for each in problem.worst[:LISTED]]
        more = f" and {count - len(names):,} others" if count > len(names) else ""
        yield "Endpoints", f"{', '.join(filter(None, names))}{more}"
        return
    for each in problem.worst[:SHOWN]:
        evidence, _, fix = each.said.partition("\n")
        yield "Fault", f"{shorten_name(one_line(each.metric or ''), _NAME)}: {evidence}"
        yield "Fix", fix
    if count > SHOWN:
        yield "More faults", format_count(count - min(SHOWN, len(problem.worst)), "fault")
