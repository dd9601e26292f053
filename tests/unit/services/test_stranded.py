"""Effects that no worker received are found without a scan, and carried again."""

from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from kedge.adapters.dynamodb.agenda import DynamoOutbox
from kedge.adapters.dynamodb.deliveries import DynamoDeliveries
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.domain.effect import Heartbeat
from kedge.domain.errors import Permanent
from kedge.lambdas.observability import Count
from kedge.ledger.items import effect_of
from kedge.ledger.writes import write_of_effect, write_of_heartbeat
from kedge.services.stranded import LOOK_BACK, STRANDED_AFTER, StrandedEffects
from tests.fakes.dynamodb import MemoryDynamoDB
from tests.fakes.queue import MemoryQueue
from tests.support.ledgers import NOW, decided, violated


class World:
    """A table with effects, a queue, and a reconcile that looks at them."""

    def __init__(self):
        self.dynamodb, self.queue, self.now = MemoryDynamoDB(), MemoryQueue(), NOW
        self.table = Table(self.dynamodb, "kedge")
        self.deliveries = DynamoDeliveries(self.table)
        ledger = DynamoLedger(self.table)
        commit = decided(ledger, violated())
        ledger.commit(commit)
        (self.effect,) = commit.effects
        self.renew()

    def renew(self):
        """Let Lambda replace the environment: it remembers nothing."""
        self.stranded = StrandedEffects(DynamoOutbox(self.table), self.queue, lambda: self.now)

    def after(self, time):
        """Let time pass, look, and return the ids of what stayed behind."""
        self.now += time
        return self.stranded.carry().stranded

    def sent(self):
        return [effect_of(body).id for body in self.queue.bodies]


@pytest.fixture
def world():
    return World()


def test_an_effect_without_a_delivery_is_carried_again_after_ten_minutes_and_not_before(world):
    assert world.after(STRANDED_AFTER - timedelta(seconds=1)) == ()
    assert world.after(timedelta(seconds=1)) == (world.effect.id,)
    assert world.sent() == [world.effect.id]


def test_what_a_worker_has_received_is_not_carried_whatever_came_of_it(world):
    world.deliveries.claim(world.effect, NOW, 60)
    assert world.after(STRANDED_AFTER) == ()
    world.deliveries.delivered(world.effect, "sns-1", NOW)
    world.renew()
    assert world.after(timedelta(hours=1)) == ()
    assert world.sent() == []


def test_an_effect_that_still_has_no_delivery_is_carried_ever_more_rarely(world):
    minutes = [minute for minute in range(1, 14 * 24 * 60) if world.after(timedelta(minutes=1))]
    assert minutes[0] == 10
    assert len(minutes) <= 12
    assert all(later - earlier >= earlier for earlier, later in pairwise(minutes))


def test_a_replaced_environment_does_not_carry_it_sooner(world):
    assert world.after(STRANDED_AFTER)
    world.renew()
    assert world.after(timedelta(minutes=5)) == ()
    assert world.after(timedelta(minutes=20)) == (world.effect.id,)


def test_an_effect_that_was_carried_again_is_no_new_record_of_the_stream(world):
    world.after(STRANDED_AFTER)
    names = [name for name, item in world.dynamodb.records if item["kind"] == {"S": "effect"}]
    assert names == ["INSERT", "MODIFY"]
    assert world.table.get(write_of_effect(world.effect, NOW).key).expires_at is not None


def test_what_the_queue_did_not_take_is_carried_a_minute_later(world):
    world.queue.refused = {world.effect.id}
    world.now += STRANDED_AFTER
    assert world.stranded.carry().left == (world.effect.id,)
    world.queue.refused = set()
    assert world.after(timedelta(minutes=1)) == (world.effect.id,)
    assert world.sent() == [world.effect.id]


def test_a_round_looks_at_a_bounded_number_and_the_next_one_at_the_rest(world, monkeypatch):
    monkeypatch.setattr("kedge.services.stranded.MOST_EFFECTS", 2)
    for number in range(4):
        effect = replace(world.effect, id=f"{world.effect.id}-{number}")
        world.table.put(write_of_effect(effect, NOW + timedelta(seconds=number)))
    world.now += STRANDED_AFTER + timedelta(minutes=1)
    assert [len(world.stranded.carry().stranded) for _ in range(4)] == [2, 2, 1, 0]
    assert len(set(world.sent())) == 5


def test_an_effect_of_an_older_release_and_one_older_than_the_stream_are_left_alone(world):
    old = write_of_effect(replace(world.effect, id="i/1/old/mail"), NOW)
    world.table.put(replace(old, item=replace(old.item, listed=None)))
    world.table.put(write_of_heartbeat(Heartbeat(id="1", at=NOW)))
    assert world.after(STRANDED_AFTER) == (world.effect.id,)
    world.renew()
    assert world.after(LOOK_BACK * 3) == ()


def test_a_table_that_cannot_be_read_says_so(world, monkeypatch):
    def refuse(**_):
        raise Permanent("denied")

    monkeypatch.setattr(world.dynamodb, "query", refuse)
    with pytest.raises(Permanent):
        world.stranded.carry()


def test_they_are_counted_under_the_name_that_the_alarm_reads():
    assert Count.EFFECTS_STRANDED == "EffectsStranded"
