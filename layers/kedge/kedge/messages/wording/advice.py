"""Impact, actions and next step of an incident, in one or two plain sentences each.

They claim no more than the evidence. A failed monitor says nothing about the model, and drift says nothing about its quality.
"""

from typing import Final

from kedge.domain.effect import Effect
from kedge.domain.run import Monitor
from kedge.domain.target import TargetKind
from kedge.formatting import shorten
from kedge.messages.message_type import MessageType, kind_of_cause, message_type_of
from kedge.messages.remedy_status import news_of
from kedge.messages.wording.remedy import done_of, step_of
from kedge.messages.wording.watch import step_after_failure

_LEFT_TO_PEOPLE: Final = "Kedge takes no further action."
_FAILURES: Final = frozenset({MessageType.FAILED, MessageType.NO_DATA})
_RESOLVED_BY_HAND: Final = "No action is needed. The next bad result opens the incident again."


def impact(effect: Effect) -> str:
    """Return the impact on the users of the model, in one sentence."""
    thing = {
        TargetKind.ACCOUNT: "this account",
        TargetKind.ENDPOINT: "the endpoint",
        TargetKind.SCHEDULE: "the batch job",
    }
    return _told_as(effect).impact.format(receiver=thing.get(effect.incident.target.kind, "the model"))


def first_step(effect: Effect) -> str:
    """Return the first action, in 1 or 2 sentences: about the remedy while it is open or news, else about the problem."""
    acting = news_of(effect) or (effect.incident.remedy if effect.incident.is_open else None)
    if acting is not None and (step := step_of(acting)):
        return step
    kind = _told_as(effect)
    known = step_after_failure(effect.incident) if kind in _FAILURES else ""
    if kind is MessageType.RESOLVED and effect.incident.resolved_by:
        return _RESOLVED_BY_HAND
    turned_down = news_of(effect) is not None and acting is not None and acting.stage.is_turned_down
    step = known or kind.step
    return f"{_LEFT_TO_PEOPLE} {step}" if turned_down else step


def action(effect: Effect) -> str:
    """Return what Kedge has done so far about one incident."""
    own, news = effect.incident.remedy, news_of(effect)
    done = f" {done_of(own)}" if news is None or news is own else ""
    return f"{_notified(effect)}{done}{_kept_quiet(effect)}"


def action_of_several(effect: Effect) -> str:
    """Return what Kedge has done so far about several incidents. Each remedy is notified by itself."""
    return f"{_notified(effect)}{_kept_quiet(effect)}"


def _notified(effect: Effect) -> str:
    return f"Notified {shorten(effect.receiver, 60)}."


def _kept_quiet(effect: Effect) -> str:
    if effect.incident.monitor is Monitor.FLEET and effect.incident.is_open:
        return " While this incident is open, Kedge does not notify of targets that show only this problem."
    return ""


def _told_as(effect: Effect) -> MessageType:
    """Return the type for the advice: an alarm on a monitor's metric means the same as a violation of that monitor."""
    kind, of_cause = message_type_of(effect), kind_of_cause(effect.incident.cause)
    return of_cause if kind is MessageType.ALARM and of_cause is not MessageType.VIOLATION else kind
