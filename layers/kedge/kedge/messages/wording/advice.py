"""Impact, actions and next step of an incident, in one or two plain sentences each.

They claim no more than the evidence. A failed monitor says nothing about the model, and drift says nothing about its quality.
"""

from typing import Final

from kedge.domain.effect import Effect
from kedge.domain.run import Monitor
from kedge.domain.target import TargetKind
from kedge.formatting import shorten
from kedge.messages.message_type import MessageType, kind_of_cause, message_type_of
from kedge.messages.remedy import news_of
from kedge.messages.wording.remedy import done_of, step_of

_IMPACT: Final = {
    MessageType.INPUT_DRIFT: "The input data of {receiver} differs from the baseline. The quality of the predictions is unknown.",
    MessageType.SCHEMA_BREAK: "The input data of {receiver} has columns or types that do not fit the model. Do not trust its predictions.",
    MessageType.MODEL_QUALITY: "The predictions of the model, compared with ground truth, are worse than the limit.",
    MessageType.BIAS: "The model or its input data treats groups less equally than the baseline.",
    MessageType.ATTRIBUTION: "The model relies on other features than at the baseline. The quality of the predictions is unknown.",
    MessageType.DEPLOYMENT: "The endpoint became worse after a deployment. The previous config did not show this problem.",
    MessageType.UPSTREAM: "Several models show the same problem at the same time. The fault is probably in their shared data.",
    MessageType.VIOLATION: "The monitor found values beyond their limits. The findings do not show a cause.",
    MessageType.UNREAD: "The monitor found a violation, but Kedge cannot read the report. Treat it as serious.",
    MessageType.DISPUTED: "A report lists violations, but SageMaker contradicts it. Kedge does not act on this report.",
    MessageType.NO_REPORT: "The monitor found a violation but wrote no report. Treat it as serious.",
    MessageType.FAILED: "Nothing was measured. The state of the model is unknown until the next successful run.",
    MessageType.NO_DATA: "Nothing was measured, because there was no data. Faults of the model are not detected.",
    MessageType.OVERDUE: "The monitor did not run when it was due. Faults of the model are not detected until it runs again.",
    MessageType.STOPPED: "The monitor is stopped. Faults of the model are not detected until it runs again.",
    MessageType.UNMEASURED: "The monitor runs, but each window has too few records. Drift and worse predictions are not detected.",
    MessageType.BLINDED: "The incident is still open, but its monitor failed. Changes of the problem are not detected.",
    MessageType.ALARM: "A metric is beyond the limit of its alarm.",
    MessageType.POLICY: "The policy that was published last is not in force. Kedge continues with the last valid policy.",
    MessageType.RESOLVED: "None, by the last result.",
}

_NEXT: Final = {
    MessageType.INPUT_DRIFT: "Check whether the data pipeline or the behaviour of users changed. Do not retrain before that.",
    MessageType.SCHEMA_BREAK: "Contact the data owner about changes upstream. Do not retrain on this data.",
    MessageType.MODEL_QUALITY: "Check that the ground truth is correct and complete. If it is, retrain the model.",
    MessageType.BIAS: "Notify the model owner, and check the affected groups. Do not retrain before that.",
    MessageType.ATTRIBUTION: "Compare with the model quality monitor. This finding alone does not need a remedy.",
    MessageType.DEPLOYMENT: "Compare the config with the previous one, and consider a roll-back.",
    MessageType.UPSTREAM: "Contact the owner of the shared data. Do not change the models.",
    MessageType.VIOLATION: "Open the report, and check whether the limit or the model is wrong.",
    MessageType.UNREAD: "Open the report, and fix the cause for which Kedge cannot read it.",
    MessageType.DISPUTED: "Find the program that wrote the report, and check the endpoint.",
    MessageType.NO_REPORT: "Check the log of the monitor for its findings and for the reason of the missing report.",
    MessageType.FAILED: "Read the log of the monitor and fix it. The next run shows the state of the model.",
    MessageType.NO_DATA: "Check that data capture is on and that requests arrive. For model quality, check the ground truth, too.",
    MessageType.OVERDUE: "Check the status of the schedule and its last executions.",
    MessageType.STOPPED: "Find out why it was stopped, and start it again.",
    MessageType.UNMEASURED: "Give the monitor longer windows, or lower evidence.minimum_records in the policy.",
    MessageType.BLINDED: "Fix the monitor first. Without it, a remedy cannot be verified.",
    MessageType.ALARM: "Check the graph of the metric, then the log of the endpoint.",
    MessageType.POLICY: "Fix the policy, check it with `kedge policy lint`, and publish it again.",
    MessageType.RESOLVED: "No urgent action. Add the cause to the incident as a note.",
}
_LEFT_TO_PEOPLE: Final = "Kedge takes no further action."
_RESOLVED_BY_HAND: Final = "No action is needed. The next bad result opens the incident again."


def impact(effect: Effect) -> str:
    """What it means for those who rely on the model, in one sentence."""
    thing = {TargetKind.ENDPOINT: "the endpoint", TargetKind.SCHEDULE: "the batch job"}
    return _IMPACT[_told_as(effect)].format(receiver=thing.get(effect.incident.target.kind, "the model"))


def first_step(effect: Effect) -> str:
    """What to do first, in one or two sentences: about the remedy while it is open or news, else about the problem."""
    acting = news_of(effect) or (effect.incident.remedy if effect.incident.is_open else None)
    if acting is not None and (step := step_of(acting)):
        return step
    kind = _told_as(effect)
    if kind is MessageType.RESOLVED and effect.incident.resolved_by:
        return _RESOLVED_BY_HAND
    turned_down = news_of(effect) is not None and acting is not None and acting.stage.is_turned_down
    return f"{_LEFT_TO_PEOPLE} {_NEXT[kind]}" if turned_down else _NEXT[kind]


def action(effect: Effect) -> str:
    """What Kedge has done so far about one incident."""
    own, news = effect.incident.remedy, news_of(effect)
    done = f" {done_of(own)}" if news is None or news is own else ""
    return f"{_told(effect)}{done}{_kept_quiet(effect)}"


def action_of_several(effect: Effect) -> str:
    """What Kedge has done so far about several incidents: their remedies are told one by one."""
    return f"{_told(effect)}{_kept_quiet(effect)}"


def _told(effect: Effect) -> str:
    return f"Notified {shorten(effect.receiver, 60)}."


def _kept_quiet(effect: Effect) -> str:
    if effect.incident.monitor is Monitor.FLEET and effect.incident.is_open:
        return " While this incident is open, Kedge does not notify of targets that show only this problem."
    return ""


def _told_as(effect: Effect) -> MessageType:
    """An alarm on a metric that a monitor publishes means what the monitor's violation would."""
    kind, of_cause = message_type_of(effect), kind_of_cause(effect.incident.cause)
    return of_cause if kind is MessageType.ALARM and of_cause is not MessageType.VIOLATION else kind
