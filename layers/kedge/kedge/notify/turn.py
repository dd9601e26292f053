"""What is new since the last message: the turn that an incident has taken."""

from typing import Final

from kedge.domain.action import Stage
from kedge.domain.effect import Effect
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.reason import Reason
from kedge.notify.figures import age, duration, moment
from kedge.notify.plain import short

# While it flaps, nothing is told of its coming and going.
_FLAPPING: Final = "You will not hear of its next turns, until it stays or stays away."

_SAID: Final = {
    Reason.ANOTHER_ALARM: "Another alarm of the same target went off while the first had not gone back.",
    Reason.ANOTHER_FEATURE: "More features than before are off on many targets.",
    Reason.SETTLED: "It came and went, and now it stays.",
    Reason.STILL_FIRING: "Nothing new: it is still so.",
}


def turn(effect: Effect) -> str:
    """What is new, in a sentence or two; empty for the first message."""
    incident = effect.incident
    match effect.why:
        case Reason.REOPENED:
            return _reopened(effect)
        case Reason.SEVERITY_RAISED:
            return f"It became worse: the severity is now {incident.severity.upper()}.{_had_taken(incident)}"
        case Reason.CAUSE_CHANGED:
            return f"The evidence now says more about the cause: {incident.cause.replace('_', ' ')}."
        case Reason.CONFIRMED:
            return f"An authority confirms now what only a message or a file had said.{_had_taken(incident)}"
        case Reason.FLAPPING:
            return f"It comes and goes{_came_back(incident)}. {_FLAPPING}"
        case Reason.REMINDER:
            return f"Nothing new: it is still so, and {_nobody(incident)}."
        case _:
            return _SAID.get(effect.why, "")


def prelude(effect: Effect) -> str:
    """The turn in a few words before the symptom, where the symptom alone would be taken for news; else empty."""
    match effect.why:
        case Reason.REOPENED:
            return "fires again: "
        case Reason.CONFIRMED:
            return "confirmed now: "
        case Reason.FLAPPING:
            return "comes and goes: "
        case Reason.SETTLED:
            return "stays now: "
        case Reason.REMINDER:
            return f"still so after {duration(effect.at - effect.incident.since)}: "
        case _:
            return ""


def in_hand(incident: Incident) -> str:
    """Who looks after it, as far as somebody said so; else empty."""
    acting = incident.remedy
    kedge = acting is not None and acting.stage in {Stage.ACTED, Stage.VERIFIED}
    who = short(incident.by or "", 60) or ("Kedge" if kedge else "somebody")
    match incident.state:
        case IncidentState.ACKNOWLEDGED:
            return f"{who} has acknowledged it"
        case IncidentState.MITIGATING:
            return f"{who} is mitigating it"
        case _:
            return ""


def times_back(incident: Incident) -> str:
    """How often it came back after it was resolved; empty where it never did."""
    if not incident.reopened:
        return ""
    return "came back once" if incident.reopened == 1 else f"came back {incident.reopened:,} times"


def _reopened(effect: Effect) -> str:
    before = effect.incident.resolved_before
    if before is None:
        return "It fires again after it was resolved."
    return f"It fires again. It had been resolved at {moment(before)} ({age(before, effect.at)})."


def _came_back(incident: Incident) -> str:
    back = times_back(incident)
    return f": it {back} after it was resolved" if back else ""


def _nobody(incident: Incident) -> str:
    # A severity that rises takes an acknowledgement back.
    return f"nobody has acknowledged it{' since it became worse' if incident.by else ''}"


def _had_taken(incident: Incident) -> str:
    return f" {short(incident.by, 60)} had acknowledged it before." if incident.by else ""
