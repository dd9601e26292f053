"""Combines unconfirmed and confirmed facts: unconfirmed news is reported beside confirmed news, and gives way to it."""

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
from kedge.routing.pipeline import IncidentUpdate


def beside(case: Evaluation, incident: Incident, draft: Incident) -> IncidentUpdate:
    """Return the news of an unconfirmed fact about a target with a confirmed incident.

    It may raise the severity, but it explains and replaces nothing.
    """
    said_by = mark(f"{case.source}\nunconfirmed")
    is_new = isinstance(case.signal, AlarmChanged) and not {said_by, mark(case.source)} & {*incident.sources}
    # Half of the room is reserved for confirmed alarms: an unconfirmed one never removes them.
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
    """Replace the unconfirmed facts by a confirmed signal. A receiver is not notified of the same fact again."""
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
    # The two signals of one fact count once. But the second proves more, and may have receivers that the first did not.
    reason = Reason.CONFIRMED if tells else Reason.DUPLICATE
    return news_of(case, reason, found, because, tells=True, unheard=not tells)


def _kept(case: Evaluation, incident: Incident) -> RemedyStatus | None:
    """Return the remedy of an unconfirmed incident if people took part in it, or it began.

    Else None for a new selection.
    """
    acting = incident.remedy
    if acting is None or acting.stage.is_unanswered:
        return None
    if not acting.stage.is_in_question or not case.signal.provenance.may_act:
        return acting
    # Without that doubt the policy allows the remedy without approval: the open question does not delay it any more.
    lowered = any(acting.rule == rule.place and rule.mode is Mode.AUTO for rule in case.policy.remedies)
    return None if lowered else acting
