"""Rounds of reconcile over every ledger: in memory, and in a DynamoDB table."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict
from kedge.policy.compiled import default_policy
from kedge.routing.grouping import DIGEST
from kedge.services.intake import Intake
from kedge.services.reconcile import Reconcile
from tests.contracts.test_context import commit_of
from tests.support.ledgers import MONITOR, NOW, violated
from tests.support.notifications import notice
from tests.support.stories import CHURN, policy_of

MAIL = (ChannelName.MAIL,)


class Time:
    now = NOW


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def intake(ledger, time):
    return Intake(None, ledger, default_policy, MAIL, "test", lambda: time.now)


@pytest.fixture
def reconcile(intake, agenda, time):
    return Reconcile(intake.settle, agenda, default_policy, MAIL, lambda: time.now)


def ample():
    return timedelta(minutes=1)


def flood(ledger, number):
    for first in range(0, number, 50):
        waiting = tuple(
            notice(incident=f"i-{each:04}", group=DIGEST, digest=True) for each in range(first, min(first + 50, number))
        )
        ledger.commit(replace(commit_of(ledger), notices=waiting))


def told(rounds):
    return [effect for done in rounds for telling in done.tellings for effect in telling.effects]


def test_a_problem_that_nobody_acknowledges_is_told_again(intake, reconcile, ledger, time):
    intake.settle(violated())
    time.now = ledger.load(CHURN, MONITOR)[0].due
    reasons = [outcome.decision.reason for outcome in reconcile.round(ample).outcomes]
    assert Reason.REMINDER in reasons
    assert ledger.load(CHURN, MONITOR)[0].due > time.now
    again = [outcome.signal.target for outcome in reconcile.round(ample).outcomes]
    assert CHURN not in again


def test_a_flood_is_one_message_and_nothing_of_it_is_lost(reconcile, ledger, agenda):
    flood(ledger, 150)
    (effect,) = told([reconcile.round(ample)])
    assert len(effect.briefs) + effect.tally.incidents == 150
    assert agenda.receivers(NOW) == ()


def test_everybody_is_told_in_the_next_round_where_they_are_too_many_for_one_transaction(ledger, agenda, time):
    names = [f"team-{number}" for number in range(60)]
    policy = policy_of(
        receivers=[{"name": name} for name in names],
        route={"receiver": names[0], "routes": [{"receiver": name, "continue": True} for name in names]},
    )
    intake = Intake(None, ledger, lambda: policy, tuple(ChannelName), "test", lambda: time.now)
    decision = intake.settle(violated()).decision
    assert len(decision.effects) == len(names)
    time.now += timedelta(minutes=1)
    reconcile = Reconcile(intake.settle, agenda, lambda: policy, tuple(ChannelName), lambda: time.now)
    assert Counter(effect.receiver for effect in told([reconcile.round(ample)])) == dict.fromkeys(names, 3)


def test_two_rounds_at_once_tell_nothing_twice_and_lose_nothing(intake, agenda, ledger, time):
    flood(ledger, 130)
    waiting = tuple(notice(incident=f"j-{number}", group=f"g-{number}") for number in range(3))
    ledger.commit(replace(commit_of(ledger), notices=waiting))

    def minutes(_):
        reconcile = Reconcile(intake.settle, agenda, default_policy, MAIL, lambda: time.now)
        return [reconcile.round(ample) for _ in range(3)]

    with ThreadPoolExecutor(4) as workers:
        rounds = [done for each in workers.map(minutes, range(4)) for done in each]
    left = [each.error for done in rounds for each in done.left]
    assert all(isinstance(error, Conflict) for error in left), left
    time.now += timedelta(minutes=10)
    rounds += minutes(None)
    assert agenda.receivers(time.now) == ()
    # If 2 rounds do the same work at the same time, the second finds it done: one message in total.
    effects = {effect.id: effect for effect in told(rounds)}.values()
    named = Counter(brief.incident for effect in effects for brief in effect.briefs)
    named.update(effect.incident.id for effect in effects if not effect.briefs)
    assert max(named.values()) == 1
    assert sum(named.values()) + sum(effect.tally.incidents for effect in effects) == 133
