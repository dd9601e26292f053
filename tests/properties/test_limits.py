"""Limits hold in whatever order plans are made, carried out and ended, and however their clocks run."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from kedge.domain.action import ActionRecord, ActionRegister
from kedge.domain.ids import mark
from kedge.domain.remedy import RemedyName
from kedge.domain.stage import Stage
from kedge.domain.target import Target
from kedge.policy.compiled import Policy
from kedge.remediation.limits import held_back, kept_for, reserve
from tests.support.remedies import NOW, limited
from tests.support.stages import DONE, OVER
from tests.support.stories import CHURN

TARGETS = tuple(replace(CHURN, name=f"churn-{number}") for number in range(5))
REMEDIES = (RemedyName.ROLL_BACK, RemedyName.RETRAIN)
# From planned, an action is asked about or acted on; from then on it ends in one of these ways.
ENDS = tuple(sorted(OVER - {Stage.PROPOSED}))
PIPELINES = ("", "arn:one", "arn:two")

minutes = st.integers(0, 600).map(lambda number: timedelta(minutes=number))
policies = st.builds(
    lambda most, per, cooldown, share: limited(
        most_actions=most, per=per, cooldown=cooldown, largest_share_of_fleet=share
    ),
    st.integers(1, 3),
    st.sampled_from(["1h", "6h", "24h"]),
    st.sampled_from(["0", "1h", "30h"]),
    st.sampled_from([0.01, 0.4, 0.6, 1.0]),
)
beginnings = st.tuples(
    st.just("begin"), st.sampled_from(TARGETS), st.sampled_from(REMEDIES), st.sampled_from(PIPELINES)
)
moves = st.tuples(st.just("move"), st.integers(0, 30), st.sampled_from([Stage.ASKED, Stage.ACTING, *ENDS]))
waits = st.tuples(st.just("wait"), minutes)


class World(Struct):
    """A register, and apart from it all that was really done: when, to whom, by which remedy."""

    policy: Policy
    register: ActionRegister
    now: object = NOW
    made: int = 0
    acts: list[tuple[object, str, RemedyName]] = []

    def begin(self, target, remedy, using, ahead=timedelta()) -> bool:
        self.made += 1
        taken = ActionRecord(
            digest=f"d-{self.made}",
            target=str(target),
            remedy=remedy,
            stage=Stage.PLANNED,
            at=self.now + ahead,
            incident="i",
            using=using,
        )
        held = held_back(self.policy, self.register, target, remedy, self.now, own=taken.digest, using=using)
        if held is None:
            self.keep(taken)
        return held is None

    def move(self, which, stage) -> None:
        under_way = [each for each in self.register.taken if each.stage not in OVER]
        if not under_way:
            return
        taken = under_way[which % len(under_way)]
        if taken.stage in DONE and stage not in DONE:
            return
        if taken.stage not in DONE and stage in DONE:
            # The last look before the act.
            target = Target.parse(taken.target)
            own = {"own": taken.digest, "using": taken.using}
            if held_back(self.policy, self.register, target, taken.remedy, self.now, **own) is not None:
                return
            self.acts.append((self.now, taken.target, taken.remedy))
        self.keep(replace(taken, stage=stage, at=self.now))

    def wait(self, time) -> None:
        self.now += time

    def keep(self, taken) -> None:
        self.register = reserve(self.register, taken, self.now, kept_for(self.policy))


def world(policy: Policy) -> World:
    return World(policy, ActionRegister(endpoints=tuple(mark(target.name) for target in TARGETS)))


def holds(of: World) -> None:
    """Every limit, counted by what was done and not by the register."""
    limits = of.policy.limits
    allowed = max(1, round(limits.share * len(TARGETS) - 0.5 + 1e-6))
    for end, target, remedy in of.acts:
        window = [act for act in of.acts if end - limits.per < act[0] <= end]
        assert len(window) <= limits.most_actions
        assert len({act[1] for act in window}) <= allowed
        same = [act for act in of.acts if act[1:] == (target, remedy) and end - limits.cooldown < act[0] <= end]
        assert limits.cooldown == timedelta() or len(same) == 1
    under_way = [each for each in of.register.taken if each.stage not in OVER]
    acting = [each.target for each in under_way if each.stage in DONE]
    pipelines = [each.using for each in under_way if each.using]
    assert len(acting) == len(set(acting))
    assert len({(each.target, each.remedy) for each in under_way}) == len(under_way)
    assert len(pipelines) == len(set(pipelines))


@given(policies, st.lists(st.one_of(beginnings, moves, waits), max_size=60))
def test_no_limit_is_passed_in_whatever_order_things_are_done(policy, steps):
    of = world(policy)
    for name, *how in steps:
        getattr(of, name)(*how)
        holds(of)


@given(st.integers(1, 3), st.permutations(range(200)))
def test_of_two_hundred_plans_at_once_no_more_are_begun_than_may_be(most, order):
    of = world(limited(most_actions=most, largest_share_of_fleet=1.0))
    begun = sum(of.begin(replace(CHURN, name=f"churn-{number}"), RemedyName.ROLL_BACK, "") for number in order)
    # The share is of five known endpoints, and does not get in the way of three.
    assert begun == most


@given(policies, st.lists(st.tuples(st.sampled_from(TARGETS), minutes, minutes), max_size=12))
def test_a_limit_that_says_when_it_ends_has_ended_then_or_another_speaks(policy, done):
    of = world(policy)
    for target, ahead, later in done:
        if of.begin(target, RemedyName.ROLL_BACK, "", ahead):
            of.move(0, Stage.VERIFIED)
        of.wait(later)
    held = held_back(policy, of.register, TARGETS[0], RemedyName.ROLL_BACK, of.now)
    if held is None:
        return
    assert held.until is not None
    assert of.now < held.until
    then = held_back(policy, of.register, TARGETS[0], RemedyName.ROLL_BACK, held.until)
    assert then is None or then.why is not held.why
    just_before = held_back(policy, of.register, TARGETS[0], RemedyName.ROLL_BACK, held.until - timedelta(seconds=1))
    assert just_before is not None


@given(policies, st.lists(st.one_of(beginnings, moves, waits), max_size=60))
def test_the_register_stays_as_small_as_what_the_limits_count(policy, steps):
    of = world(policy)
    for name, *how in steps:
        getattr(of, name)(*how)
    of.wait(kept_for(policy))
    for each in of.register.taken:
        of.keep(replace(each, stage=Stage.REJECTED) if each.stage not in DONE else each)
    assert [each for each in of.register.taken if each.stage in OVER] == []
