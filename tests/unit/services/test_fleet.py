"""Five thousand endpoints that drift in the same hour: each has its incident, each is told of or explained, and no item is too large."""

import random

import pytest
from msgspec.structs import replace

from kedge.decide.fleet import fleet_of
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict, Permanent, Transient
from kedge.domain.run import Monitor, Verdict
from kedge.ledger.items import ItemKind, Write, size_of
from kedge.ledger.writes import writes_of
from tests.fakes.ledger import MemoryLedger
from tests.support.ring import Ring
from tests.support.stories import CHURN, drift, run

ENDPOINTS = 5_000
MOST = 409_600
"""Bytes of an item of DynamoDB."""


class Table(MemoryLedger):
    """Refuses what DynamoDB refuses, and notes how often and how large the fleet's item is written."""

    def __init__(self, busy=None):
        super().__init__()
        self.busy, self.chance = busy, random.Random(7)  # noqa: S311  the same troubles every time
        self.written = []

    def commit(self, commit):
        if commit.monitor is Monitor.FLEET and self.busy is not None and self.chance.random() < 0.5:
            raise self.busy
        for change in writes_of(commit):
            size = size_of(change)
            if isinstance(change, Write) and size > MOST:
                raise Permanent(f"Item size has exceeded the maximum allowed size: {size} of {change.item.kind}")
            if isinstance(change, Write) and change.item.kind is ItemKind.CASE and commit.monitor is Monitor.FLEET:
                self.written.append(size)
        super().commit(commit)


def same(_number):
    return tuple(f"feature-{each}" for each in range(5))


def of_a_hundred(number):
    return tuple(f"feature-{(number * 7 + each * 5) % 100}" for each in range(20))


def nothing_in_common(number):
    return tuple(f"model-{number}-feature-{each}" for each in range(20))


def drifting(number, features):
    target = replace(CHURN, name=f"model-{number:04}")
    return replace(
        run("19:00", Verdict.VIOLATED, drift(*features), source=f"dq-{number}", job=f"job-{number}"),
        id=f"run-{number}",
        target=target,
    )


def flood(features, busy=None, endpoints=ENDPOINTS, minutes=7):
    """The runs of an hour, which come within some minutes, and all that is told of them."""
    ledger = Table(busy)
    ring = Ring(ledger=ledger, channels=(ChannelName.PROGRAMS,))
    for number in range(endpoints):
        ring.take_in(drifting(number, features(number)))
        if number % 1_000 == 999:
            ring.wait(60)
    ring.minutes(minutes)
    return ledger


def lost(ledger, endpoints=ENDPOINTS):
    """The targets that have no open incident, and how many have one that nobody was told of and nothing explains."""
    fleet = ledger.load(fleet_of(CHURN), Monitor.FLEET)[0].incident
    told = {each.incident for effect in ledger.outbox for each in effect.briefs} | {
        effect.incident.id for effect in ledger.outbox
    }
    counted = sum(effect.tally.incidents for effect in ledger.outbox)
    nothing, silent = [], int(fleet is not None and fleet.is_open and fleet.id not in told)
    for number in range(endpoints):
        incident = ledger.load(replace(CHURN, name=f"model-{number:04}"), Monitor.DATA_QUALITY)[0].incident
        if incident is None or not incident.is_open:
            nothing.append(number)
        elif incident.part_of is None or fleet is None or not fleet.is_open:
            silent += incident.id not in told
    return nothing, max(0, silent - counted)


def test_not_one_of_five_thousand_targets_is_lost():
    ledger = flood(same, minutes=2)
    assert lost(ledger) == ([], 0)
    # One item for all of them: it is written until the fleet knows enough, and not for each of five thousand.
    assert len(ledger.written) < 100
    assert max(ledger.written) < 65_536


@pytest.mark.parametrize("features", [same, of_a_hundred, nothing_in_common])
@pytest.mark.parametrize("busy", [None, Conflict("busy"), Transient("throttled"), Permanent("no")], ids=repr)
def test_no_target_is_lost_whatever_they_have_in_common_and_whatever_becomes_of_the_fleet(features, busy):
    ledger = flood(features, busy, endpoints=200)
    assert lost(ledger, endpoints=200) == ([], 0)


def test_a_fleet_that_has_nothing_in_common_takes_no_more_of_its_item_than_dynamodb_bears():
    ledger = flood(nothing_in_common, endpoints=200)
    # Ten intakes at once take in ten runs a second, and an item takes 1,000 units of 1,024 bytes.
    assert max(ledger.written) / 1_024 * 10 < 1_000
