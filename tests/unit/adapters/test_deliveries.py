"""Deliveries of two workers at one effect, one of whose leases ended: whatever each says last, people were told or were not."""

from datetime import timedelta
from itertools import product

import pytest

from kedge.adapters.dynamodb.deliveries import DynamoDeliveries
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.ledger.delivery import DeliveryStatus
from kedge.ledger.timeline import EntryKind
from tests.fakes.dynamodb import MemoryDynamoDB
from tests.support.ledgers import NOW, take, violated


def later(seconds):
    return NOW + timedelta(seconds=seconds)


SAYS = {
    "delivered": lambda deliveries, effect, at: deliveries.delivered(effect, "mail-1", at),
    "failed": lambda deliveries, effect, at: deliveries.failed(effect, "throttled", at, final=False),
    "given up": lambda deliveries, effect, at: deliveries.failed(effect, "denied", at, final=True),
}


@pytest.mark.parametrize("words", [*product(SAYS, repeat=2), *product(SAYS, repeat=3)], ids=", ".join)
def test_the_timeline_says_that_people_were_told_if_they_were_and_that_they_were_not_only_before(words):
    table = Table(MemoryDynamoDB(), "kedge")
    ledger, deliveries = DynamoLedger(table), DynamoDeliveries(table)
    _, (effect,) = take(ledger, violated())
    deliveries.claim(effect, NOW, 60)
    deliveries.claim(effect, later(61), 60)
    for number, word in enumerate(words):
        SAYS[word](deliveries, effect, later(70 + number))
    story = ledger.story(effect.incident.id)
    until = words.index("delivered") if "delivered" in words else len(words)
    lines = [EntryKind.DECIDED, *[EntryKind.UNDELIVERED] * words[:until].count("given up"), EntryKind.DELIVERED]
    assert [entry.what for entry in story.entries] == (lines if "delivered" in words else lines[:-1])
    (delivery,) = story.deliveries
    standing = {"failed": DeliveryStatus.RELEASED, "given up": DeliveryStatus.UNDELIVERED}
    assert delivery.standing is (DeliveryStatus.DELIVERED if "delivered" in words else standing[words[-1]])
    assert deliveries.claim(effect, later(999), 60).done is ("delivered" in words)
