"""The life of an incident: opened once, made worse, resolved, opened again, each time for a reason."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.domain.action import Acting, Stage
from kedge.domain.decision import Last, Reason, State
from kedge.domain.ids import mark
from kedge.domain.incident import Cause, Incident, IncidentState, Problem, Severity
from kedge.domain.provenance import Provenance, weaker
from kedge.domain.remedy import Mode
from kedge.domain.run import BAD, FAULTS, Verdict
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.policy.case import Case
from kedge.policy.cause import strength
from kedge.policy.diagnosis import described
from kedge.policy.flapping import begins_to_flap, turned
from kedge.policy.order import confirms_what_was_said
from kedge.policy.remedies import rules_of
from kedge.policy.reopening import is_the_same, reopened, why_again
from kedge.policy.telling import News

# More alarms than anybody sets on one endpoint (one a feature); as marks, since each effect carries them.
_SOURCES: Final = 1_000
# A schedule runs once a day or more often. One that has said nothing for so long was deleted, or replaced by another.
_GONE: Final = timedelta(days=14)
_WITHOUT_ANSWER: Final = frozenset({Stage.PROPOSED, Stage.REFUSED, Stage.EXPIRED})
_IN_QUESTION: Final = frozenset({Stage.PLANNED, Stage.ASKED})


def live(case: Case) -> News:
    """Open an incident, open the last one again, change the open one, resolve it, or find that all is well.

    What no authority confirms opens incidents, and changes and ends those that nothing confirmed has shown. Beside a confirmed
    incident it is told, and no more.
    """
    incident, draft = case.open_incident, case.draft
    if draft is None:
        return _well(case, incident)
    if incident is None:
        return _fire(case, draft)
    if incident.is_confirmed and not case.is_confirmed:
        return _beside(case, incident, draft)
    if case.is_confirmed and incident.provenance is not None and not incident.is_confirmed:
        return _confirm(case, incident, draft)
    return _change(case, incident, draft)


def _fire(case: Case, draft: Incident) -> News:
    before = case.state.incident
    turns = turned(case.policy, _turns(case), case.at)
    begins = begins_to_flap(case.policy, turns)
    # What was only said came and went; what people know of that must not keep what is confirmed from them.
    is_new = before is None or (case.is_confirmed and before.is_only_said)
    if before is not None and not is_new and is_the_same(case.policy, before, draft, case.at):
        incident = reopened(before, draft, case.now)
        reason = why_again(before, incident)
        because = (
            f"{what(draft.problem)}, and it had been resolved only at {before.resolved or case.at:%Y-%m-%d %H:%M} UTC"
        )
    else:
        incident, reason, because = draft, Reason.FIRST_SEEN, f"{what(draft.problem)}: nothing was open"
    if begins and not incident.flapping:
        incident, reason = msgspec.structs.replace(incident, flapping=True), Reason.FLAPPING
        because = f"{what(draft.problem)}: the {len(turns)}th time that it fires or resolves within a short time"
    state = _with_turns(case, case.remember(bad=True, incident=None), turns)
    return _news(case, reason, incident, because, state=state, tells=True)


def _turns(case: Case) -> tuple[datetime, ...]:
    return case.state.turns if case.is_confirmed else case.state.turns_unconfirmed


def _with_turns(case: Case, state: State, turns: tuple[datetime, ...]) -> State:
    if case.is_confirmed:
        return msgspec.structs.replace(state, turns=turns)
    return msgspec.structs.replace(state, turns_unconfirmed=turns)


def _beside(case: Case, incident: Incident, draft: Incident) -> News:
    """What is only said of a target whose incident is confirmed: it may matter more, and it explains and replaces nothing."""
    said_by = mark(f"{case.source}\nunconfirmed")
    joined = isinstance(case.signal, AlarmChanged) and not {said_by, mark(case.source)} & {*incident.sources}
    worst = max(incident.severity, _severity_alone(case, incident, draft), key=lambda severity: severity.rank)
    raised = worst is not incident.severity
    changed = msgspec.structs.replace(
        incident,
        severity=worst,
        confirmed_severity=(incident.confirmed_severity or incident.severity)
        if raised
        else incident.confirmed_severity,
        state=IncidentState.FIRING if raised else incident.state,
        sources=(*incident.sources, said_by)[-_SOURCES:] if joined else incident.sources,
        changed=case.now,
        revision=incident.revision + 1,
    )
    said = f"{what(draft.problem)}, which no authority confirms"
    if raised:
        because = f"{said}: {incident.severity} became {worst}"
        return _news(case, Reason.SEVERITY_RAISED, changed, because, tells=True, said=True)
    if joined:
        return _news(case, Reason.ANOTHER_ALARM, changed, said, tells=True, said=True)
    return _news(case, Reason.STILL_FIRING, changed, said)


def _confirm(case: Case, incident: Incident, draft: Incident) -> News:
    """A confirmed signal takes the place of all that was only said before; whoever heard of the same fact does not hear it again."""
    same_fact = confirms_what_was_said(case)
    confirmed = msgspec.structs.replace(
        incident,
        cause=draft.cause,
        problem=draft.problem,
        features=draft.features,
        evidence=draft.evidence,
        suspect=draft.suspect,
        provenance=draft.provenance,
        tags=draft.tags or incident.tags,
        part_of=draft.part_of,
        changed=case.now,
        runs=incident.runs if same_fact else incident.runs + 1,
        sources=draft.sources,
        flapping=False,
        remedy=_kept(case, incident),
        revision=incident.revision + 1,
    )
    found = described(case.policy, confirmed)
    worst = max(incident.severity, found.severity, key=lambda severity: severity.rank)
    tells = not same_fact or worst is not incident.severity or draft.cause is not incident.cause
    found = msgspec.structs.replace(
        found,
        severity=worst,
        confirmed_severity=found.severity if worst is not found.severity else None,
        state=IncidentState.FIRING if tells else incident.state,
    )
    because = f"{case.signal.provenance.voucher.who} confirms that {what(draft.problem)}"
    if draft.cause is not incident.cause:
        return _news(
            case, Reason.CAUSE_CHANGED, found, f"{because}: {incident.cause} turned out to be {draft.cause}", tells=True
        )
    # Both roads of one fact count once, though the second proves more, and may lead to somebody to whom the first did not.
    reason = Reason.CONFIRMED if tells else Reason.DUPLICATE
    return _news(case, reason, found, because, tells=True, unheard=not tells)


def _kept(case: Case, incident: Incident) -> Acting | None:
    """The remedy of what was only said, if people had a part in it, or it began; else one is looked for as if there had been none."""
    acting = incident.remedy
    if acting is None or acting.stage in _WITHOUT_ANSWER:
        return None
    if acting.stage not in _IN_QUESTION or not case.signal.provenance.may_act:
        return acting
    # Without that doubt the policy lets it be done by itself: the open question holds it up no longer.
    lowered = any(acting.rule == name and rule.mode is Mode.AUTO for name, rule in rules_of(case.policy))
    return None if lowered else acting


def _change(case: Case, incident: Incident, draft: Incident) -> News:
    problem, cause = draft.problem, draft.cause
    broke = case.verdict in FAULTS and incident.cause is not Cause.MONITOR_FAULT
    if broke:
        # The violation stays what the incident is about; a monitor that breaks meanwhile only blinds it.
        known = case.last is not None and case.last.verdict in FAULTS
        same = msgspec.structs.replace(incident, changed=case.now, revision=incident.revision + 1)
        if known:
            return _news(case, Reason.STILL_FIRING, same, f"{what(problem)}, again, while the incident is open")
        return _news(case, Reason.MONITOR_FAULT, same, f"{what(problem)}: nobody measures now", tells=True)
    parted = incident.part_of is not None and draft.part_of is None
    alone = _severity_alone(case, incident, draft)
    before = incident.confirmed_severity or incident.severity
    graver = (strength(cause), alone.rank) > (strength(incident.cause), before.rank)
    stronger = parted or graver
    # A second schedule looks at the same data; a second alarm looks at something else.
    joined = isinstance(case.signal, AlarmChanged) and mark(case.source) not in incident.sources
    changed = msgspec.structs.replace(
        incident,
        cause=cause if stronger else incident.cause,
        problem=problem,
        features=draft.features,
        evidence=draft.evidence if stronger or cause is incident.cause else incident.evidence,
        provenance=draft.provenance if stronger or cause is incident.cause else _weaker(incident, draft),
        suspect=draft.suspect if stronger or cause is incident.cause else incident.suspect,
        tags=draft.tags or incident.tags,
        part_of=draft.part_of if parted else incident.part_of,
        changed=case.now,
        runs=incident.runs + 1,
        sources=(*incident.sources, mark(case.source))[-_SOURCES:] if joined else incident.sources,
        revision=incident.revision + 1,
    )
    found = described(case.policy, changed)
    shown = max(before, found.severity, alone, key=lambda severity: severity.rank)
    raised = shown is not before
    worst = max(shown, incident.severity, key=lambda severity: severity.rank)
    # Who said that they look after it did so while it was less.
    state = IncidentState.FIRING if raised else found.state
    changed = msgspec.structs.replace(
        found, severity=worst, confirmed_severity=shown if worst is not shown else None, state=state
    )
    if stronger:
        return _news(case, Reason.CAUSE_CHANGED, changed, f"{incident.cause} turned out to be {cause}", tells=True)
    if raised:
        because = f"{before} became {shown}"
        return _news(case, Reason.SEVERITY_RAISED, changed, because, tells=True)
    if joined and confirms_what_was_said(case):
        because = f"{what(problem)}: it is confirmed now"
        return _news(case, Reason.DUPLICATE, changed, because, tells=True, unheard=True)
    if joined:
        return _news(case, Reason.ANOTHER_ALARM, changed, f"{what(problem)}, too", tells=True)
    because = f"{what(problem)}: known since {incident.since:%Y-%m-%d %H:%M} UTC"
    return _news(case, Reason.STILL_FIRING, changed, because)


def _severity_alone(case: Case, incident: Incident, draft: Incident) -> Severity:
    """How much what a signal shows matters by itself: beside an incident of a stronger cause it may not matter less."""
    if draft.cause is incident.cause:
        return incident.confirmed_severity or incident.severity
    return described(case.policy, msgspec.structs.replace(draft, tags=draft.tags or incident.tags)).severity


def _well(case: Case, incident: Incident | None) -> News:
    if incident is None and confirms_what_was_said(case):
        return _news(case, Reason.DUPLICATE, None, f"{case.source} is well, which is confirmed now")
    if incident is None:
        return _news(case, Reason.CLEAN, None, f"{case.source} is well, and nothing is open")
    others = _others(case)
    if incident.is_confirmed and not case.is_confirmed:
        same = msgspec.structs.replace(incident, changed=case.now, revision=incident.revision + 1)
        because = f"{case.source} is said to be well again, which no authority confirms"
        return _news(case, Reason.UNCONFIRMED, same, because)
    gone = sorted(name for name, last in others.items() if _is_gone(case, last))
    if len(gone) < len(others):
        same = msgspec.structs.replace(incident, changed=case.now, revision=incident.revision + 1)
        still = ", ".join(sorted(others.keys() - gone))
        return _news(case, Reason.OTHERS_FIRING, same, f"{case.source} is well, {still} not yet")
    because = f"{case.source} is well again"
    if gone:
        because += f", and nothing was heard of {', '.join(gone)} for {_GONE.days} days"
    resolved = msgspec.structs.replace(
        incident,
        state=IncidentState.RESOLVED,
        changed=case.now,
        resolved=max(case.at, incident.since),
        revision=incident.revision + 1,
    )
    turns = turned(case.policy, _turns(case), case.at)
    state = _with_turns(case, case.remember(bad=False, incident=None), turns)
    return _news(case, Reason.RESOLVED, resolved, because, state=state, tells=True)


def _others(case: Case) -> dict[str, Last]:
    """The other sources that hold the incident open. A confirmed signal that all is well answers also what was said of its source.

    What is only said holds no confirmed incident open.
    """
    confirmed = case.open_incident is not None and case.open_incident.is_confirmed
    said = {} if confirmed else {name: last for name, last in case.state.unconfirmed.items() if name != case.source}
    shown = {
        name: last
        for name, last in case.state.sources.items()
        if name != case.source or not (case.is_confirmed or last is case.last)
    }
    return {name: last for name, last in [*said.items(), *shown.items()] if last.bad}


def _weaker(incident: Incident, draft: Incident) -> Provenance | None:
    if incident.provenance is None or draft.provenance is None:
        return draft.provenance
    return weaker(incident.provenance, draft.provenance)


def _is_gone(case: Case, last: Last) -> bool:
    """Whether a bad source will never speak again, and so hold its incident open, and every later problem quiet, for ever.

    An alarm is heard of when it changes only: it may be in alarm for a year.
    """
    return isinstance(case.signal, RunFinished) and case.finished - last.finished > _GONE


def _news(
    case: Case,
    reason: Reason,
    incident: Incident | None,
    because: str,
    *,
    state: State | None = None,
    tells: bool = False,
    unheard: bool = False,
    said: bool = False,
) -> News:
    return News(
        state=state or case.remember(bad=case.verdict in BAD, incident=None),
        reason=reason,
        because=because,
        incident=incident,
        tells=tells,
        verdict=case.verdict,
        unheard=unheard,
        said=said,
    )


def what(problem: Problem) -> str:
    """A problem in half a sentence, for the timeline."""
    match problem.verdict:
        case Verdict.VIOLATED if problem.findings is None:
            return f"{problem.source} found violations that could not be read ({problem.why_unread or 'no report'})"
        case Verdict.VIOLATED:
            return f"{problem.source} found {problem.findings} violation{'' if problem.findings == 1 else 's'}"
        case Verdict.FAILED:
            return f"{problem.source} failed"
        case Verdict.NO_DATA if problem.job is None and problem.window is None:
            return f"{problem.source} did not run when it was due"
        case Verdict.NO_DATA:
            return f"{problem.source} had no data"
        case Verdict.STOPPED:
            return f"{problem.source} was stopped"
        case _:
            return f"alarm {problem.source} went off"
