"""Applies a person's decision about an incident."""

from datetime import datetime
from typing import Final

import msgspec

from kedge.decide.lifecycle import turned
from kedge.domain.decision import CaseState, Reason
from kedge.domain.ids import mark
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.signal import DecisionMade, OperatorAction
from kedge.formatting import format_time
from kedge.policy.compiled import Policy
from kedge.routing.pipeline import IncidentUpdate

_STATES: Final = {
    OperatorAction.ACKNOWLEDGE: IncidentState.ACKNOWLEDGED,
    OperatorAction.MITIGATE: IncidentState.MITIGATING,
}
_REASONS: Final = {OperatorAction.ACKNOWLEDGE: Reason.ACKNOWLEDGED, OperatorAction.MITIGATE: Reason.MITIGATING}


def apply_decision(policy: Policy, state: CaseState, signal: DecisionMade, now: datetime) -> IncidentUpdate | None:
    """Return the news of a person's decision; None if it is a repetition.

    It applies to the case's newest incident; for an older one it is too late. A note may also be made on a resolved
    incident.
    """
    known_by = mark(signal.id)
    if known_by in state.recent:
        return None
    heard = state.seen(known_by)
    incident, said = state.incident, f"{signal.author_name}: {signal.comment}" if signal.comment else signal.author_name
    if incident is None or incident.id != signal.incident:
        because = f"{said} ({signal.act}), but incident {signal.incident} is not the newest of its target"
        return IncidentUpdate(state=heard, reason=Reason.SUPERSEDED, because=because)
    changed = incident.revised(now)
    if signal.act is OperatorAction.NOTE:
        return IncidentUpdate(state=heard, reason=Reason.NOTED, because=said, incident=changed)
    if not incident.is_open:
        because = (
            f"{said} ({signal.act}), but it is resolved since {format_time(incident.resolved or incident.changed)}"
        )
        return IncidentUpdate(state=heard, reason=Reason.SUPERSEDED, because=because, incident=changed)
    if incident.resolved_before is not None and signal.at <= incident.resolved_before:
        because = f"{said} ({signal.act}), but that was before it fired again"
        return IncidentUpdate(state=heard, reason=Reason.SUPERSEDED, because=because, incident=changed)
    if signal.act is OperatorAction.RESOLVE:
        return _resolved(policy, heard, changed, signal, said, now)
    taken = msgspec.structs.replace(changed, state=_STATES[signal.act], by=signal.author_name, reminders={})
    return IncidentUpdate(state=heard, reason=_REASONS[signal.act], because=said, incident=taken)


def _resolved(
    policy: Policy, state: CaseState, incident: Incident, signal: DecisionMade, said: str, now: datetime
) -> IncidentUpdate:
    at = max(min(signal.at, now), incident.since)
    over = msgspec.structs.replace(
        incident, state=IncidentState.RESOLVED, by=signal.author_name, resolved_by=signal.author_name, resolved=at
    )
    # An earlier bad signal does not hold a later incident open.
    sources = {name: msgspec.structs.replace(last, bad=False) for name, last in state.sources.items()}
    turns = turned(policy, state.turns, at)
    unconfirmed = {name: msgspec.structs.replace(last, bad=False) for name, last in state.unconfirmed.items()}
    known = msgspec.structs.replace(state, sources=sources, unconfirmed=unconfirmed, turns=turns)
    return IncidentUpdate(state=known, reason=Reason.RESOLVED, because=f"resolved by {said}", incident=over, tells=True)
