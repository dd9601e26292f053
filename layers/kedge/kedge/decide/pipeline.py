"""Decides on a signal: a pure function, the same in the Lambda, on a laptop and in a replay. It also says what it must know."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import msgspec

from kedge.decide.deduplication import order_in_time, recognise_repetition, set_aside_stale
from kedge.decide.diagnosis import describe, diagnose
from kedge.decide.drill import decide_drill, is_of_drill
from kedge.decide.end_of_target import end, end_of_schedule
from kedge.decide.evaluation import Evaluation, Judged, no_later
from kedge.decide.fleet import correlate, expire_fleet, observe_fleet
from kedge.decide.incident_parts import whole_of
from kedge.decide.lifecycle import leave_source, update_incident
from kedge.decide.next_evaluation import rescheduled
from kedge.decide.operator_actions import apply_decision
from kedge.decide.persistence import persist
from kedge.decide.record_counts import judged_by_records
from kedge.decide.state_changes import note_change
from kedge.decide.timers import fire_timer, missed_run
from kedge.decide.unmeasurable import unmeasurable
from kedge.decide.verdict import fault_of_schedule, judge, run_of_policy
from kedge.decide.watch import believed_faults
from kedge.domain.context import Context, ContextRequest
from kedge.domain.decision import CaseState, Decision, Reason
from kedge.domain.run import Monitor
from kedge.domain.signal import (
    ActionMoved,
    AlarmChanged,
    AnySignal,
    DecisionMade,
    FeaturesDrifted,
    PolicyRead,
    RunFinished,
    ScheduleChanged,
    TimerFired,
)
from kedge.domain.target import TargetKind
from kedge.policy.compiled import Policy
from kedge.policy.labels import labels_of
from kedge.policy.routes import is_said
from kedge.remediation import progress
from kedge.remediation.proposal import propose_remedy, reevaluate, reschedule, with_remedy
from kedge.routing.grouping import pace_of
from kedge.routing.inhibition import keys_against
from kedge.routing.pipeline import IncidentUpdate, Trace, route_update
from kedge.routing.suppression import with_answers


class DecisionStep(Protocol):
    """A step of the pipeline: it returns the evaluation for the next step, or the decision."""

    __name__: str

    def __call__(self, case: Evaluation, /) -> Evaluation | Decision:
        """Apply the step."""


# The order is the policy. Repetitions are dropped before stale and old signals, and neither is evaluated. An incident
# opens only after its severity, its persistence and its larger incident are known. Its notifications (`live`) then pass
# the steps of kedge.routing.pipeline.
PIPELINE: Final[tuple[DecisionStep, ...]] = (
    recognise_repetition,
    set_aside_stale,
    order_in_time,
    judge,
    diagnose,
    correlate,
    describe,
    persist,
)

NOWHERE: Final = Context()
"""A context without silences, inhibitions or earlier messages."""

type RoutedDecision = Callable[[Context], Decision]
"""Returns the decision on an assessed signal by a context's silences, inhibitors, paces and groups."""


def decide(
    policy: Policy,
    state: CaseState,
    signal: AnySignal,
    now: datetime,
    context: Context = NOWHERE,
    trace: Trace | None = None,
) -> Decision:
    """Return the new state of the signal's case, the actions, and the reason.

    `state` is that of the signal's target and monitor, and `context` its context (`context_request` says which part a
    decision needs). `now` is the time of the decision (UTC). The same arguments give the same decision. Signals
    without a problem are recorded, and open nothing. `trace` receives the name of each step and its result, for an
    explanation of the decision.
    """
    return assess(policy, state, signal, now, context, trace)(context)


def assess(
    policy: Policy,
    state: CaseState,
    signal: AnySignal,
    now: datetime,
    context: Context = NOWHERE,
    trace: Trace | None = None,
) -> RoutedDecision:
    """Return the decision as a function of what only routing reads.

    Verdict, cause, incident and remedy do not depend on silences, inhibitors, paces and groups. So intake assesses a
    signal once, and routes it again after it has read those. The arguments are those of `decide`.
    """
    if is_of_drill(signal):
        return lambda routing: decide_drill(policy, state, signal, now, routing)
    match signal:
        case RunFinished() | AlarmChanged():
            return _judged(policy, state, signal, now, context, trace)
        case TimerFired():
            return _timer_fired(policy, state, signal, now, context, trace)
        case ScheduleChanged():
            if (gone := end_of_schedule(signal)) is not None:
                return _timer_fired(policy, state, gone, now, context, trace)
            fault = fault_of_schedule(signal)
            return (
                _judged(policy, state, fault, now, context, trace)
                if fault
                else _final(note_change(policy, state, signal, now, context))
            )
        case PolicyRead():
            return _judged(policy, state, run_of_policy(signal), now, context, trace)
        case DecisionMade():
            return _routed(policy, state, apply_decision(policy, state, signal, now), now, trace)
        case FeaturesDrifted():
            return _routed(policy, state, observe_fleet(policy, state, signal, now), now, trace)
        case ActionMoved():
            return _routed(policy, state, progress.follow_action(state, signal, now), now, trace)
        case _:
            return _final(note_change(policy, state, signal, no_later(signal.at, now), context))


def _final(decision: Decision) -> RoutedDecision:
    """Return a decision that no receiver is notified of."""
    return lambda _: decision


def _judged(
    policy: Policy, state: CaseState, signal: Judged, now: datetime, context: Context, trace: Trace | None
) -> RoutedDecision:
    believed: Judged
    if isinstance(signal, RunFinished) and signal.monitor is Monitor.WATCH:
        believed, verdict = believed_faults(policy, signal)
    else:
        believed, verdict = judged_by_records(policy, signal)
    case = Evaluation.of(policy, state, believed, verdict, now, context)
    if signal.moved_to:
        return _routed_with_remedy(policy, context, now, leave_source(case), trace)
    for step in PIPELINE:
        outcome = step(case)
        if trace is not None:
            trace(step.__name__, outcome)
        if isinstance(outcome, Evaluation):
            case = outcome
            continue
        news = unmeasurable(case, outcome)
        return _final(outcome) if news is None else _routed(policy, state, news, now, trace)
    return _routed_with_remedy(policy, context, now, update_incident(case), trace)


def _routed_with_remedy(
    policy: Policy, context: Context, now: datetime, news: IncidentUpdate, trace: Trace | None
) -> RoutedDecision:
    """Select the remedy before the notification, and start it only with one."""
    with_answers, treated = propose_remedy(policy, news, context, now)
    if trace is not None and treated is not None:
        trace("treat", treated)
    return lambda read: with_remedy(policy, route_update(policy, read, now, with_answers, trace), treated, now)


def _timer_fired(
    policy: Policy, state: CaseState, signal: TimerFired, now: datetime, context: Context, trace: Trace | None
) -> RoutedDecision:
    if signal.ended:
        return _routed(policy, state, end(state, signal, now), now, trace)
    state = with_answers(state, context, now)
    missed = missed_run(policy, state, signal, now)
    if missed is not None:
        return _judged(policy, state, missed, now, context, trace)
    fleet = signal.target.kind is TargetKind.FLEET
    news = expire_fleet(policy, state, signal.target, now) if fleet else None
    news = news or progress.overdue(state, now) or fire_timer(policy, state, now)
    if news is None and (found := reevaluate(policy, state, context, now)) is not None:
        woken, treated = _woken(found[0]), found[1]
        return lambda read: with_remedy(policy, route_update(policy, read, now, woken, trace), treated, now)
    if news is None:
        later = rescheduled(policy, reschedule(state, now), now, anew=True)
        return _final(
            Decision(
                reason=Reason.NOTHING_DUE,
                state=later,
                changed=later != state,
                because="nothing is due",
                policy=policy.label,
            )
        )
    woken = _woken(news)
    return lambda read: _one_at_a_time(policy, _unless_quiet(state, route_update(policy, read, now, woken, trace)), now)


def _one_at_a_time(policy: Policy, decision: Decision, now: datetime) -> Decision:
    """Delay a remedy that is due at the same moment a little, so that the case does not stay due without end."""
    looked = reschedule(decision.state, now)
    if looked is decision.state:
        return decision
    return msgspec.structs.replace(
        decision,
        state=rescheduled(policy, looked, now, anew=True),
        incident=looked.incident if decision.incident is not None else None,
    )


def _unless_quiet(state: CaseState, decision: Decision) -> Decision:
    return _still_quiet(state, decision) if _is_still_quiet(state, decision) else decision


def _is_still_quiet(state: CaseState, decision: Decision) -> bool:
    """Return whether a re-evaluation found the suppressions unchanged: the timeline omits that."""
    before = state.incident.waiting if state.incident is not None else {}
    known = ((each := before.get(hushed.receiver)) and (each.quiet, each.by) for hushed in decision.suppressed)
    same = all(one == (hushed.quiet, hushed.by) for one, hushed in zip(known, decision.suppressed, strict=True))
    return not decision.effects and bool(decision.suppressed) and same


def _still_quiet(state: CaseState, decision: Decision) -> Decision:
    looked = decision.state.incident.waiting if decision.state.incident is not None else {}
    incident = state.incident and msgspec.structs.replace(state.incident, waiting=looked)
    return Decision(
        reason=Reason.NOTHING_DUE,
        state=msgspec.structs.replace(decision.state, incident=incident),
        changed=True,
        because="what was quiet still is",
        suppressed=decision.suppressed,
        policy=decision.policy,
    )


def _woken(news: IncidentUpdate) -> IncidentUpdate:
    """Return the news without its due time, so that the next one is requested again."""
    return msgspec.structs.replace(news, state=msgspec.structs.replace(news.state, due=None))


def _routed(
    policy: Policy, state: CaseState, news: IncidentUpdate | None, now: datetime, trace: Trace | None
) -> RoutedDecision:
    if news is None:
        return _final(
            Decision(
                reason=Reason.DUPLICATE,
                state=state,
                changed=False,
                because="this signal was received before",
                incident=state.incident,
                policy=policy.label,
            )
        )
    return lambda read: route_update(policy, read, now, news, trace)


def context_request(policy: Policy, decision: Decision, *, again: bool = False) -> ContextRequest | None:
    """Return the context that a decision needs before it is final; None if it needs nothing.

    A decision without context shows its receivers by its effects. With `again`, the decision had a context, which may
    suppress some of them; the request then names these, too.
    """
    incident = decision.incident
    if incident is None:
        return None
    receivers = [effect.receiver for effect in decision.effects]
    if again:
        receivers += [suppressed.receiver for suppressed in decision.suppressed]
    if not receivers:
        return None
    labels = labels_of(incident, policy.environment)
    receivers = list(dict.fromkeys(receivers))
    said = decision.said
    whole = whole_of(incident, labels, said=said)
    paces = tuple(pace_of(receiver, said=said) for receiver in receivers)
    leading = policy.route.leading(labels)
    routed = {route.receiver for route in leading}
    groups = [route.group(labels, route.receiver, said=said) for route in leading]
    groups += [policy.route.group(labels, receiver, said=said) for receiver in receivers if receiver not in routed]
    groups += [each.group for each in incident.pending.values() if is_said(each.group) is not said]
    return ContextRequest(
        receivers=paces, groups=tuple(dict.fromkeys(groups)), inhibitions=tuple(keys_against(policy, labels, whole))
    )
