"""The times of a target's broken data. Windows in them show nothing about a model, and must not train one."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.domain.cause import Cause
from kedge.domain.context import EndpointContext
from kedge.domain.decision import CaseState, RemedyHeld, SourceState
from kedge.domain.incident import BrokenPeriod, Incident
from kedge.domain.remedy import HoldReason
from kedge.domain.run import Monitor, Window
from kedge.formatting import format_time
from kedge.remediation.rules import Proposal

KEPT: Final = 16
"""The maximum number of stored times of broken data of one case, beside that of its newest incident."""

_FORGOTTEN_AFTER: Final = timedelta(days=90)

UNKNOWN_WINDOW: Final = timedelta(hours=1)
"""The assumed window of a run or an alarm that does not state it."""


def broken_of(state: CaseState) -> tuple[BrokenPeriod, ...]:
    """Return the times of broken data of a case, by all of its known incidents."""
    newest = broken_by(state.incident) if state.incident is not None else None
    return state.broken if newest is None else (*state.broken, newest)


def broken_by(incident: Incident) -> BrokenPeriod | None:
    """Return the time of broken data of an incident; None if it is about something else."""
    since = incident.broken_since
    if since is None and incident.cause is Cause.SCHEMA_BREAK:
        # From a release that did not store the window.
        window = incident.problem.window
        since = min(incident.since, window.start) if window is not None else incident.since - UNKNOWN_WINDOW
    if since is None:
        return None
    until = None if incident.is_open else incident.whole_since or incident.resolved or incident.changed
    return BrokenPeriod(since=since, until=until, incident=incident.id, said=incident.is_only_said)


def remembering(state: CaseState, before: Incident | None) -> CaseState:
    """Return the state with the time of broken data of an incident that is about to be replaced."""
    broken = broken_by(before) if before is not None else None
    if broken is None or broken.until is None:
        return state
    recent = (each for each in state.broken if each.until is None or broken.until - each.until <= _FORGOTTEN_AFTER)
    return msgspec.structs.replace(state, broken=(*recent, broken)[-KEPT:])


def held_by_broken_data(
    proposal: Proposal, state: CaseState, incident: Incident, endpoint_context: EndpointContext, now: datetime
) -> RemedyHeld | None:
    """Return why no action follows from a window with broken data; None if its data was whole."""
    if not proposal.remedy.needs_sound_evidence:
        return None
    spans = [
        each for each in (*broken_of(state), *endpoint_context.broken) if not each.said or not incident.is_confirmed
    ]
    found = _overlapping(newest_window(state, incident), spans)
    if found is None:
        return None
    # An alarm does not have a later window: if it still fires later, it has another reason.
    is_alarm = incident.monitor is Monitor.ALARM
    ends = found.until + UNKNOWN_WINDOW if is_alarm and found.until is not None else None
    if ends is not None and now >= ends:
        return None
    until = f"until {format_time(found.until)}" if found.until is not None else "and still is"
    says = (
        f"the data of {incident.target.name} was broken from {format_time(found.since)} {until} (incident {found.incident}), and the"
        " newest bad window has a part of that time: it is not evidence about the model. The next window decides"
    )
    return RemedyHeld(remedy=proposal.remedy, why=HoldReason.HOLD, says=says, look=ends)


def doubt_about_data(state: CaseState, incident: Incident, endpoint_context: EndpointContext) -> str | None:
    """Return the note about an unconfirmed report of broken data in the newest window of a confirmed incident, or None."""
    spans = [each for each in (*broken_of(state), *endpoint_context.broken) if each.said and incident.is_confirmed]
    if _overlapping(newest_window(state, incident), spans) is None:
        return None
    return (
        f"A report that no authority confirms says that the data of {incident.target.name} was broken in this window."
    )


def newest_window(state: CaseState, incident: Incident) -> Window:
    """Return the window of the newest bad run or alarm of an incident."""
    window = incident.problem.window
    if window is not None:
        return window
    last = _last_of(state, incident)
    at = last.at if last is not None else incident.changed
    return Window(at - UNKNOWN_WINDOW, at)


def _overlapping(window: Window, spans: Iterable[BrokenPeriod]) -> BrokenPeriod | None:
    """Return the time of broken data that overlaps a window; of several, the one that ended last."""
    found = [each for each in spans if _overlaps(window, each)]
    return max(found, key=lambda each: (each.until is None, each.until or each.since), default=None)


def _overlaps(window: Window, span: BrokenPeriod) -> bool:
    return span.since < window.end and (span.until is None or window.start < span.until)


def _last_of(state: CaseState, incident: Incident) -> SourceState | None:
    return state.last_of(incident.problem.source, confirmed=incident.is_confirmed)
