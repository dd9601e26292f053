"""The type of a message. It is selected first, and then selects the words."""

from typing import Final

from msgspec import Struct

from kedge.domain.attributed import AttributedEnum
from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.effect import Effect
from kedge.domain.finding import DRIFT_CHECKS, Check
from kedge.domain.incident import IncidentState
from kedge.domain.run import Monitor, Reading, Verdict
from kedge.domain.target import TargetKind


class MessageAttributes(Struct, frozen=True, kw_only=True):
    """The attributes of a message type.

    `impact` (with `{receiver}` for the target) is the meaning of the problem, and `step` the first action. `measured_nothing`: the
    monitor or the alarm did not have data to evaluate. `has_rows`: the message shows findings. `quotes_monitor`: it shows the
    monitor's own message. `says_end`: the facts state the outcome, and the run that found the problem is unknown. `report` is the
    label of the known report.
    """

    impact: str
    step: str
    measured_nothing: bool = False
    has_rows: bool = True
    quotes_monitor: bool = False
    says_end: bool = False
    report: str = "Report"


class MessageType(AttributedEnum):
    """The types of messages. A violation, a broken monitor and a monitor without data never share the same words."""

    INPUT_DRIFT = (
        "input_drift",
        MessageAttributes(
            impact="The input data of {receiver} differs from the baseline. The quality of the predictions is unknown.",
            step="Check whether the data pipeline or the behaviour of users changed. Do not retrain before that.",
        ),
    )
    SCHEMA_BREAK = (
        "schema_break",
        MessageAttributes(
            impact="The input data of {receiver} has columns or types that do not fit the model. Do not trust its predictions.",
            step="Contact the data owner about changes upstream. Do not retrain on this data.",
        ),
    )
    MODEL_QUALITY = (
        "model_quality",
        MessageAttributes(
            impact="The predictions of the model, compared with ground truth, are worse than the limit.",
            step="Check that the ground truth is correct and complete. If it is, retrain the model.",
        ),
    )
    BIAS = (
        "bias",
        MessageAttributes(
            impact="The model or its input data treats groups less equally than the baseline.",
            step="Notify the model owner, and check the affected groups. Do not retrain before that.",
        ),
    )
    ATTRIBUTION = (
        "attribution",
        MessageAttributes(
            impact="The model relies on other features than at the baseline. The quality of the predictions is unknown.",
            step="Compare with the model quality monitor. This finding alone does not need a remedy.",
        ),
    )
    DEPLOYMENT = (
        "deployment",
        MessageAttributes(
            impact="The endpoint became worse after a deployment. The previous config did not show this problem.",
            step="Compare the config with the previous one, and consider a roll-back.",
        ),
    )
    UPSTREAM = (
        "upstream",
        MessageAttributes(
            impact="Several models show the same problem at the same time. The fault is probably in their shared data.",
            step="Contact the owner of the shared data. Do not change the models.",
        ),
    )
    # Violated, and the evidence does not name a cause.
    VIOLATION = (
        "violation",
        MessageAttributes(
            impact="The monitor found values beyond their limits. The findings do not show a cause.",
            step="Open the report, and check whether the limit or the model is wrong.",
        ),
    )
    # Violated, and the report is not readable.
    UNREAD = (
        "unread",
        MessageAttributes(
            impact="The monitor found a violation, but Kedge cannot read the report. Treat it as serious.",
            step="Open the report, and fix the cause for which Kedge cannot read it.",
            quotes_monitor=True,
        ),
    )
    # Violated, and SageMaker contradicts the report.
    DISPUTED = (
        "disputed",
        MessageAttributes(
            impact="A report lists violations, but SageMaker contradicts it. Kedge does not act on this report.",
            step="Find the program that wrote the report, and check the endpoint.",
        ),
    )
    # Violated, and no report exists.
    NO_REPORT = (
        "no_report",
        MessageAttributes(
            impact="The monitor found a violation but wrote no report. Treat it as serious.",
            step="Check the log of the monitor for its findings and for the reason of the missing report.",
            quotes_monitor=True,
            report="Expected report",
        ),
    )
    FAILED = (
        "failed",
        MessageAttributes(
            impact="The state of the model is unknown until the next successful run.",
            step="Read the log of the monitor and fix it. The next run shows the state of the model.",
            measured_nothing=True,
            has_rows=False,
            quotes_monitor=True,
        ),
    )
    NO_DATA = (
        "no_data",
        MessageAttributes(
            impact="Faults of the model are not detected until the monitor receives data.",
            step="Check that data capture is on and that requests arrive. For model quality, check the ground truth, too.",
            measured_nothing=True,
            has_rows=False,
            quotes_monitor=True,
        ),
    )
    # Kedge received no run when one was due.
    OVERDUE = (
        "overdue",
        MessageAttributes(
            impact="The monitor did not run when it was due. Faults of the model are not detected until it runs again.",
            step="Check the status of the schedule and its last executions.",
            measured_nothing=True,
            has_rows=False,
        ),
    )
    STOPPED = (
        "stopped",
        MessageAttributes(
            impact="The monitor is stopped. Faults of the model are not detected until it runs again.",
            step="Find out why it was stopped, and start it again.",
            measured_nothing=True,
            has_rows=False,
            quotes_monitor=True,
        ),
    )
    # No window had enough records for a long time.
    UNMEASURED = (
        "unmeasured",
        MessageAttributes(
            impact="The monitor runs, but each window has too few records. Drift and worse predictions are not detected.",
            step="Give the monitor longer windows, or lower evidence.minimum_records in the policy.",
            has_rows=False,
        ),
    )
    # The monitor broke while an incident that it had found was open.
    BLINDED = (
        "blinded",
        MessageAttributes(
            impact="The incident is still open, but its monitor failed. Changes of the problem are not detected.",
            step="Fix the monitor first. Without it, a remedy cannot be verified.",
            measured_nothing=True,
            has_rows=False,
            says_end=True,
            report="Last report",
        ),
    )
    ALARM = (
        "alarm",
        MessageAttributes(
            impact="A metric is beyond the limit of its alarm.",
            step="Check the graph of the metric, then the log of the endpoint.",
            quotes_monitor=True,
        ),
    )
    # The watchdog found faults of monitoring itself.
    WATCH = (
        "watch",
        MessageAttributes(
            impact="The monitoring of {receiver} does not work as it should. Problems of the model can stay undetected.",
            step="Fix each fault. The incident is resolved at the next pass without a fault, at most 1 hour later.",
            has_rows=False,
        ),
    )
    # The weekly digest of endpoints that no monitor and no alarm watches.
    UNWATCHED = (
        "unwatched",
        MessageAttributes(
            impact="Problems of the models behind these endpoints are not detected.",
            step="Run `kedge model onboard` for each endpoint, or disable the check in the policy. This message comes once a week at most.",
            has_rows=False,
        ),
    )
    # The team's policy cannot be read.
    POLICY = (
        "policy",
        MessageAttributes(
            impact="The policy that was published last is not in force. Kedge continues with the last valid policy.",
            step="Fix the policy, check it with `kedge policy lint`, and publish it again.",
            has_rows=False,
            says_end=True,
        ),
    )
    # The Monitors document cannot be read.
    MONITORS = (
        "monitors",
        MessageAttributes(
            impact="The Monitors document that was published last is not in force. Kedge continues with the monitors of the last valid one.",
            step="Fix the Monitors document, check it with `kedge monitor lint`, and publish it again.",
            has_rows=False,
            says_end=True,
        ),
    )
    # No problem: a person tests routes and receivers.
    DRILL = (
        "drill",
        MessageAttributes(
            impact="This is a drill. No model has a problem.",
            step="Acknowledge the drill. Nothing else is needed. It ends by itself after 1 hour.",
            has_rows=False,
        ),
    )
    RESOLVED = (
        "resolved",
        MessageAttributes(
            impact="None, by the last result.",
            step="No urgent action. Add the cause to the incident as a note.",
            has_rows=False,
            says_end=True,
            report="Report of the last bad run",
        ),
    )

    def __init__(self, _word: str, row: MessageAttributes) -> None:
        """Take the attributes of the row."""
        self.impact = row.impact
        self.step = row.step
        self.measured_nothing = row.measured_nothing
        self.has_rows = row.has_rows
        self.quotes_monitor = row.quotes_monitor
        self.says_end = row.says_end
        self.report = row.report


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
# These problems do not come from a monitor's job: Kedge itself found them.
_OWN: Final = {
    Monitor.FLEET: MessageType.UPSTREAM,
    Monitor.POLICY: MessageType.POLICY,
    Monitor.WATCH: MessageType.WATCH,
    Monitor.DRILL: MessageType.DRILL,
}


def message_type_of(effect: Effect) -> MessageType:
    """Return the type of an effect's message."""
    incident = effect.incident
    if effect.why is Reason.RESOLVED or incident.state is IncidentState.RESOLVED:
        return MessageType.RESOLVED
    problem_kind = kind_of_problem(effect)
    if effect.why is Reason.MONITOR_FAULT and not problem_kind.measured_nothing and incident.monitor not in _OWN:
        return MessageType.BLINDED
    return problem_kind


def kind_of_problem(effect: Effect) -> MessageType:
    """Return the type of the problem itself, resolved or not. The verdict takes precedence over the cause."""
    incident, problem = effect.incident, effect.incident.problem
    if incident.target.kind is TargetKind.MONITORS:
        return MessageType.MONITORS
    if incident.is_weekly:
        return MessageType.UNWATCHED
    if incident.monitor in _OWN:
        return _OWN[incident.monitor]
    if incident.failed_check is Check.SCHEDULE_OVERDUE:
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
        return MessageType.INPUT_DRIFT  # columns complete: the cause is an earlier run's
    return kind_of_cause(incident.cause)


def kind_of_cause(cause: Cause) -> MessageType:
    """Return the type of a problem by its cause, if a violation shows it."""
    return _BY_CAUSE.get(cause, MessageType.VIOLATION)


def told_cause(effect: Effect) -> Cause:
    """Return the cause to investigate first: a broken monitor takes precedence over its earlier findings."""
    return Cause.MONITOR_FAULT if message_type_of(effect).measured_nothing else effect.incident.cause
