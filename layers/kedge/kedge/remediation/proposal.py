"""Answers an incident's news with a remedy: when one is selected, and its part in the decision."""

from datetime import datetime
from typing import Final

import msgspec

from kedge.decide.cause import cause_of_alarm
from kedge.decide.diagnosis import describe_incident
from kedge.decide.evaluation import Evaluation
from kedge.decide.explained_cause import explain_cause
from kedge.decide.next_evaluation import rescheduled
from kedge.domain.action import RemedyStatus
from kedge.domain.cause import Cause
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Decision, Reason, RemedyHeld, RemedySelected
from kedge.domain.incident import Incident
from kedge.domain.remedy import HoldReason, Mode
from kedge.domain.run import BAD, Monitor, Verdict
from kedge.domain.signal import AlarmChanged
from kedge.domain.stage import Retry, Stage
from kedge.policy.compiled import Policy
from kedge.remediation.guards import LOOK_AGAIN
from kedge.remediation.progress import acting_of, start_of
from kedge.remediation.selection import select_remedy
from kedge.routing.pipeline import IncidentUpdate


def rediagnose_alarm(
    policy: Policy, state: CaseState, incident: Incident, context: Context, now: datetime
) -> Incident | None:
    """Return an alarm's incident with cause and evidence by its endpoint's current deployments; None if unchanged."""
    if incident.monitor is not Monitor.ALARM or incident.cause is not Cause.INCONCLUSIVE or incident.suspect is None:
        return None
    problem = incident.problem
    last = state.last_of(problem.source, confirmed=incident.is_confirmed)
    if last is None or not last.bad or incident.provenance is None:
        return None
    signal = AlarmChanged(
        id=last.id,
        at=last.at,
        target=incident.target,
        provenance=incident.provenance,
        alarm=problem.source,
        verdict=Verdict.ALARM,
        namespace=problem.namespace,
        metric=problem.metric,
        previous=Verdict.OK if problem.was_ok else None,
    )
    case = Evaluation.of(policy, state, signal, Verdict.ALARM, now, context)
    found = explain_cause(case, cause_of_alarm(problem.namespace, problem.metric))
    if (found.cause, found.suspect, found.evidence) == (incident.cause, incident.suspect, incident.evidence):
        return None
    changed = msgspec.structs.replace(
        incident,
        cause=found.cause,
        evidence=found.evidence,
        suspect=found.suspect,
        explanations=found.others,
        changed=now,
    )
    told = describe_incident(policy, changed)
    worst = max(incident.severity, told.severity, key=lambda severity: severity.rank)
    return msgspec.structs.replace(told, severity=worst)


type TreatedUpdate = RemedySelected | RemedyHeld

_ANEW: Final = frozenset({Reason.FIRST_SEEN, Reason.REOPENED, Reason.CAUSE_CHANGED})


def propose_remedy(
    policy: Policy, news: IncidentUpdate, context: Context, now: datetime
) -> tuple[IncidentUpdate, TreatedUpdate | None]:
    """Return the news with its remedy, and that remedy if it is new, else None."""
    incident, endpoint_context = news.incident, context.endpoint_context
    if incident is None or endpoint_context is None or not _is_looked_for(policy, news, incident, now):
        return news, None
    treated = select_remedy(policy, news.state, incident, endpoint_context, now)
    if treated is None:
        return news, None
    acting, before = acting_of(treated, now), incident.remedy
    if before is not None and _same(before, acting) and news.reason not in _ANEW:
        # Only the time of the re-evaluation may have changed.
        kept = msgspec.structs.replace(before, until=acting.until)
        return _with(news, incident, kept), None
    answered = _with(news, incident, acting)
    if not news.tells and (why := _told_as(treated, before)) is not None:
        answered = msgspec.structs.replace(answered, tells=True, why=why)
    is_said = isinstance(treated, RemedySelected) and acting.stage is Stage.PROPOSED and treated.plan is not None
    if is_said and not news.tells:
        answered = msgspec.structs.replace(answered, tells=True, why=Reason.REMEDY_PROPOSED)
    return answered, treated


def reevaluate(
    policy: Policy, state: CaseState, context: Context, now: datetime
) -> tuple[IncidentUpdate, TreatedUpdate | None] | None:
    """Return the news of the re-evaluation of a held remedy; None if there is none, or the context is unknown."""
    incident = state.incident
    acting = incident.remedy if incident is not None else None
    if incident is None or acting is None or context.endpoint_context is None or not is_due(incident, now):
        return None
    changed = incident.revised(now)
    again = rediagnose_alarm(policy, state, changed, context, now)
    if again is not None and again.cause is not incident.cause:
        because = f"{incident.cause} turned out to be {again.cause}: what was under way has ended"
        news = IncidentUpdate(state=state, reason=Reason.CAUSE_CHANGED, because=because, incident=again, tells=True)
        answered, treated = propose_remedy(policy, news, context, now)
        # A question from a time without evidence is not a question any more.
        return (answered if treated is not None else _with(answered, again, None)), treated
    news = IncidentUpdate(state=state, reason=Reason.REMEDY_NEWS, because="", incident=again or changed)
    answered, treated = propose_remedy(policy, news, context, now)
    if treated is None and again is None:
        return None
    because = treated.says if treated is not None else "; ".join(changed.evidence if again is None else again.evidence)
    return msgspec.structs.replace(answered, because=because), treated


def is_due(incident: Incident, now: datetime) -> bool:
    """Return whether a remedy that was only reported, or held, must be re-evaluated now."""
    acting = incident.remedy
    return (
        incident.is_open
        and acting is not None
        and acting.stage.retry is Retry.NEXT_SIGNAL
        and acting.until is not None
        and acting.until <= now
    )


def reschedule(state: CaseState, now: datetime) -> CaseState:
    """Return the state after a re-evaluation without a change: a temporary reason is re-evaluated a little later."""
    incident = state.incident
    if incident is None or incident.remedy is None or not is_due(incident, now):
        return state
    later = msgspec.structs.replace(incident.remedy, until=now + LOOK_AGAIN)
    return msgspec.structs.replace(state, incident=msgspec.structs.replace(incident, remedy=later))


def with_remedy(policy: Policy, decision: Decision, treated: TreatedUpdate | None, now: datetime) -> Decision:
    """Return the decision with the remedy and its workflow request. Without a notification, no remedy starts."""
    incident = decision.incident
    if treated is None or incident is None:
        return decision
    if isinstance(treated, RemedySelected) and treated.mode is not Mode.DRY_RUN and _unheard(decision, incident):
        treated = _held(treated, decision)
        incident = msgspec.structs.replace(incident, remedy=acting_of(treated, now))
    if isinstance(treated, RemedyHeld):
        return _put(policy, decision, incident, treated, now)
    start = start_of(policy, decision.state, incident, treated, now)
    if start is not None:
        incident = msgspec.structs.replace(incident, tried=incident.tried + 1)
    put = _put(policy, decision, incident, treated, now)
    return msgspec.structs.replace(put, workflow_requests=() if start is None else (start,))


def _told_as(treated: TreatedUpdate, before: RemedyStatus | None) -> Reason | None:
    """Return the reason to notify of a hold that came with an otherwise silent signal; None if it needs no notification."""
    if not isinstance(treated, RemedyHeld):
        return None
    if treated.why is HoldReason.ALREADY_RUNNING:
        return Reason.REMEDY_REFUSED
    asked_before = before is not None and before.stage.retry is Retry.AFTER_COOLDOWN
    return Reason.REMEDY_REFUSED if asked_before and treated.why is HoldReason.HOLD else None


def _is_looked_for(policy: Policy, news: IncidentUpdate, incident: Incident, now: datetime) -> bool:
    if incident.monitor is Monitor.WATCH:
        return False
    if not incident.is_open or (news.verdict is not None and news.verdict not in BAD):
        return False
    acting = incident.remedy
    if acting is None or is_due(incident, now):
        return True
    if news.reason in _ANEW:
        return acting.stage.is_over
    if news.verdict is None:
        return False
    match acting.stage.retry:
        case Retry.NEXT_SIGNAL:
            return True
        case Retry.AFTER_COOLDOWN:
            return _is_rested(policy, acting, now)
        case Retry.NEVER:
            return False


def _is_rested(policy: Policy, acting: RemedyStatus, now: datetime) -> bool:
    """Return whether a bad run or alarm may ask again after a plan without a result.

    It may after a cooldown since the act, or since the end of the unanswered request.
    """
    since = acting.acted if acting.stage is not Stage.EXPIRED and acting.acted is not None else acting.at
    return now >= since + policy.limits.cooldown


def _same(before: RemedyStatus, now: RemedyStatus) -> bool:
    """Return whether the status is the same: a dry-run plan that names a newer run is not another.

    A hold that became a question is another.
    """
    return _kind(before) == _kind(now)


def _kind(acting: RemedyStatus) -> tuple[object, ...]:
    held_for_good = acting.why is HoldReason.HOLD and acting.until is None
    return acting.remedy, acting.mode, acting.stage, acting.why, acting.digest is None, held_for_good


def _with(news: IncidentUpdate, incident: Incident, acting: RemedyStatus | None) -> IncidentUpdate:
    return msgspec.structs.replace(news, incident=msgspec.structs.replace(incident, remedy=acting))


def _unheard(decision: Decision, incident: Incident) -> bool:
    return not decision.effects and not incident.told


def _held(treated: RemedySelected, decision: Decision) -> RemedyHeld:
    quiet = decision.suppressed[0] if decision.suppressed else None
    why = f" ({quiet.quiet} by {quiet.by})" if quiet is not None else ""
    ends = [each.until for each in decision.suppressed if each.until is not None]
    says = f"no receiver was notified of the incident{why}, so no remedy is carried out"
    return RemedyHeld(remedy=treated.remedy, why=HoldReason.HOLD, says=says, until=min(ends, default=None))


def _put(policy: Policy, decision: Decision, incident: Incident, treated: TreatedUpdate, now: datetime) -> Decision:
    state = rescheduled(policy, msgspec.structs.replace(decision.state, incident=incident), now)
    return msgspec.structs.replace(decision, state=state, incident=incident, remedies=(treated,))
