"""Decides on a drill: a test of routes and receivers that never becomes an incident of a model.

A drill has a case of its own, so it changes no deployment, no fleet, no limit and no other incident. It notifies despite
silences, inhibitions and mute times, without a group and without the limit of a receiver. The decision names the receivers
that would have been suppressed.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from kedge.decide.diagnosis import describe_incident
from kedge.decide.operator_actions import apply_decision
from kedge.domain.cause import Cause
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Decision, Notify, Reason
from kedge.domain.ids import incident_id, mark
from kedge.domain.incident import Incident, IncidentState, Problem
from kedge.domain.provenance import OWN
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AnySignal, DecisionMade, DrillRequested, TimerFired
from kedge.policy.compiled import Policy
from kedge.policy.labels import labels_of
from kedge.routing.inhibition import inhibit
from kedge.routing.pipeline import IncidentUpdate
from kedge.routing.recipients import NotificationDraft, find_recipients
from kedge.routing.silences import silence
from kedge.routing.suppression import mute

LASTS: Final = timedelta(hours=1)
"""The time after which a drill ends by itself, without a message."""

SOURCE: Final = "kedge drill"
"""The source of a drill, in place of a schedule or an alarm."""


def is_of_drill(signal: AnySignal) -> bool:
    """Return whether a signal belongs to the case of a drill."""
    if type(signal) is DecisionMade or type(signal) is TimerFired:
        return signal.monitor is Monitor.DRILL
    return type(signal) is DrillRequested


def decide_drill(policy: Policy, state: CaseState, signal: AnySignal, now: datetime, context: Context) -> Decision:
    """Return the decision on a signal of a drill. Only its beginning notifies."""
    match signal:
        case DrillRequested() if mark(signal.id) not in state.recent:
            return _begun(policy, state, signal, now, context)
        case DecisionMade() if (news := apply_decision(policy, state, signal, now)) is not None:
            return _recorded(policy, news)
        case TimerFired() if (news := _over(state, now)) is not None:
            return _recorded(policy, news)
        case _:
            return Decision(
                reason=Reason.NOTHING_DUE if isinstance(signal, TimerFired) else Reason.DUPLICATE,
                state=state,
                changed=False,
                because="the drill is known",
                incident=state.incident,
                policy=policy.label,
            )


def _begun(policy: Policy, state: CaseState, signal: DrillRequested, now: datetime, context: Context) -> Decision:
    if signal.receiver and signal.receiver not in policy.receivers:
        because = f"the policy {policy.label} does not have a receiver {signal.receiver}"
        return Decision(reason=Reason.DRILL, state=state, changed=False, because=because, policy=policy.label)
    draft = Incident(
        id=incident_id(signal.at, str(signal.target), Monitor.DRILL, signal.id),
        target=signal.target,
        monitor=Monitor.DRILL,
        state=IncidentState.FIRING,
        severity=signal.severity,
        cause=Cause.INCONCLUSIVE,
        since=min(signal.at, now),
        changed=now,
        problem=Problem(source=SOURCE, verdict=Verdict.ALARM),
        tags=signal.tags,
        provenance=OWN,
    )
    # The person chooses the severity, and no rule of the policy does.
    incident = replace(describe_incident(policy, draft), severity=signal.severity)
    telling = NotificationDraft(
        policy=policy,
        context=context,
        now=now,
        incident=incident,
        labels=labels_of(incident, policy.environment),
        why=Reason.FIRST_SEEN,
        only=(signal.receiver,) if signal.receiver else None,
    )
    asked = find_recipients(telling)
    otherwise = mute(silence(inhibit(asked)))
    told = tuple(wish.receiver for wish in asked.asked)
    known = state.seen(mark(signal.id))
    incident = replace(incident, told=dict.fromkeys(told, incident.revision))
    return Decision(
        reason=Reason.DRILL,
        state=replace(known, incident=incident, due=now + LASTS),
        changed=True,
        because=f"a drill by {signal.author_name}" + (f": {signal.comment}" if signal.comment else ""),
        incident=incident,
        effects=tuple(Notify(receiver=receiver, why=Reason.FIRST_SEEN) for receiver in told),
        suppressed=otherwise.suppressed,
        routes=asked.routes,
        policy=policy.label,
    )


def _over(state: CaseState, now: datetime) -> IncidentUpdate | None:
    incident = state.incident
    if state.due is None or now < state.due:
        return None
    if incident is None or not incident.is_open:
        return IncidentUpdate(state=state, reason=Reason.DRILL, because="the drill is over")
    ended = replace(incident.revised(now), state=IncidentState.RESOLVED, resolved=now)
    return IncidentUpdate(state=state, reason=Reason.DRILL, because="the drill ended by itself", incident=ended)


def _recorded(policy: Policy, news: IncidentUpdate) -> Decision:
    """Return the decision for news that notifies no receiver."""
    incident = news.incident
    over = incident is None or not incident.is_open
    kept = incident if incident is not None else news.state.incident
    return Decision(
        reason=news.reason,
        state=replace(news.state, incident=kept, due=None if over else news.state.due),
        changed=True,
        because=news.because,
        incident=incident,
        policy=policy.label,
    )
