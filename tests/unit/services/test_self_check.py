"""The look that reconcile takes once an hour at Kedge itself."""

from datetime import timedelta

import pytest

from kedge.domain.effect import ChannelName
from kedge.domain.errors import Transient
from kedge.lambdas.reconcile import ReconcileFunction
from kedge.policy.compiled import default_policy
from kedge.services.reconcile import Reconcile
from kedge.services.self_check import EVERY, SOON, SelfCheck, SelfCheckResult
from tests.fakes.ledger import MemoryLedger
from tests.fakes.reading import FakeAudience
from tests.support.ledgers import NOW


class Letters:
    """A queue of dead letters."""

    def __init__(self, many=0):
        self.many = many
        self.asked = 0
        self.failing = None

    def waiting(self):
        self.asked += 1
        if self.failing is not None:
            raise self.failing
        return self.many


class World:
    def __init__(self):
        self.now, self.audience, self.letters = NOW, FakeAudience(), (Letters(), Letters())
        self.upkeep = SelfCheck(self.audience, self.letters, lambda: self.now)

    def round(self):
        reconcile = Reconcile(
            lambda _: pytest.fail("nothing is due"),
            MemoryLedger(),
            default_policy,
            (ChannelName.MAIL,),
            lambda: self.now,
            upkeep=self.upkeep,
        )
        self.entry_point = ReconcileFunction(reconcile)
        return reconcile.round(lambda: timedelta(minutes=1))


def test_kedge_is_looked_after_at_once_and_then_once_an_hour():
    world = World()
    looks = []
    for _ in range(181):
        looks.append(world.round().looked)
        world.now += timedelta(minutes=1)
    assert [minute for minute, looked in enumerate(looks) if looked is not None] == [0, 60, 120, 180]
    assert {looked for looked in looks if looked is not None} == {SelfCheckResult(unheard=False, dead_letters=0)}
    assert [queue.asked for queue in world.letters] == [4, 4]


def test_each_queue_of_dead_letters_is_used_often_enough_to_be_measured():
    # SQS keeps measuring a queue for six hours after its last use.
    assert timedelta(hours=6) > EVERY


def test_while_nobody_listens_it_is_looked_at_again_soon_so_that_a_confirmation_ends_the_alarm():
    world = World()
    world.audience.listening = False
    assert world.round().looked == SelfCheckResult(unheard=True, dead_letters=0)
    world.now += SOON
    world.audience.listening = True
    assert world.round().looked == SelfCheckResult(unheard=False, dead_letters=0)
    world.now += SOON
    assert world.round().looked is None


def test_the_dead_letters_of_both_queues_are_counted():
    world = World()
    world.letters[0].many, world.letters[1].many = 2, 3
    assert world.round().looked == SelfCheckResult(unheard=False, dead_letters=5)


def test_a_look_that_fails_holds_up_nothing_and_is_taken_again_a_minute_later():
    world = World()
    world.letters[0].failing = Transient("throttled")
    done = world.round()
    assert done.looked is None
    assert [left.what for left in done.left] == ["look after Kedge itself"]
    world.letters[0].failing = None
    world.now += timedelta(minutes=1)
    assert world.round().looked is not None
