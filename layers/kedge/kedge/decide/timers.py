"""Carries out what is due: reminders, the end of a suppression, the end of flapping.

It is one thing at a time; the rest stays due.
"""

from datetime import datetime
from typing import Final

import msgspec

from kedge.decide.next_evaluation import calm_at, overdue_at
from kedge.domain.decision import CaseState, Reason, SourceState
from kedge.domain.ids import overdue_id
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.provenance import OWN, EntryPoint, Provenance
from kedge.domain.run import Evidence, Reading, Verdict
from kedge.domain.signal import RunFinished, TimerFired
from kedge.formatting import format_time
from kedge.policy.compiled import Policy
from kedge.routing.pipeline import IncidentUpdate

_SAID: Final = Provenance(entry_point=EntryPoint.KEDGE, says="earlier reports that no authority confirms")


def fire_timer(policy: Policy, state: CaseState, now: datetime) -> IncidentUpdate | None:
    """Return the news of the time for a case; None if nothing is due yet."""
    incident = state.incident
    if incident is None:
        return None
    calm = calm_at(policy, state)
    if calm is not None and calm <= now:
        return _settled(state, incident, now)
    due = [each for each in incident.waiting.values() if each.until <= now]
    if due:
        first = min(due, key=lambda each: each.until)
        only = tuple(name for name, each in incident.waiting.items() if each.until <= now and each.why is first.why)
        because = f"what was {first.quiet} by {first.by} is re-evaluated"
        return _again(state, incident, first.why, because, only, now)
    again = tuple(receiver for receiver, at in incident.reminders.items() if at <= now)
    if incident.state is IncidentState.FIRING and again:
        because = f"it still fires since {format_time(incident.since)} and not acknowledged"
        return _again(state, incident, Reason.REMINDER, because, again, now)
    return None


def missed_run(policy: Policy, state: CaseState, signal: TimerFired, now: datetime) -> RunFinished | None:
    """Return the missed run as one without data; None if none is overdue."""
    for provenance, sources in ((OWN, state.sources), (_SAID, state.unconfirmed)):
        for source, last in sources.items():
            at = overdue_at(policy, last)
            if at is not None and at <= now:
                return _without_data(signal, source, last, provenance, now)
    return None


def _without_data(
    signal: TimerFired, source: str, last: SourceState, provenance: Provenance, now: datetime
) -> RunFinished:
    said = f"No run ended since {format_time(last.heard)}; before that, one ended every {last.every // 60} minutes."
    return RunFinished(
        id=overdue_id(source, last.reached),
        at=last.reached,
        target=signal.target,
        monitor=signal.monitor,
        source=source,
        verdict=Verdict.NO_DATA,
        finished=now,
        evidence=Evidence(reading=Reading.ABSENT),
        said=said,
        provenance=provenance,
    )


def _settled(state: CaseState, incident: Incident, now: datetime) -> IncidentUpdate:
    calm = incident.revised(now, flapping=False)
    known = msgspec.structs.replace(state, turns=(), turns_unconfirmed=())
    if incident.is_open:
        because = "it came and went, and now it stays"
        return IncidentUpdate(state=known, reason=Reason.SETTLED, because=because, incident=calm, tells=True)
    because = "it came and went, and now it stays away"
    return IncidentUpdate(state=known, reason=Reason.RESOLVED, because=because, incident=calm, tells=True)


def _again(
    state: CaseState, incident: Incident, why: Reason, because: str, only: tuple[str, ...], now: datetime
) -> IncidentUpdate:
    changed = incident.revised(now)
    return IncidentUpdate(state=state, reason=why, because=because, incident=changed, tells=True, only=only)
