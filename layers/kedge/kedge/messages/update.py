"""Updates: later messages about the same incident to the same receiver. They leave out what did not change.

An engineer who sees only this mail finds the rest by its runbook and by `kedge incident show`.
"""

from typing import Final

from kedge.domain.action import RemedyStatus
from kedge.domain.effect import Effect
from kedge.domain.reason import Reason
from kedge.domain.remedy import Mode
from kedge.domain.stage import Stage
from kedge.messages.digest import about_several
from kedge.messages.message_type import MessageType, message_type_of
from kedge.messages.remedy_status import asked_of, news_of, wants_eyes

_UNDECIDED: Final = frozenset({Stage.PROPOSED, Stage.PLANNED, Stage.ASKED})
_UNDER_WAY: Final = frozenset({Stage.ACTING, Stage.ACTED})
# The known report is the one of an earlier message.
_NO_NEW_REPORT: Final = frozenset({MessageType.RESOLVED, MessageType.BLINDED})


def is_update(effect: Effect) -> bool:
    """Return whether the receiver was notified of the one incident of a message before."""
    return effect.first is not None and not about_several(effect)


def shows_row(effect: Effect, label: str) -> bool:
    """Return whether a message shows a row: an update leaves out what the first message said and what did not change."""
    if not is_update(effect):
        return True
    match label:
        case "Action taken":
            return False
        case "Impact":
            return effect.why is Reason.CAUSE_CHANGED
        case "Confirmed by":
            return effect.why is Reason.CONFIRMED or effect.incident.is_only_said
        case "Plan":
            return _is_undecided(effect) or _is_carried_out_without_approval(news_of(effect))
        case "Evidence":
            return _is_undecided(effect) or effect.why is Reason.CAUSE_CHANGED
        case "Preconditions" | "Note":
            return effect.why is Reason.APPROVAL_WANTED
        case "Monitor message":
            # The table already shows the numbers of an alarm.
            return message_type_of(effect) is not MessageType.ALARM
        case _:
            return True


def shows_evidence(effect: Effect) -> bool:
    """Return whether a message shows the findings: those of an incident whose remedy worked are out of date."""
    acting = news_of(effect)
    return not is_update(effect) or acting is None or acting.stage is not Stage.VERIFIED


def shows_plan(effect: Effect, own: RemedyStatus) -> bool:
    """Return whether a message shows the whole plan of a remedy that it is not about: an update does so until the decision."""
    return not is_update(effect) or own.stage in _UNDECIDED


def shows_link(effect: Effect, key: str) -> bool:
    """Return whether a message shows a link: an update has the runbook, and what is newer than the first message."""
    kind = message_type_of(effect)
    if not is_update(effect) or key == "runbook":
        return True
    match key:
        case "report":
            return effect.incident.runs > 1 and kind not in _NO_NEW_REPORT and shows_evidence(effect)
        case "monitor_log":
            # The newest run left no findings: its log is the next place to look.
            return kind.quotes_monitor and kind is not MessageType.ALARM
        case "alarm":
            return kind is not MessageType.RESOLVED
        case "endpoint":
            return wants_eyes(effect)
        case _:
            return True


def _is_undecided(effect: Effect) -> bool:
    """Return whether an approver still needs the plan and the evidence."""
    acting = news_of(effect)
    return asked_of(effect.incident) is not None or (acting is not None and acting.stage in _UNDECIDED)


def _is_carried_out_without_approval(acting: RemedyStatus | None) -> bool:
    return acting is not None and acting.mode is Mode.AUTO and acting.stage in _UNDER_WAY
