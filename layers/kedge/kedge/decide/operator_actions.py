"""What a person decides about an incident, and what follows of it."""

from datetime import datetime
from typing import Final

import msgspec

from kedge.decide.flapping import turned
from kedge.domain.decision import CaseState, Reason
from kedge.domain.ids import mark
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.signal import Act, DecisionMade
from kedge.formatting import format_time
from kedge.policy.compiled import Policy
from kedge.routing.pipeline import IncidentUpdate

_STATES: Final = {Act.ACKNOWLEDGE: IncidentState.ACKNOWLEDGED, Act.MITIGATE: IncidentState.MITIGATING}
_REASONS: Final = {Act.ACKNOWLEDGE: Reason.ACKNOWLEDGED, Act.MITIGATE: Reason.MITIGATING}


def apply_decision(policy: Policy, state: CaseState, signal: DecisionMade, now: datetime) -> IncidentUpdate | None:
    """The news of a person's decision; None where it was heard before.

    It is about the case's newest incident, or it comes too late. A note may be made on one that is over, too.
    """
    known_by = mark(signal.id)
    if known_by in state.recent:
        return None
    heard = state.seen(known_by)
    incident, said = state.incident, f"{signal.speaker}: {signal.comment}" if signal.comment else signal.speaker
    if incident is None or incident.id != signal.incident:
        because = f"{said} ({signal.act}), but incident {signal.incident} is not the newest of its target"
        return IncidentUpdate(state=heard, reason=Reason.SUPERSEDED, because=because)
    changed = incident.revised(now)
    if signal.act is Act.NOTE:
        return IncidentUpdate(state=heard, reason=Reason.NOTED, because=said, incident=changed)
    if not incident.is_open:
        because = (
            f"{said} ({signal.act}), but it is resolved since {format_time(incident.resolved or incident.changed)}"
        )
        return IncidentUpdate(state=heard, reason=Reason.SUPERSEDED, because=because, incident=changed)
    if incident.resolved_before is not None and signal.at <= incident.resolved_before:
        because = f"{said} ({signal.act}), but that was before it fired again"
        return IncidentUpdate(state=heard, reason=Reason.SUPERSEDED, because=because, incident=changed)
    if signal.act is Act.RESOLVE:
        return _resolved(policy, heard, changed, signal, said, now)
    taken = msgspec.structs.replace(changed, state=_STATES[signal.act], by=signal.speaker, reminders={})
    return IncidentUpdate(state=heard, reason=_REASONS[signal.act], because=said, incident=taken)


def _resolved(
    policy: Policy, state: CaseState, incident: Incident, signal: DecisionMade, said: str, now: datetime
) -> IncidentUpdate:
    at = max(min(signal.at, now), incident.since)
    over = msgspec.structs.replace(
        incident, state=IncidentState.RESOLVED, by=signal.speaker, resolved_by=signal.speaker, resolved=at
    )
    # Nothing that was bad before holds a later incident open.
    sources = {name: msgspec.structs.replace(last, bad=False) for name, last in state.sources.items()}
    turns = turned(policy, state.turns, at)
    unconfirmed = {name: msgspec.structs.replace(last, bad=False) for name, last in state.unconfirmed.items()}
    known = msgspec.structs.replace(state, sources=sources, unconfirmed=unconfirmed, turns=turns)
    return IncidentUpdate(state=known, reason=Reason.RESOLVED, because=f"resolved by {said}", incident=over, tells=True)
