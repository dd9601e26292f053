"""How much it matters."""

from kedge.domain.incident import Cause, Problem, Severity
from kedge.domain.run import Monitor
from kedge.policy.document import Policy


def severity_of(policy: Policy, monitor: Monitor, cause: Cause, problem: Problem) -> Severity:
    """The severity of a problem: its cause's, raised where many features drifted at once."""
    if monitor is Monitor.ALARM and cause is Cause.INCONCLUSIVE:
        return policy.alarm_severity
    severity = policy.severity_of(cause)
    if cause is Cause.INPUT_DRIFT and _many(policy, problem):
        return Severity.CRITICAL
    return severity


def _many(policy: Policy, problem: Problem) -> bool:
    subjects = problem.subjects or 0
    if subjects >= policy.critical_findings:
        return True
    return bool(problem.features) and subjects / (problem.features or 1) > policy.critical_share
