"""The change of an incident since the last message."""

from typing import Final

from kedge.domain.effect import Effect
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.provenance import Provenance, Voucher
from kedge.domain.reason import Reason
from kedge.domain.stage import Stage
from kedge.formatting import format_age, format_duration, format_time, shorten

# While an incident flaps, no message reports its single changes.
_FLAPPING: Final = "Further changes are suppressed until the incident is stable."

_SAID: Final = {
    Reason.ANOTHER_ALARM: "Another alarm of the same target fired.",
    Reason.SETTLED: "The incident was flapping and is firing now.",
    Reason.STILL_FIRING: "No change since the last message.",
}


def change_words(effect: Effect) -> str:
    """Return the change in 1 or 2 sentences; empty for the first message."""
    incident = effect.incident
    match effect.why:
        case Reason.REOPENED:
            return _reopened(effect)
        case Reason.SEVERITY_RAISED:
            return f"The severity rose to {incident.severity.upper()}.{_had_taken(incident)}"
        case Reason.CAUSE_CHANGED:
            return f"The cause changed to {incident.cause.replace('_', ' ')}."
        case Reason.CONFIRMED:
            return f"An authority now confirms the evidence.{_had_taken(incident)}"
        case Reason.FLAPPING:
            return f"The incident is flapping{_came_back(incident)}. {_FLAPPING}"
        case Reason.REMINDER:
            return f"No change since the last message{_unacknowledged(incident)}."
        case Reason.ANOTHER_FEATURE | Reason.ANOTHER_FAULT | Reason.MONITOR_FAULT:
            return effect.because
        case _:
            return _SAID.get(effect.why, "")


def reminder_words(effect: Effect) -> str:
    """Return what is new of a plan that still waits for approval; empty if the message is not a reminder."""
    return "No decision yet. Half of the time is over." if effect.why is Reason.APPROVAL_REMINDER else ""


def confirmed_by(provenance: Provenance) -> str:
    """Return the authority that confirms the evidence, or that there is none, with the source of the evidence."""
    if provenance.is_vouched:
        return provenance.words if provenance.voucher is Voucher.DETECTOR else provenance.voucher.who
    return f"{provenance.voucher.who}. The evidence comes from {provenance.says or 'a message'}."


def prelude(effect: Effect) -> str:
    """Return the change in a few words before the symptom, if the symptom alone would look new; else empty."""
    match effect.why:
        case Reason.REOPENED:
            return "fires again: "
        case Reason.CONFIRMED:
            return "confirmed now: "
        case Reason.FLAPPING:
            return "flapping: "
        case Reason.SETTLED:
            return "no longer flapping: "
        case Reason.REMINDER:
            return f"still firing after {format_duration(effect.at - effect.incident.since)}: "
        case _:
            return ""


def in_hand(incident: Incident) -> str:
    """Return who acknowledged the incident or mitigates it; empty if neither is so."""
    acting = incident.remedy
    kedge = acting is not None and acting.stage in {Stage.ACTED, Stage.VERIFIED}
    who = shorten(incident.by or "", 60) or ("Kedge" if kedge else "an engineer")
    return who if incident.state in {IncidentState.ACKNOWLEDGED, IncidentState.MITIGATING} else ""


def times_back(incident: Incident) -> str:
    """Return how often an incident came back after it was resolved; empty if it never did."""
    if not incident.reopened:
        return ""
    return "reopened once" if incident.reopened == 1 else f"reopened {incident.reopened:,} times"


def _reopened(effect: Effect) -> str:
    before = effect.incident.resolved_before
    if before is None:
        return "The problem fires again after it was resolved."
    return f"The problem fires again. It was resolved at {format_time(before)} ({format_age(before, effect.at)})."


def _came_back(incident: Incident) -> str:
    back = times_back(incident)
    return f" ({back})" if back else ""


def _unacknowledged(incident: Incident) -> str:
    # A higher severity revokes an acknowledgement.
    return f". The incident is not acknowledged{' since its severity rose' if incident.by else ''}"


def _had_taken(incident: Incident) -> str:
    return f" The acknowledgement by {shorten(incident.by, 60)} no longer holds." if incident.by else ""
