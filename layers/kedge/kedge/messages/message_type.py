"""What sort of thing a message tells: the first question, before any word is chosen."""

from enum import StrEnum
from typing import Final

from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.effect import Effect
from kedge.domain.finding import DRIFT_CHECKS
from kedge.domain.incident import IncidentState, Problem
from kedge.domain.run import Monitor, Reading, Verdict


class MessageType(StrEnum):
    """The sorts of message. A violation, a broken monitor and a blind one are never told in the same words."""

    INPUT_DRIFT = "input_drift"
    SCHEMA_BREAK = "schema_break"
    MODEL_QUALITY = "model_quality"
    BIAS = "bias"
    ATTRIBUTION = "attribution"
    DEPLOYMENT = "deployment"
    UPSTREAM = "upstream"
    VIOLATION = "violation"  # violated, and the evidence names no cause
    UNREAD = "unread"  # violated, and the report cannot be read
    DISPUTED = "disputed"  # violated, and SageMaker contradicts the report
    NO_REPORT = "no_report"  # violated, and there is no report
    FAILED = "failed"
    NO_DATA = "no_data"
    OVERDUE = "overdue"  # no run was heard of when one was due
    STOPPED = "stopped"
    UNMEASURED = "unmeasured"  # for a long time no window had enough records
    BLINDED = "blinded"  # the monitor broke while an incident that it had found was open
    ALARM = "alarm"
    POLICY = "policy"  # the team's rules cannot be read
    RESOLVED = "resolved"


_BY_CAUSE: Final = {
    Cause.INPUT_DRIFT: MessageType.INPUT_DRIFT,
    Cause.SCHEMA_BREAK: MessageType.SCHEMA_BREAK,
    Cause.CONCEPT_DRIFT: MessageType.MODEL_QUALITY,
    Cause.BIAS_DRIFT: MessageType.BIAS,
    Cause.ATTRIBUTION_DRIFT: MessageType.ATTRIBUTION,
    Cause.DEPLOYMENT_REGRESSION: MessageType.DEPLOYMENT,
    Cause.UPSTREAM_INCIDENT: MessageType.UPSTREAM,
}
_BY_VERDICT: Final = {
    Verdict.FAILED: MessageType.FAILED,
    Verdict.NO_DATA: MessageType.NO_DATA,
    Verdict.STOPPED: MessageType.STOPPED,
    Verdict.ALARM: MessageType.ALARM,
    Verdict.INSUFFICIENT_DATA: MessageType.NO_DATA,
    Verdict.INCONCLUSIVE: MessageType.UNMEASURED,
}
MEASURED_NOTHING: Final = frozenset(
    {MessageType.FAILED, MessageType.NO_DATA, MessageType.OVERDUE, MessageType.STOPPED, MessageType.BLINDED}
)
# No job of a monitor is behind these: Kedge itself found what they tell.
_OWN: Final = {Monitor.FLEET: MessageType.UPSTREAM, Monitor.POLICY: MessageType.POLICY}


def message_type_of(effect: Effect) -> MessageType:
    """The sort of message that an effect asks for."""
    incident = effect.incident
    if effect.why is Reason.RESOLVED or incident.state is IncidentState.RESOLVED:
        return MessageType.RESOLVED
    problem_kind = kind_of_problem(effect)
    if effect.why is Reason.MONITOR_FAULT and problem_kind not in MEASURED_NOTHING and incident.monitor not in _OWN:
        return MessageType.BLINDED
    return problem_kind


def kind_of_problem(effect: Effect) -> MessageType:
    """The sort of the problem itself, whether it still stands or not: the verdict speaks before the cause."""
    incident, problem = effect.incident, effect.incident.problem
    if incident.monitor in _OWN:
        return _OWN[incident.monitor]
    if _never_ran(problem):
        return MessageType.OVERDUE
    if problem.blind:
        return MessageType.NO_DATA
    if problem.verdict in _BY_VERDICT:
        return _BY_VERDICT[problem.verdict]
    if problem.disputed:
        return MessageType.DISPUTED
    if problem.findings is None and problem.reading is not Reading.READ:
        return MessageType.NO_REPORT if problem.reading is Reading.ABSENT else MessageType.UNREAD
    if incident.cause is Cause.SCHEMA_BREAK and problem.checks and DRIFT_CHECKS.issuperset(problem.checks):
        return MessageType.INPUT_DRIFT  # the columns are whole again, and the cause on record is that of an earlier run
    return kind_of_cause(incident.cause)


def kind_of_cause(cause: Cause) -> MessageType:
    """The sort of problem that a cause is told as, where a violation shows it."""
    return _BY_CAUSE.get(cause, MessageType.VIOLATION)


def told_cause(effect: Effect) -> Cause:
    """The cause to look under first: a broken monitor before what it had found."""
    return Cause.MONITOR_FAULT if message_type_of(effect) in MEASURED_NOTHING else effect.incident.cause


def _never_ran(problem: Problem) -> bool:
    """Whether nothing was heard of at all: a run that had no data was a job, and had a window."""
    return problem.verdict is Verdict.NO_DATA and problem.job is None and problem.window is None
