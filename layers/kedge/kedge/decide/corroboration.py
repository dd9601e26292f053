"""Where what is only said meets what an authority confirms: the one is told beside the other, and gives way to it."""

import msgspec

from kedge.decide.deduplication import confirms_what_was_said
from kedge.decide.diagnosis import describe_incident
from kedge.decide.evaluation import Evaluation
from kedge.decide.incident_parts import beside as shown_beside
from kedge.decide.incident_update import SOURCES, news_of, severity_alone, what
from kedge.domain.action import RemedyStatus
from kedge.domain.decision import Reason
from kedge.domain.ids import mark
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.remedy import Mode
from kedge.domain.signal import AlarmChanged
from kedge.remediation.rules import rules_of
from kedge.routing.pipeline import IncidentUpdate


def beside(case: Evaluation, incident: Incident, draft: Incident) -> IncidentUpdate:
    """Tell what is only said of a target whose incident is confirmed: it may matter more, and it explains and replaces nothing."""
    said_by = mark(f"{case.source}\nunconfirmed")
    is_new = isinstance(case.signal, AlarmChanged) and not {said_by, mark(case.source)} & {*incident.sources}
    # Half of the room stays for alarms that an authority confirms: what is only said pushes none of them out.
    joined = is_new and len(incident.sources) < SOURCES // 2
    worst = max(incident.severity, severity_alone(case, incident, draft), key=lambda severity: severity.rank)
    raised = worst is not incident.severity
    changed = shown_beside(incident, draft, said=True).revised(
        case.now,
        severity=worst,
        confirmed_severity=(incident.confirmed_severity or incident.severity)
        if raised
        else incident.confirmed_severity,
        state=IncidentState.FIRING if raised else incident.state,
        sources=(*incident.sources, said_by) if joined else incident.sources,
    )
    said = f"{what(draft.problem)}, which no authority confirms"
    if raised:
        because = f"{said}: {incident.severity} became {worst}"
        return news_of(case, Reason.SEVERITY_RAISED, changed, because, tells=True, said=True)
    if joined:
        return news_of(case, Reason.ANOTHER_ALARM, changed, said, tells=True, said=True)
    return news_of(case, Reason.STILL_FIRING, changed, said)


def confirm(case: Evaluation, incident: Incident, draft: Incident) -> IncidentUpdate:
    """Put a confirmed signal in the place of all that was only said before; whoever heard of the same fact does not hear it again."""
    same_fact = confirms_what_was_said(case)
    confirmed = incident.revised(
        case.now,
        cause=draft.cause,
        problem=draft.problem,
        others={},
        eased=False,
        own=None,
        features=draft.features,
        evidence=draft.evidence,
        suspect=draft.suspect,
        explanations=draft.explanations,
        provenance=draft.provenance,
        tags=draft.tags or incident.tags,
        part_of=draft.part_of,
        broken_since=draft.broken_since,
        runs=incident.runs if same_fact else incident.runs + 1,
        sources=draft.sources,
        flapping=False,
        remedy=_kept(case, incident),
    )
    found = describe_incident(case.policy, confirmed)
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
        return news_of(
            case, Reason.CAUSE_CHANGED, found, f"{because}: {incident.cause} turned out to be {draft.cause}", tells=True
        )
    # Both roads of one fact count once, though the second proves more, and may lead to somebody to whom the first did not.
    reason = Reason.CONFIRMED if tells else Reason.DUPLICATE
    return news_of(case, reason, found, because, tells=True, unheard=not tells)


def _kept(case: Evaluation, incident: Incident) -> RemedyStatus | None:
    """The remedy of what was only said, if people had a part in it, or it began; else one is looked for as if there had been none."""
    acting = incident.remedy
    if acting is None or acting.stage.is_unanswered:
        return None
    if not acting.stage.is_in_question or not case.signal.provenance.may_act:
        return acting
    # Without that doubt the policy lets it be done by itself: the open question holds it up no longer.
    lowered = any(acting.rule == name and rule.mode is Mode.AUTO for name, rule in rules_of(case.policy))
    return None if lowered else acting
