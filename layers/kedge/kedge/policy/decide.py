"""What Kedge makes of a signal: a pure function, the same in the Lambda, on a laptop and in a replay."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from kedge.domain.decision import Decision, State
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished, ScheduleChanged
from kedge.policy.case import Case
from kedge.policy.document import Policy
from kedge.policy.judgement import fault_of_schedule, judge, weigh
from kedge.policy.life import open_change_or_resolve
from kedge.policy.note import note
from kedge.policy.order import order_in_time, recognise_repetition

type Step = Callable[[Case], Case | Decision]

# The order is the policy: what was heard before is dropped before what is old, and nothing is judged that is either.
PIPELINE: Final[tuple[Step, ...]] = (recognise_repetition, order_in_time, judge, open_change_or_resolve)

_CLOCK_SKEW: Final = timedelta(minutes=5)


def decide(policy: Policy, state: State, signal: AnySignal, now: datetime) -> Decision:
    """The new state of the signal's case, what to do about it, and why.

    `state` is that of the signal's target and monitor, `now` the time at which the decision is made (UTC). The same
    arguments give the same decision. Signals that are neither a run nor an alarm are noted, and open nothing.
    """
    if isinstance(signal, ScheduleChanged):
        return decide(policy, state, fault, now) if (fault := fault_of_schedule(signal)) else note(state, signal, now)
    latest = now + _CLOCK_SKEW
    at = now if signal.at > latest else signal.at
    if not isinstance(signal, RunFinished | AlarmChanged):
        return note(state, signal, at)
    finished = signal.finished if isinstance(signal, RunFinished) else signal.at
    case = Case(
        policy=policy,
        state=state,
        signal=signal,
        now=now,
        verdict=weigh(policy, signal),
        at=at,
        finished=now if finished > latest else finished,
    )
    for step in PIPELINE:
        outcome = step(case)
        if isinstance(outcome, Decision):
            return outcome
        case = outcome
    raise AssertionError("the last step of the pipeline decides")
