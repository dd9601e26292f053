"""One JSON object for each signal of a replay, as docs/recordings.md describes it."""

from functools import cache
from typing import Any

import msgspec

from kedge.domain.decision import Notify, Queued, RemedyHeld, RemedySelected
from kedge.domain.incident import Incident
from kedge.domain.notification import IncidentSummary, Unlisted
from kedge.domain.provenance import OWN, Provenance
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor, Reading
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished, Signal
from kedge.policy.routes import SEPARATOR
from kedge.services.intake import IntakeOutcome, case_of
from workbench.replay.loop import Played
from workbench.replay.side import Told

DEAD_LETTER = "dead_letter"
"""The reason of an event that became a dead letter."""

MALFORMED = "malformed"
"""The word for an event that cannot be read."""


def line_of(played: Played) -> bytes:
    """Return the object for one signal, as a line of JSON."""
    return msgspec.json.encode(object_of(played)) + b"\n"


def object_of(played: Played) -> dict[str, Any]:
    """Return the object for one signal. Its four keys are always there; `fault` only if a part could not be read."""
    if (fault := played.fault) is not None:
        place = f"{fault.where}: {fault.path}"
        told = _object(played.stamp, ignored=MALFORMED, decision=_nothing(f"{MALFORMED}: {place}: {fault.why}"))
        return {**told, "fault": {"path": place, "why": fault.why}}
    if played.told is not None:
        return _object(played.stamp, signal=_timer(played.told), decision=_telling(played.told))
    if played.outcome is None:
        return _object(played.stamp, decision={**_nothing(DEAD_LETTER), "note": played.dead})
    outcome = played.outcome
    if outcome.ignored is not None:
        return _object(played.stamp, ignored=outcome.ignored, decision=_nothing(outcome.ignored))
    return _object(played.stamp, signal=_signal(outcome), decision=_decision(outcome))


def _object(stamp: str | None, *, decision: Any, signal: Any = None, ignored: str | None = None) -> dict[str, Any]:
    return {"at": stamp, "signal": signal, "ignored": ignored, "decision": decision}


def _nothing(reason: str) -> dict[str, Any]:
    return {"incident": None, "reason": reason, "effects": []}


def _signal(outcome: IntakeOutcome) -> dict[str, Any] | None:
    signal, decision = outcome.signal, outcome.decision
    if signal is None:
        return None
    told = _named(_kind(type(signal)), signal.id, str(signal.target))
    # The case of a mere change has the name of the change, which is not a monitor.
    told["monitor"] = case if isinstance(case := case_of(signal), Monitor) else None
    told |= _provenance(signal.provenance)
    match signal:
        case RunFinished(evidence=evidence):
            told |= {"verdict": signal.verdict, "evidence": evidence.reading}
            told["findings"] = len(evidence.findings) if evidence.reading is Reading.READ else None
            if signal.disputed:
                told["disputed"] = signal.disputed
        case AlarmChanged():
            told["verdict"] = signal.verdict
    if decision is not None and decision.verdict is not None:
        told["verdict"] = decision.verdict  # after the policy's evaluation: too few records make it inconclusive
    return told


@cache
def _kind(signal: type[Signal]) -> str:
    return str(signal.__struct_config__.tag)


def _timer(told: Told) -> dict[str, Any]:
    """Return the moment of a message of gathered news, as a signal of the worst incident's case."""
    worst = told.briefs[0] if told.briefs else None
    incident = told.effect.incident
    target, monitor = (worst.target, worst.monitor) if worst is not None else (incident.target, incident.monitor)
    named = _named("TimerFired", f"told/{told.effect.id}", str(target))
    return {**named, "monitor": monitor, **_provenance(OWN)}


def _provenance(provenance: Provenance) -> dict[str, Any]:
    """Return a signal's entry point, the authority that confirms it, and its description."""
    told = {"door": provenance.entry_point, "voucher": provenance.voucher, "says": provenance.says}
    return {"provenance": told, "vouched": provenance.is_vouched}


def _named(kind: str, name: str, target: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": name,
        "target": target,
        "monitor": None,
        "verdict": None,
        "findings": None,
        "evidence": None,
    }


def _decision(outcome: IntakeOutcome) -> dict[str, Any] | None:
    decision = outcome.decision
    if decision is None:
        return _nothing(Reason.NOTED)
    told: dict[str, Any] = {
        "incident": _incident(decision.incident),
        "reason": decision.reason,
        "effects": [*map(_effect, decision.effects), *map(_remedy, decision.remedies)],
        "policy": decision.policy,
    }
    if decision.incident is not None and decision.incident.evidence:
        told["evidence"] = list(decision.incident.evidence)
    if decision.suppressed:
        told["quiet"] = [msgspec.to_builtins(suppressed) for suppressed in decision.suppressed]
    if (note := unreadable(outcome.signal)) is not None:
        told |= {"note": note, "timeline": [decision.because, note]}
    return told


def _effect(effect: Notify | Queued) -> dict[str, Any]:
    if isinstance(effect, Notify):
        return {"kind": "notify", "receiver": effect.receiver, "why": effect.why}
    told: dict[str, Any] = {
        "kind": "gathered",
        "receiver": effect.receiver,
        "why": effect.why,
        "group": shown_group(effect.group),
        "due": effect.due,
    }
    return {**told, "digest": True} if effect.digest else told


def _remedy(remedy: RemedySelected | RemedyHeld) -> dict[str, Any]:
    if isinstance(remedy, RemedyHeld):
        told: dict[str, Any] = {"kind": "refused", "remedy": remedy.remedy, "why": remedy.why, "says": remedy.says}
        return told if remedy.until is None else {**told, "until": remedy.until}
    told = {"kind": "remedy", "remedy": remedy.remedy, "mode": remedy.mode, "why": remedy.why, "says": remedy.says}
    return (
        told
        if remedy.plan is None
        else {**told, "plan": {"digest": remedy.plan.digest, **msgspec.to_builtins(remedy.plan.doing)}}
    )


def shown_group(group: str) -> str:
    """Return a group for people: its receiver, its route, and the common labels of its incidents."""
    return " ".join(group.split(SEPARATOR))


def _telling(told: Told) -> dict[str, Any]:
    effect = told.effect
    decision: dict[str, Any] = {
        "incident": _incident(told.briefs[0] if told.briefs else None),
        "reason": effect.why,
        "effects": [{"kind": "notify", "receiver": told.receiver, "why": effect.why}],
        "policy": effect.policy,
        "incidents": [_listed(brief) for brief in told.briefs],
    }
    if effect.tally != Unlisted():
        decision["tally"] = msgspec.to_builtins(effect.tally)
    return decision


def _incident(incident: Incident | IncidentSummary | None) -> dict[str, Any] | None:
    if incident is None:
        return None
    return {
        "id": incident.incident if isinstance(incident, IncidentSummary) else incident.id,
        "state": incident.state,
        "severity": incident.severity,
        "cause": incident.cause,
    }


def _listed(brief: IncidentSummary) -> dict[str, Any]:
    where = {"target": str(brief.target), "monitor": brief.monitor, "why": brief.why}
    return {**(_incident(brief) or {}), **where}


def unreadable(signal: AnySignal | None) -> str | None:
    """Return which report could not be read, and why; None if there is no such report."""
    if not isinstance(signal, RunFinished) or signal.evidence.reading is not Reading.UNREADABLE:
        return None
    uri, why = signal.evidence.uri or "the report", signal.evidence.why or "unreadable"
    return why if uri in why else f"{uri}: {why}"
