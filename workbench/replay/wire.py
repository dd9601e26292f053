"""One JSON object for each signal of a replay, as docs/recordings.md describes it."""

from typing import Any

import msgspec

from kedge.domain.decision import Decision
from kedge.domain.run import Reading
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished, ScheduleChanged
from kedge.intake import Outcome
from workbench.replay.loop import Played

DEAD_LETTER = "dead_letter"
"""The reason of an event that the queue gave up."""

MALFORMED = "malformed"
"""The word for an event that cannot be read."""


def line_of(played: Played) -> bytes:
    """The object for one signal, as a line of JSON."""
    return msgspec.json.encode(object_of(played)) + b"\n"


def object_of(played: Played) -> dict[str, Any]:
    """The object for one signal. Its four keys are always there; `fault` only where something could not be read."""
    if (fault := played.fault) is not None:
        place = f"{fault.where}: {fault.path}"
        told = _object(played.stamp, ignored=MALFORMED, decision=_nothing(f"{MALFORMED}: {place}: {fault.why}"))
        return {**told, "fault": {"path": place, "why": fault.why}}
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


def _signal(outcome: Outcome) -> dict[str, Any] | None:
    signal, decision = outcome.signal, outcome.decision
    if signal is None:
        return None
    told: dict[str, Any] = {
        "kind": type(signal).__struct_config__.tag,
        "id": signal.id,
        "target": str(signal.target),
        **dict.fromkeys(("monitor", "verdict", "findings", "evidence")),
    }
    match signal:
        case RunFinished(evidence=evidence):
            told |= {"monitor": signal.monitor, "verdict": signal.verdict, "evidence": evidence.reading}
            told["findings"] = len(evidence.findings) if evidence.reading is Reading.READ else None
        case AlarmChanged():
            told |= {"monitor": "Alarm", "verdict": signal.verdict}
        case ScheduleChanged():
            told |= {"monitor": signal.monitor}
    if decision is not None and decision.verdict is not None:
        told["verdict"] = decision.verdict  # after the policy has weighed it: too few records make it inconclusive
    return told


def _decision(outcome: Outcome) -> dict[str, Any] | None:
    decision = outcome.decision
    if decision is None:
        return None
    told: dict[str, Any] = {
        "incident": _incident(decision),
        "reason": decision.reason,
        "effects": [msgspec.to_builtins(effect) for effect in decision.effects],
    }
    if (note := unreadable(outcome.signal)) is not None:
        told |= {"note": note, "timeline": [decision.because, note]}
    return told


def _incident(decision: Decision) -> dict[str, Any] | None:
    incident = decision.incident
    if incident is None:
        return None
    return {
        "id": incident.id,
        "state": incident.state,
        "severity": incident.severity,
        "cause": incident.cause,
    }


def unreadable(signal: AnySignal | None) -> str | None:
    """Which report could not be read, and why; None where there is no such report."""
    if not isinstance(signal, RunFinished) or signal.evidence.reading is not Reading.UNREADABLE:
        return None
    uri, why = signal.evidence.uri or "the report", signal.evidence.why or "unreadable"
    return why if uri in why else f"{uri}: {why}"
