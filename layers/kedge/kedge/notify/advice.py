"""What a problem means, what Kedge did about it, and what to do first: a plain sentence or two each.

They claim no more than the evidence: a monitor that broke says nothing about the model, drift says nothing yet about
its quality, and nobody is told that something was done which was not.
"""

from typing import Final

from kedge.domain.action import Stage
from kedge.domain.effect import Effect
from kedge.domain.run import Monitor
from kedge.domain.target import TargetKind
from kedge.notify.kind import Kind, kind_of, kind_of_cause
from kedge.notify.plain import short
from kedge.notify.remedy import news_of
from kedge.notify.standing import done_of, step_of

_IMPACT: Final = {
    Kind.INPUT_DRIFT: "{Receiver} gets data unlike its baseline; how good the predictions still are is not known.",
    Kind.SCHEMA_BREAK: "{Receiver} gets columns or types that the model was not built for; do not trust its predictions.",
    Kind.MODEL_QUALITY: "Measured against the truth, the model's predictions are worse than the agreed limit.",
    Kind.BIAS: "The model, or the data it gets, treats groups less evenly than the baseline did.",
    Kind.ATTRIBUTION: "The model leans on other features than at the baseline; how good its predictions are is not known.",
    Kind.DEPLOYMENT: "It became worse after a deployment; what ran before did not show this.",
    Kind.UPSTREAM: "Several models show the same at once, so the fault is probably in the data they share.",
    Kind.VIOLATION: "The monitor found values beyond their limits; the findings do not say why.",
    Kind.UNREAD: "The monitor found a violation, but what it found cannot be read: take it as serious until it is.",
    Kind.DISPUTED: "A report says that something is wrong, and SageMaker contradicts it. Kedge does not act on it.",
    Kind.NO_REPORT: "The monitor found a violation and left no report of it: take it as serious until it is known.",
    Kind.FAILED: "Nothing was measured: the model may be well or not, and nobody can tell until the monitor runs again.",
    Kind.NO_DATA: "Nothing was measured: there was no data to look at, so a fault in the model would not be noticed.",
    Kind.OVERDUE: "No run was heard of when one was due: while none comes, a fault in the model would not be noticed.",
    Kind.STOPPED: "Nothing was measured: while the monitor stands still, a fault in the model would not be noticed.",
    Kind.UNMEASURED: "The monitor runs, but each window has too few records to judge: drift or worse predictions would not be noticed.",
    Kind.BLINDED: "The problem found before is still open, and nobody can tell now whether it grows or goes.",
    Kind.ALARM: "A metric is beyond the limit that the alarm's owner set.",
    Kind.POLICY: "The policy that was published last is not in force: the last good one goes on judging and telling.",
    Kind.RESOLVED: "None any more, as far as the last result tells.",
}

_NEXT: Final = {
    Kind.INPUT_DRIFT: "Find out whether the world changed or the data's source did, before anybody retrains.",
    Kind.SCHEMA_BREAK: "Ask the data's owner what changed upstream. Do not retrain on this data.",
    Kind.MODEL_QUALITY: "Check that the ground truth is right and complete; if it is, the model needs retraining.",
    Kind.BIAS: "Tell the model's owner; look at who the affected groups are before anything is retrained.",
    Kind.ATTRIBUTION: "Compare with the model quality monitor: on its own this asks for a look, not for a remedy.",
    Kind.DEPLOYMENT: "Compare with the configuration that ran before, and consider going back to it.",
    Kind.UPSTREAM: "Ask the owner of the shared data; leave the models alone.",
    Kind.VIOLATION: "Open the report and decide whether the limit or the model is wrong.",
    Kind.UNREAD: "Open the report yourself, and mend what keeps Kedge from reading it.",
    Kind.DISPUTED: "Find out which program wrote the report, and check the endpoint before you trust it.",
    Kind.NO_REPORT: "Look in the monitor's log for what it found, and why its report is missing.",
    Kind.FAILED: "Read the monitor's log, mend it, and let the next run show how the model is.",
    Kind.NO_DATA: "Check that data capture is on, that requests arrive and, for quality, that ground truth arrives.",
    Kind.OVERDUE: "Look whether the schedule still runs, and at its last executions.",
    Kind.STOPPED: "Find out who stopped it, and start it again unless that was meant.",
    Kind.UNMEASURED: "Give the monitor longer windows, or lower evidence.minimum_records if so few records are enough for you.",
    Kind.BLINDED: "Mend the monitor first: without it nobody sees whether a remedy works.",
    Kind.ALARM: "Look at the metric's curve, then at the endpoint's log.",
    Kind.POLICY: "Mend it, check it with `kedge policy lint`, and publish it again.",
    Kind.RESOLVED: "Nothing to do now. Note the cause while it is remembered.",
}
_TURNED_DOWN: Final = frozenset({Stage.REJECTED, Stage.EXPIRED})
_LEFT_TO_PEOPLE: Final = "Nothing more is done by itself."
_RESOLVED_BY_HAND: Final = "Nothing to do now. The next bad result opens it again."


def impact(effect: Effect) -> str:
    """What it means for those who rely on the model, in one sentence."""
    thing = {TargetKind.ENDPOINT: "The endpoint", TargetKind.SCHEDULE: "The batch job"}
    return _IMPACT[_told_as(effect)].format(Receiver=thing.get(effect.incident.target.kind, "The model"))


def first_step(effect: Effect) -> str:
    """What to do first, in one or two sentences: about the remedy while it is open or news, else about the problem."""
    acting = news_of(effect) or (effect.incident.remedy if effect.incident.is_open else None)
    if acting is not None and (step := step_of(acting)):
        return step
    kind = _told_as(effect)
    if kind is Kind.RESOLVED and effect.incident.resolved_by:
        return _RESOLVED_BY_HAND
    turned_down = news_of(effect) is not None and acting is not None and acting.stage in _TURNED_DOWN
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
    return f"Told {short(effect.receiver, 60)}."


def _kept_quiet(effect: Effect) -> str:
    if effect.incident.monitor is Monitor.FLEET and effect.incident.is_open:
        return " While this is open, targets that show nothing else are not told one by one."
    return ""


def _told_as(effect: Effect) -> Kind:
    """An alarm on a metric that a monitor publishes means what the monitor's violation would."""
    kind, of_cause = kind_of(effect), kind_of_cause(effect.incident.cause)
    return of_cause if kind is Kind.ALARM and of_cause is not Kind.VIOLATION else kind
