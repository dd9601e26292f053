"""The lifecycle of an incident: opened once, made worse, resolved, reopened, flapping, each time for a reason."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.decide import corroboration
from kedge.decide.alarm_contributors import is_told_already, listed, without_part
from kedge.decide.broken_data import remembering
from kedge.decide.cause import strength
from kedge.decide.deduplication import confirms_what_was_said
from kedge.decide.diagnosis import describe_incident
from kedge.decide.evaluation import Evaluation
from kedge.decide.incident_parts import beside, grew, with_draft, without
from kedge.decide.incident_update import SOURCES, news_of, severity_alone, what
from kedge.decide.watch import has_news, news_words
from kedge.domain.cause import Cause
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.ids import mark
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.provenance import Provenance, weaker
from kedge.domain.reason import Reason
from kedge.domain.run import FAULTS, Monitor
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.formatting import format_time
from kedge.policy.compiled import Policy
from kedge.routing.pipeline import IncidentUpdate
from kedge.routing.suppression import is_freed


def is_the_same(policy: Policy, before: Incident, draft: Incident, at: datetime) -> bool:
    """Return whether the problem at `at` is the earlier resolved incident, for its receivers.

    A monitor that breaks is a different problem than its findings. But a receiver whose resolved notification was
    suppressed, or who only knows that it flaps, knows one incident.
    """
    alike = (before.cause is Cause.MONITOR_FAULT) is (draft.cause is Cause.MONITOR_FAULT)
    soon = before.resolved is not None and at - before.resolved <= policy.reopen_within
    return (alike and soon) or _waits_to_be_over(before)


def why_again(before: Incident, incident: Incident) -> Reason:
    """Return the reason for receivers that do not know of the end: a worse or different problem, or no news."""
    if _waits_to_be_over(before) and incident.severity.rank > before.severity.rank:
        return Reason.SEVERITY_RAISED
    if _waits_to_be_over(before) and incident.cause is not before.cause:
        return Reason.CAUSE_CHANGED
    if (
        _waits_to_be_over(before)
        and incident.monitor is Monitor.FLEET
        and not {*incident.features} <= {*before.features}
    ):
        return Reason.ANOTHER_FEATURE
    return Reason.REOPENED


def reopen(before: Incident, draft: Incident, now: datetime) -> Incident:
    """Return the resolved incident with the current problem, and with the state of all notifications."""
    if before.flapping:
        # As while it is open: a flapping incident must not be reported each time as worse and better.
        worst = max(before.severity, draft.severity, key=lambda severity: severity.rank)
        weaker = strength(draft.cause) <= strength(before.cause)
        draft = msgspec.structs.replace(draft, severity=worst, cause=before.cause if weaker else draft.cause)
    return msgspec.structs.replace(
        draft,
        id=before.id,
        since=before.since,
        broken_since=before.broken_since or draft.broken_since,
        runs=before.runs + 1,
        revision=before.revision + 1,
        reopened=before.reopened + 1,
        resolved_before=before.resolved,
        told=before.told,
        waiting=before.waiting,
        pending=before.pending,
        flapping=before.flapping,
        tags=draft.tags or before.tags,
        remedy=before.remedy if before.remedy is not None and not before.remedy.stage.is_over else None,
        tried=before.tried,
        changed=now,
    )


def _waits_to_be_over(before: Incident) -> bool:
    return before.flapping or any(waiting.why is Reason.RESOLVED for waiting in before.waiting.values())


def turned(policy: Policy, turns: tuple[datetime, ...], at: datetime) -> tuple[datetime, ...]:
    """Return the counted times at which a case fired or resolved, with one more."""
    rule = policy.flapping
    if rule is None:
        return ()
    return tuple(turn for turn in (*turns, at) if turn > at - rule.within)[-rule.changes :]


def begins_to_flap(policy: Policy, turns: tuple[datetime, ...]) -> bool:
    """Return whether a case has changed too often for its next changes to be news."""
    return policy.flapping is not None and len(turns) >= policy.flapping.changes


# A schedule runs once a day or more often. One that is silent for this long was deleted, or replaced by another.
_GONE: Final = timedelta(days=14)
_NAMED: Final = 5


def update_incident(case: Evaluation) -> IncidentUpdate:
    """Open an incident, reopen the last one, change the open one, resolve it, or find that all is well.

    Unconfirmed signals open incidents, and change and end unconfirmed ones. Beside a confirmed incident they are only
    reported.
    """
    incident, draft = case.open_incident, case.draft
    if draft is None:
        return _well(case, incident)
    if incident is None:
        return _fire(case, draft)
    if incident.is_confirmed and not case.is_confirmed:
        return corroboration.beside(case, incident, draft)
    if case.is_confirmed and incident.provenance is not None and not incident.is_confirmed:
        return corroboration.confirm(case, incident, draft)
    return _change(case, incident, draft)


def _fire(case: Evaluation, draft: Incident) -> IncidentUpdate:
    before = case.state.incident
    turns = turned(case.policy, _turns(case), case.at)
    begins = begins_to_flap(case.policy, turns)
    # An unconfirmed incident came and went; its notifications must not suppress those of a confirmed one.
    is_new = before is None or (case.is_confirmed and before.is_only_said)
    if before is not None and not is_new and is_the_same(case.policy, before, draft, case.at):
        incident = reopen(before, draft, case.now)
        reason = why_again(before, incident)
        because = f"{what(draft.problem)}, and it had been resolved only at {format_time(before.resolved or case.at)}"
    else:
        incident, reason, because = draft, Reason.FIRST_SEEN, f"{what(draft.problem)}: no incident was open"
    past = before if before is not None and before.id != incident.id else None
    if begins and not incident.flapping:
        incident, reason = msgspec.structs.replace(incident, flapping=True), Reason.FLAPPING
        because = f"{what(draft.problem)}: the {len(turns)}th time that it fires or resolves within a short time"
    state = _with_turns(case, remembering(case.remember(bad=True, incident=None), past), turns)
    return news_of(case, reason, incident, because, state=state, tells=True)


def _turns(case: Evaluation) -> tuple[datetime, ...]:
    return case.state.turns if case.is_confirmed else case.state.turns_unconfirmed


def _with_turns(case: Evaluation, state: CaseState, turns: tuple[datetime, ...]) -> CaseState:
    if case.is_confirmed:
        return msgspec.structs.replace(state, turns=turns)
    return msgspec.structs.replace(state, turns_unconfirmed=turns)


def _change(case: Evaluation, incident: Incident, draft: Incident) -> IncidentUpdate:
    problem, cause = draft.problem, draft.cause
    broke = case.measured_nothing and incident.cause is not Cause.MONITOR_FAULT
    if broke:
        # The violation stays the subject of the incident; a monitor that breaks meanwhile only blinds it.
        known = case.last is not None and (case.last.verdict in FAULTS or case.last.history.endswith("f"))
        blind = beside(incident, draft, said=False)
        same = blind.revised(case.now)
        if known:
            return _still(case, incident, same, f"{what(problem)}, again, while the incident is open")
        return news_of(case, Reason.MONITOR_FAULT, same, f"{what(problem)}: nothing is measured now", tells=True)
    parted = incident.part_of is not None and draft.part_of is None
    alone = severity_alone(case, incident, draft)
    before = incident.confirmed_severity or incident.severity
    graver = (strength(cause), alone.rank) > (strength(incident.cause), before.rank)
    stronger = parted or graver
    # A second schedule monitors the same data; a second alarm monitors something else.
    another = has_news(case, incident)
    joined = another or (type(case.signal) is AlarmChanged and mark(case.source) not in incident.sources)
    known = type(case.signal) is AlarmChanged and is_told_already(case.state, case.signal, confirmed=case.is_confirmed)
    changed = with_draft(incident, draft, case.signal, thin=case.is_thin).revised(
        case.now,
        cause=cause if stronger else incident.cause,
        problem=listed(incident.problem, problem),
        features=draft.features,
        evidence=draft.evidence if stronger or cause is incident.cause else incident.evidence,
        provenance=draft.provenance if stronger or cause is incident.cause else _weaker(incident, draft),
        suspect=draft.suspect if stronger or cause is incident.cause else incident.suspect,
        explanations=draft.explanations if stronger or cause is incident.cause else incident.explanations,
        tags=draft.tags or incident.tags,
        broken_since=incident.broken_since or draft.broken_since,
        part_of=draft.part_of if parted else incident.part_of,
        runs=incident.runs + 1,
        sources=tuple(dict.fromkeys((*incident.sources, *draft.sources)))[-SOURCES:] if joined else incident.sources,
    )
    found = describe_incident(case.policy, changed)
    shown = max(before, found.severity, alone, key=lambda severity: severity.rank)
    raised = shown is not before
    worst = max(shown, incident.severity, key=lambda severity: severity.rank)
    # The acknowledgement was given when the incident was less severe.
    state = IncidentState.FIRING if raised else found.state
    changed = msgspec.structs.replace(
        found, severity=worst, confirmed_severity=shown if worst is not shown else None, state=state
    )
    if stronger:
        return news_of(case, Reason.CAUSE_CHANGED, changed, f"{incident.cause} turned out to be {cause}", tells=True)
    if raised:
        because = f"{before} became {shown}"
        return news_of(case, Reason.SEVERITY_RAISED, changed, because, tells=True)
    if another:
        return news_of(case, Reason.ANOTHER_FAULT, changed, news_words(case, incident), tells=True)
    if joined and confirms_what_was_said(case):
        because = f"{what(problem)}: it is confirmed now"
        return news_of(case, Reason.DUPLICATE, changed, because, tells=True, unheard=True)
    if joined and not known:
        return news_of(case, Reason.ANOTHER_ALARM, changed, f"{what(problem)}, too", tells=True)
    because = f"{what(problem)}: known since {format_time(incident.since)}"
    return _still(case, incident, changed, because)


def _still(case: Evaluation, before: Incident, incident: Incident, because: str) -> IncidentUpdate:
    """Return news without a notification, unless an existing suppression does not cover the problem any more."""
    news = news_of(case, Reason.STILL_FIRING, incident, because)
    freed = is_freed(before.problem.hushed, incident.problem.hushed)
    if not incident.waiting or not (freed or grew(before, incident)):
        return news
    why = min(incident.waiting.values(), key=lambda each: each.until).why
    only = tuple(receiver for receiver, each in incident.waiting.items() if each.why is why)
    return msgspec.structs.replace(news, tells=True, why=why, only=only)


def leave_source(case: Evaluation) -> IncidentUpdate:
    """End the findings of a source that now monitors something else.

    It sends no further signal here, and its state is removed.
    """
    news = _well(case, case.open_incident, f"{case.source} looks at {case.signal.moved_to} now")
    forgotten = {name: last for name, last in news.state.unconfirmed.items() if name != case.source}
    known = news.state.sources
    if case.is_confirmed:
        known = {name: last for name, last in known.items() if name != case.source}
    return msgspec.structs.replace(
        news, state=msgspec.structs.replace(news.state, sources=known, unconfirmed=forgotten)
    )


def _well(case: Evaluation, incident: Incident | None, moved: str = "") -> IncidentUpdate:
    well = moved or f"{case.source} is well"
    if incident is None and confirms_what_was_said(case) and not moved:
        return news_of(case, Reason.DUPLICATE, None, f"{well}, which is confirmed now")
    if incident is None:
        return news_of(case, Reason.CLEAN, None, f"{well}, and nothing is open")
    others = _others(case)
    if incident.is_confirmed and not case.is_confirmed:
        same = incident.revised(case.now)
        because = f"{moved or f'{case.source} is said to have recovered'}, which no authority confirms"
        return news_of(case, Reason.UNCONFIRMED, same, because)
    gone = sorted(name for name, last in others.items() if _is_gone(case, last))
    if len(gone) < len(others):
        still = ", ".join(sorted(others.keys() - gone)[:_NAMED])
        return news_of(case, Reason.OTHERS_FIRING, _eased(case, incident), f"{well}, {still} not yet")
    because = moved or f"{case.source} has recovered"
    if gone:
        because += f", and no signal of {', '.join(gone)} was received for {_GONE.days} days"
    resolved = incident.revised(
        case.now,
        state=IncidentState.RESOLVED,
        resolved=max(case.at, incident.since),
        whole_since=case.signal.window.start if isinstance(case.signal, RunFinished) and case.signal.window else None,
    )
    turns = turned(case.policy, _turns(case), case.at)
    state = _with_turns(case, case.remember(bad=False, incident=None), turns)
    return news_of(case, Reason.RESOLVED, resolved, because, state=state, tells=True)


def _eased(case: Evaluation, incident: Incident) -> Incident:
    """Return the incident without the findings of the sources that a signal reports as well."""
    for name in dict.fromkeys((case.source, *filter(case.speaks_for, incident.others))):
        incident = without(incident, name, said=not case.is_confirmed)
    problem = incident.problem
    if type(case.signal) is AlarmChanged:
        problem = without_part(problem, case.signal)
    return incident.revised(case.now, problem=problem)


def _others(case: Evaluation) -> dict[str, SourceState]:
    """Return the other sources that hold the incident open.

    A confirmed signal that all is well also ends the unconfirmed state of its source. An unconfirmed source holds no
    confirmed incident open.
    """
    confirmed = case.open_incident is not None and case.open_incident.is_confirmed
    unconfirmed = case.state.unconfirmed.items()
    said = {} if confirmed else {name: last for name, last in unconfirmed if not case.speaks_for(name)}
    shown = {
        name: last
        for name, last in case.state.sources.items()
        if not case.speaks_for(name) or not (case.is_confirmed or last is case.last)
    }
    return {name: last for name, last in [*said.items(), *shown.items()] if last.bad}


def _weaker(incident: Incident, draft: Incident) -> Provenance | None:
    if incident.provenance is None or draft.provenance is None:
        return draft.provenance
    return weaker(incident.provenance, draft.provenance)


def _is_gone(case: Evaluation, last: SourceState) -> bool:
    """Return whether a bad source will never report again.

    It would hold its incident open, and suppress every later problem, without end. An alarm only reports changes: it
    may be in ALARM for a year.
    """
    return isinstance(case.signal, RunFinished) and case.finished - last.finished > _GONE
