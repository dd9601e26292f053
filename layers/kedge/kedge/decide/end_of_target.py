"""The end of a target: what was open about it is over, and nobody is reminded of what is not there any more."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from kedge.decide.incident_parts import without
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.provenance import Provenance
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor
from kedge.domain.signal import EndpointChanged, ScheduleChanged, TimerFired
from kedge.domain.target import Target, TargetKind
from kedge.routing.pipeline import IncidentUpdate

_DELETED: Final = "Deleted"


def is_end_of_endpoint(signal: object) -> bool:
    """Return if a signal tells that an endpoint was deleted, and an authority confirms it."""
    return isinstance(signal, EndpointChanged) and signal.status == _DELETED and signal.provenance.is_vouched


def endings(signal: EndpointChanged, cases: tuple[tuple[Monitor, CaseState], ...]) -> Iterator[TimerFired]:
    """Yield the end of each case of a deleted endpoint of which anything is known."""
    for monitor, state in cases:
        if state.sources or state.unconfirmed or (state.incident is not None and state.incident.is_open):
            says = f"endpoint {signal.target.name} was deleted"
            yield ended(signal.target, monitor, says, signal.at, signal.provenance)


def end_of_schedule(signal: ScheduleChanged) -> TimerFired | None:
    """Return the end of a schedule's part of its case, if a signal tells that it was deleted and an authority confirms it."""
    if signal.status != _DELETED or not signal.provenance.is_vouched:
        return None
    says = f"monitoring schedule {signal.source} was deleted"
    return ended(signal.target, signal.monitor, says, signal.at, signal.provenance, signal.source)


def ended(
    target: Target, monitor: Monitor, says: str, at: datetime, provenance: Provenance, source: str = ""
) -> TimerFired:
    """Return the signal that a target, or one schedule of it, has ended."""
    whole = source if target.kind is not TargetKind.SCHEDULE else ""
    return TimerFired(
        id=f"ended/{target}/{monitor}/{source}/{at.isoformat()}",
        at=at,
        target=target,
        monitor=monitor,
        ended=says,
        source=whole,
        provenance=provenance,
    )


def end(state: CaseState, signal: TimerFired, now: datetime) -> IncidentUpdate:
    """Return what is left of a case after the end of its target, or of one of its schedules.

    What was heard of after that end belongs to another target of the same name, and stays.
    """
    at = min(signal.at, now)
    sources = {name: last for name, last in state.sources.items() if not _is_gone(name, last, signal, at)}
    unconfirmed = {name: last for name, last in state.unconfirmed.items() if not _is_gone(name, last, signal, at)}
    known = msgspec.structs.replace(state, sources=sources, unconfirmed=unconfirmed)
    incident = state.incident
    if incident is None or not incident.is_open or (sources, unconfirmed) == (state.sources, state.unconfirmed):
        return IncidentUpdate(state=known, reason=Reason.NOTED, because=signal.ended)
    others = [*sources.values(), *(() if incident.is_confirmed else unconfirmed.values())]
    if any(last.bad for last in others):
        return IncidentUpdate(
            state=known, reason=Reason.OTHERS_FIRING, because=signal.ended, incident=_left(incident, state, known, now)
        )
    over = incident.revised(now, state=IncidentState.RESOLVED, resolved=max(at, incident.since), ended=signal.ended)
    return IncidentUpdate(state=known, reason=Reason.RESOLVED, because=signal.ended, incident=over, tells=True)


def _is_gone(name: str, last: SourceState, signal: TimerFired, at: datetime) -> bool:
    return (not signal.source or name == signal.source) and last.finished <= at


def _left(incident: Incident, before: CaseState, after: CaseState, now: datetime) -> Incident:
    for name in before.sources.keys() - after.sources.keys():
        incident = without(incident, name, said=False)
    for name in before.unconfirmed.keys() - after.unconfirmed.keys():
        incident = without(incident, name, said=True)
    return incident.revised(now)
