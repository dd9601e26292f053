"""Two faults after one another at the call of a remedy: what is known of the first survives the second."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from itertools import product

import msgspec
import pytest

from kedge.domain.action import ActionRegister
from kedge.domain.errors import Busy, Permanent, Throttled, Transient
from kedge.domain.plan import Invoke, Retrain, ShiftTraffic, Starter
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit
from kedge.services.workflow.transitions import taken_of
from tests.support.remediation import BAD, GOOD, Affair, policy_with
from tests.support.stages import DONE, OVER
from tests.support.stories import CHURN

MINUTE = timedelta(minutes=1)
PIPELINE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn-retrain"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:mend-churn"
DOINGS = {
    RemedyName.ROLL_BACK: None,
    RemedyName.SHIFT_TRAFFIC: ShiftTraffic(config=BAD, away_from="all", before={"all": 1.0}, after={"all": 0.0}),
    RemedyName.RETRAIN: Retrain(using=PIPELINE, starter=Starter.PIPELINE),
    RemedyName.INVOKE: Invoke(using=FUNCTION, starter=Starter.FUNCTION),
}


class Call(Enum):
    """What becomes of one call."""

    TAKEN = "lost and taken"  # AWS does it, and the answer never arrives
    UNTAKEN = "lost and not taken"
    BUSY = "busy"
    THROTTLED = "throttled"
    REFUSED = "refused"

    @property
    def is_lost(self) -> bool:
        return self in (Call.TAKEN, Call.UNTAKEN)


ERRORS: dict[Call, Callable[[], Exception]] = {
    Call.TAKEN: lambda: Transient("read timeout"),
    Call.UNTAKEN: lambda: Transient("connection reset"),
    Call.BUSY: lambda: Busy("Cannot update in-progress endpoint"),
    Call.THROTTLED: lambda: Throttled("Rate exceeded"),
    Call.REFUSED: lambda: Permanent("AccessDenied"),
}
PAIRS = tuple(product(Call, repeat=2))
EVERY = pytest.mark.parametrize("remedy", DOINGS)
EVERY_PAIR = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: ", ".join(each.value for each in pair))


class Plot:
    """A plan that the check permitted, whose calls end as they are told to; `tried` is when each was made."""

    def __init__(self, remedy: RemedyName, *calls: Call) -> None:
        self.affair = affair = Affair(policy_with(Mode.AUTO))
        self.remedy, self.left = remedy, list(calls)
        self.tried: list[datetime] = []
        action, doing = affair.trouble().action, DOINGS[remedy]
        plan = action.plan if doing is None else msgspec.structs.replace(action.plan, remedy=remedy, doing=doing)
        action = msgspec.structs.replace(action, plan=plan, digest=plan.digest, stage=Stage.ACTING)
        self.digest = action.digest
        affair.actions.keep(ActionCommit(action=action, version=0, register=ActionRegister(taken=(taken_of(action),))))
        for port, name in ((affair.endpoint, "roll_back"), (affair.endpoint, "shift"), (affair.pipelines, "start")):
            setattr(port, name, self._through(getattr(port, name)))

    def _through(self, real: Callable) -> Callable:
        def call(*given):
            self.tried.append(self.affair.now)
            how = self.left.pop(0) if self.left else None
            if how is None or how is Call.TAKEN:
                done = real(*given)
            if how is not None:
                error = ERRORS[how]()
                raise error
            return done

        return call

    @property
    def action(self):
        return self.affair.action(self.digest)

    @property
    def effects(self) -> int:
        return len(self.affair.endpoint.calls) + len(self.affair.pipelines.started)

    def act(self) -> str:
        outcome = self.affair.acts[self.remedy].step({"step": "act", "action": self.digest})["outcome"]
        self.affair.now += MINUTE
        return outcome

    def check(self) -> str:
        return self.affair.remediate.step({"step": "check", "action": self.digest})["outcome"]

    def escalate(self) -> str:
        error = {"Error": "States.Timeout", "Cause": "the function timed out"}
        return self.affair.remediate.step({"step": "escalate", "action": self.digest, "error": error})["outcome"]


@EVERY
@EVERY_PAIR
def test_the_time_of_the_first_call_that_may_have_been_taken_stays(remedy, pair):
    plot = Plot(remedy, *pair)
    first = None
    for _ in range(len(pair) + 2):
        before = len(plot.tried)
        plot.act()
        if first is None and len(plot.tried) > before and pair[before : before + 1] and pair[before].is_lost:
            first = plot.tried[-1]
        if first is not None:
            assert plot.action.called == first
            assert plot.action.attempts >= 1


@EVERY
@EVERY_PAIR
def test_however_two_calls_fail_the_remedy_is_done_once_at_most(remedy, pair):
    plot = Plot(remedy, *pair)
    for _ in range(6):
        plot.act()
    assert plot.effects <= 1


@EVERY
@EVERY_PAIR
def test_what_was_called_and_may_have_been_taken_is_never_said_to_be_undone(remedy, pair):
    plot = Plot(remedy, *pair)
    for number in range(1, 5):
        outcome = plot.act()
        if any(each.is_lost for each in pair[: len(plot.tried)]):
            assert outcome != "refused", number
            assert plot.action.stage in (Stage.ACTING, Stage.ACTED)
            assert plot.check() in ("act", "observe")
        elif Call.REFUSED not in pair[: len(plot.tried)] and outcome == "later":
            assert (plot.action.called, plot.action.attempts, plot.action.counts) == (None, 0, {})


@EVERY
@EVERY_PAIR
@pytest.mark.parametrize("acts", [1, 2])
def test_after_an_escalation_the_action_is_over_and_says_whether_something_may_have_been_done(remedy, pair, acts):
    plot = Plot(remedy, *pair)
    for _ in range(acts):
        plot.act()
    if plot.action.stage is Stage.REFUSED:
        assert plot.escalate() == Stage.REFUSED
        return
    may_be_done = any(each.is_lost for each in pair[: len(plot.tried)]) or plot.action.stage is Stage.ACTED
    tried = len(plot.tried)
    plot.escalate()
    action, affair = plot.action, plot.affair
    assert action.stage is (Stage.UNVERIFIED if may_be_done else Stage.REFUSED)
    assert f"action/{plot.digest}/{action.stage}" in affair.heard
    taken = affair.ledger.register(CHURN).taken
    assert [each.stage for each in taken] == ([Stage.UNVERIFIED] if may_be_done else [])
    assert all(each.stage in OVER & DONE for each in taken)
    known = affair.ledger.efficacy(CHURN).get(remedy)
    assert (known is not None and known.unverified == 1 and known.demoted is not None) is may_be_done
    assert affair.ledger.awaiting((f"endpoint/{CHURN}", f"config/{CHURN}/{GOOD}")) == {}
    plot.act()
    assert len(plot.tried) == tried


@EVERY
@EVERY_PAIR
def test_nothing_is_called_or_looked_at_once_it_is_left_to_observation(remedy, pair):
    plot = Plot(remedy, *pair)
    plot.act()
    if plot.action.called is None or plot.action.stage is not Stage.ACTING:
        return
    held = plot.affair.actions.load(plot.digest)
    deadline = plot.affair.now + timedelta(hours=4)
    given_up = msgspec.structs.replace(held.action, deadline=deadline)
    plot.affair.actions.keep(ActionCommit(action=given_up, version=held.version, written=held.written))
    tried = len(plot.tried)
    assert [plot.act() for _ in range(3)] == ["unknown"] * 3
    assert len(plot.tried) == tried
    assert plot.action.deadline == deadline
    assert plot.action.stage is Stage.ACTING


@EVERY
def test_a_plan_that_gave_up_calling_does_not_begin_again_when_its_step_is_repeated(remedy):
    plot = Plot(remedy, *[Call.UNTAKEN] * 9)
    outcomes = [plot.act() for _ in range(8)]
    assert "unknown" in outcomes
    tried, deadline = len(plot.tried), plot.action.deadline
    plot.left.clear()
    plot.affair.now += timedelta(hours=1)
    assert [plot.act() for _ in range(2)] == ["unknown"] * 2
    assert (len(plot.tried), plot.action.deadline, plot.effects) == (tried, deadline, 0)


@pytest.mark.parametrize("remedy", [RemedyName.ROLL_BACK, RemedyName.SHIFT_TRAFFIC])
def test_a_change_that_was_taken_and_undone_between_two_calls_is_not_made_a_third_time(remedy):
    plot = Plot(remedy, Call.UNTAKEN, Call.UNTAKEN)
    plot.act()
    plot.act()
    assert len(plot.tried) == 2
    between = plot.tried[0] + MINUTE / 2
    plot.affair.endpoint.now = msgspec.structs.replace(plot.affair.endpoint.now, modified=between)
    assert plot.act() == "unknown"
    assert len(plot.tried) == 2


@pytest.mark.parametrize("lost", [Call.TAKEN, Call.UNTAKEN])
@pytest.mark.parametrize("between", [Call.BUSY, Call.THROTTLED])
def test_a_repetition_that_is_surely_not_taken_counts_as_a_try(lost, between):
    plot = Plot(RemedyName.RETRAIN, lost, between, between, between)
    while plot.act() != "unknown":
        assert plot.action.attempts == len(plot.tried)
    assert len(plot.tried) == 3
