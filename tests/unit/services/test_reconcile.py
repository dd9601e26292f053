"""A round of reconcile: what is due is looked at, what waited is told, and one fault does not hold up the rest."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kedge.domain.context import ContextRequest
from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict, KedgeError, Permanent, Transient
from kedge.domain.signal import PolicyRead
from kedge.domain.target import Target, TargetKind
from kedge.policy.compiled import default_policy
from kedge.ports.storage import Due
from kedge.routing.digest import TOGETHER
from kedge.routing.grouping import DIGEST
from kedge.services.intake import Intake
from kedge.services.reconcile import RESERVE, Reconcile, timer_of
from tests.contracts.test_context import commit_of, other
from tests.fakes.ledger import MemoryLedger
from tests.support.ledgers import MONITOR, NOW, take, violated
from tests.support.notifications import notice
from tests.support.stories import CHURN

AMPLE = timedelta(minutes=1)


class ReadsNothing:
    """A reader that nobody asks: what reconcile settles is a signal already."""


class World:
    """A ledger, a clock that is moved by hand, and reconcile between them."""

    def __init__(self, ledger=None, watch=None, channels=(ChannelName.MAIL,)):
        self.now = NOW
        self.ledger = ledger or MemoryLedger()
        intake = Intake(ReadsNothing(), self.ledger, default_policy, channels, "test", lambda: self.now)
        self.failing = {}
        self.settled = []

        def settle(signal):
            if error := self.failing.get(signal.target.name):
                raise error
            self.settled.append(signal)
            return intake.settle(signal)

        self.reconcile = Reconcile(
            settle, self.ledger, default_policy, channels, lambda: self.now, [watch] if watch else []
        )

    def keep(self, *notices):
        self.ledger.commit(replace(commit_of(self.ledger), notices=notices))

    def keep_due(self, number, at=NOW):
        commit = commit_of(self.ledger, other(number))
        state = replace(commit.decision.state, due=at)
        self.ledger.commit(replace(commit, decision=replace(commit.decision, state=state)))

    def round(self, left=AMPLE):
        return self.reconcile.round(left if callable(left) else lambda: left)

    @property
    def sent(self):
        return [(effect.receiver, effect.why) for effect in self.ledger.outbox]


def test_a_round_in_which_nothing_is_due_does_nothing():
    done = World().round()
    assert (done.outcomes, done.tellings, done.left, done.unfinished) == ([], [], [], False)


def test_a_case_that_is_due_hears_of_its_timer():
    world = World()
    world.keep_due(1)
    (outcome,) = world.round().outcomes
    assert outcome.signal == timer_of(Due(NOW, other(1), MONITOR))
    assert (outcome.signal.at, outcome.signal.target) == (NOW, other(1))


def test_a_timer_is_named_by_its_case_and_its_moment():
    first = timer_of(Due(NOW, CHURN, MONITOR))
    assert first.id == "timer/111122223333/us-east-1/endpoint/churn-prod/DataQuality/2026-11-20T20:00:00.000000Z"
    assert first == timer_of(Due(NOW, CHURN, MONITOR))
    assert first.id != timer_of(Due(NOW + timedelta(minutes=1), CHURN, MONITOR)).id


def test_a_case_that_was_looked_at_and_has_nothing_due_is_left_alone():
    world = World()
    world.keep_due(1)
    world.round()
    assert world.round().outcomes == []


def test_somebody_who_has_not_answered_is_reminded():
    world = World()
    decision, (first,) = take(world.ledger, violated())
    world.now = decision.state.due
    done = world.round()
    assert [outcome.decision.reason for outcome in done.outcomes] == [Reason.REMINDER]
    assert world.sent == [(first.receiver, Reason.FIRST_SEEN), (first.receiver, Reason.REMINDER)]


def test_what_waited_with_its_group_is_told_when_its_time_has_come():
    world = World(channels=(ChannelName.MAIL, ChannelName.PROGRAMS))
    world.keep(notice(due=NOW + timedelta(minutes=1)), notice(incident="i-2", due=NOW + timedelta(minutes=1)))
    assert world.round().tellings == []
    world.now += timedelta(minutes=1)
    (telling,) = world.round().tellings
    assert [effect.channel for effect in telling.effects] == [ChannelName.MAIL, ChannelName.PROGRAMS]
    assert {brief.incident for brief in telling.effects[0].briefs} == {"i-1", "i-2"}
    assert world.round().tellings == []


def test_a_message_counts_towards_what_its_receiver_can_bear():
    world = World()
    world.keep(notice())
    world.round()
    found = world.ledger.load_context(ContextRequest(receivers=("ml-oncall",), groups=("g",)))
    assert found.context.paces["ml-oncall"].sent == (NOW,)
    assert found.context.groups["g"].last == NOW


def test_each_group_is_told_by_itself_and_too_many_in_one_digest():
    few, many = World(), World()
    few.keep(*(notice(incident=f"i-{number}", group=f"g-{number}") for number in range(3)))
    many.keep(*(notice(incident=f"i-{number}", group=f"g-{number}") for number in range(40)))
    few.round()
    many.round()
    assert len(few.sent) == 3
    assert many.sent == [("ml-oncall", Reason.DIGEST)]


def flood(world, number):
    for first in range(0, number, 50):
        world.keep(
            *(
                notice(incident=f"i-{each:05}", group=DIGEST, digest=True)
                for each in range(first, min(first + 50, number))
            )
        )


def test_a_flood_is_one_message_and_nothing_of_it_is_lost():
    world = World()
    flood(world, 2_000)
    done = world.round()
    (effect,) = world.ledger.outbox
    assert len(effect.briefs) + effect.tally.incidents == 2_000
    assert world.ledger.notices("ml-oncall", NOW, 10) == ()
    assert len(done.tellings) > 2_000 / TOGETHER


def test_one_case_that_cannot_be_looked_at_does_not_hold_up_the_others():
    world = World()
    for number in range(3):
        world.keep_due(number)
    world.failing = {"other-0": Permanent("denied"), "other-1": KeyError("a fault that nobody foresaw")}
    world.keep(notice())
    done = world.round()
    assert [signal.target.name for signal in world.settled] == ["other-2"]
    assert [(left.what.split("/")[-1], type(left.error)) for left in done.left] == [
        ("other-0 DataQuality", Permanent),
        ("other-1 DataQuality", KeyError),
    ]
    assert len(world.sent) == 1


class Refuses(MemoryLedger):
    """A ledger that refuses so many tellings of a receiver."""

    def __init__(self, receiver, error, after=0):
        super().__init__()
        self.receiver, self.error, self.after = receiver, error, after

    def tell(self, telling):
        if telling.receiver == self.receiver and self.error is not None:
            if self.after == 0:
                raise self.error
            self.after -= 1
        super().tell(telling)


@pytest.mark.parametrize("error", [Conflict("somebody was first"), Transient("throttled"), Permanent("denied")])
def test_one_receiver_who_cannot_be_told_does_not_hold_up_the_others(error):
    world = World(Refuses("first", error))
    world.keep(notice(receiver="first", due=NOW - timedelta(minutes=1)), notice(receiver="second"))
    done = world.round()
    assert (world.sent, [left.error for left in done.left]) == ([("second", Reason.FIRST_SEEN)], [error])
    world.ledger.error = None
    world.round()
    assert world.sent == [("second", Reason.FIRST_SEEN), ("first", Reason.FIRST_SEEN)]


def test_whoever_is_interrupted_in_the_middle_of_a_flood_goes_on_where_he_was():
    world = World(Refuses("ml-oncall", Conflict("somebody was first"), after=20))
    flood(world, 2_000)
    world.round()
    assert world.sent == []
    world.ledger.error = None
    world.round()
    (effect,) = world.ledger.outbox
    assert len(effect.briefs) + effect.tally.incidents == 2_000


def test_where_nobody_can_tell_what_is_due_the_round_fails():
    class Gone(MemoryLedger):
        def due(self, now, most):
            raise Permanent("the table is gone")

    with pytest.raises(Permanent):
        World(Gone()).round()


def test_cases_take_half_of_the_time_so_that_what_waits_is_told():
    world = World()
    for number in range(10):
        world.keep_due(number)
    world.keep(notice())
    left = iter([AMPLE, *[AMPLE * 0.8] * 3, *[AMPLE * 0.4] * 9])
    done = world.round(lambda: next(left))
    assert (len(done.outcomes), done.unfinished, len(world.sent)) == (3, True, 1)
    assert len(world.round().outcomes) == 7


def test_nothing_is_begun_when_the_time_is_nearly_up():
    world = World()
    world.keep_due(1)
    world.keep(notice())
    done = world.round(RESERVE - timedelta(seconds=1))
    assert (done.outcomes, done.tellings, done.unfinished) == ([], [], True)
    assert (len(world.round().outcomes), len(world.sent)) == (1, 1)


class Watch:
    """A watch of the policy that says what a test tells it to."""

    what = "policy"

    def __init__(self, *says):
        self.says = list(says)
        self.heard = []

    def look(self):
        said = self.says.pop(0) if self.says else None
        if isinstance(said, KedgeError):
            raise said
        return said

    def told(self, signal):
        self.heard.append(signal)


def policy_read(fault):
    target = Target(account="111122223333", region="us-east-1", kind=TargetKind.POLICY, name="kedge")
    return PolicyRead(id=f"policy/{fault}", at=NOW, target=target, version="v2", fault=fault)


def test_a_policy_that_cannot_be_read_is_told_at_once_and_its_mending_too():
    watch = Watch(policy_read("policy.yaml:3:1: unknown key"), None, policy_read(None))
    world = World(watch=watch)
    world.round()
    assert [why for _, why in world.sent] == [Reason.FIRST_SEEN]
    world.now += timedelta(hours=1)
    world.round()
    world.now += timedelta(hours=1)
    world.round()
    assert [why for _, why in world.sent][-1] is Reason.RESOLVED
    assert [signal.fault for signal in watch.heard] == ["policy.yaml:3:1: unknown key", None]


def test_whether_the_policy_can_be_read_or_not_what_is_due_is_done():
    world = World(watch=Watch(Transient("AppConfig is slow")))
    world.keep_due(1)
    done = world.round()
    assert (len(done.outcomes), [left.what for left in done.left]) == (1, ["look at the policy"])


ERRORS = st.sampled_from([None, Conflict("first"), Transient("throttled"), Permanent("denied")])


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 3), st.sampled_from(["a", "b"]), st.integers(0, 20)),
        max_size=40,
        unique_by=lambda each: each[:3],
    ),
    st.lists(ERRORS, max_size=12),
)
def test_whatever_fails_each_incident_is_told_to_each_receiver_in_the_end_and_its_last_word_once(waiting, errors):
    class Fails(MemoryLedger):
        def tell(self, telling):
            error = errors.pop() if errors else None
            if error is not None:
                raise error
            super().tell(telling)

    world = World(Fails())
    for name, revision, receiver, minute in waiting:
        world.keep(
            notice(
                incident=f"i-{name}",
                revision=revision,
                receiver=receiver,
                group=f"g-{name % 3}",
                due=NOW + timedelta(minutes=minute),
            )
        )
    for _ in range(60):
        world.round()
        world.now += timedelta(minutes=1)
    assert not any(world.ledger.waiting.values())
    last = {}
    for name, revision, receiver, _ in waiting:
        last[f"i-{name}", receiver] = max(revision, last.get((f"i-{name}", receiver), 0))
    told = Counter(
        (brief.incident, effect.receiver, brief.revision)
        for effect in world.ledger.outbox
        for brief in effect.briefs or (notice(incident=effect.incident.id, revision=effect.incident.revision).briefs)
    )
    assert {(name, receiver) for name, receiver, _ in told} == set(last)
    assert all(told[(*each, revision)] == 1 for each, revision in last.items())
    assert all(count == 1 for count in told.values())
