"""What a step of a remedy's workflow changes in the table, and how long each of it is kept."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.action import ActionRegister, Efficacy
from kedge.domain.errors import Permanent
from kedge.domain.ids import mark
from kedge.domain.remedy import RemedyName
from kedge.domain.stage import Stage
from kedge.ledger.action_writes import LARGEST, TOKENS_KEPT, needed_until, write_of_token, writes_of_step
from kedge.ledger.awaited import Awaited
from kedge.ledger.codec import efficacies_in
from kedge.ledger.items import Delete, Item, ItemKind, Key, Listed, Listing, decode, encode
from kedge.ledger.keys import efficacy_key
from kedge.ports.actions import ActionCommit
from tests.support.actions import action, first_step, taken
from tests.support.ledgers import NOW
from tests.support.stages import OVER
from tests.support.stories import CHURN

PLANNED = action()
HERE = "111122223333/us-east-1"
ENDPOINT = f"endpoint/{CHURN}"


def hours(many):
    return NOW + timedelta(hours=many)


def test_a_step_that_only_moves_its_action_writes_it_over_the_version_that_was_read():
    (only,) = writes_of_step(ActionCommit(action=PLANNED, version=3))
    assert (only.key, only.over, only.item.version) == (Key(f"ACTION#{PLANNED.digest}", "ACTION"), 3, 4)
    assert (only.item.kind, only.item.expires_at) == (ItemKind.ACTION, None)


@pytest.mark.parametrize("stage", Stage)
def test_an_action_is_listed_by_when_it_was_made_until_it_is_over(stage):
    moved = replace(PLANNED, stage=stage, changed=hours(1))
    (only,) = writes_of_step(first_step(moved))
    assert only.item.listed == (None if stage in OVER else Listed(Listing.ACTION, NOW))


def test_all_that_a_step_changes_is_in_one_transaction_the_action_first():
    step = ActionCommit(
        action=PLANNED,
        version=1,
        register=ActionRegister(taken=(taken(PLANNED),)),
        register_version=7,
        efficacy=Efficacy(verified=1),
        awaits=(ENDPOINT,),
        forgets=("execution/a",),
    )
    moved, registered, worked, awaited, forgotten = writes_of_step(step)
    assert moved.item.kind is ItemKind.ACTION
    assert (registered.key, registered.over, registered.item.version) == (Key(f"REGISTER#{HERE}", "REGISTER"), 7, 8)
    assert (worked.key, worked.over) == (Key(f"EFFICACY#{CHURN}", "roll_back"), None)
    assert (awaited.key, awaited.over) == (Key(f"AWAITED#{ENDPOINT}", PLANNED.digest), None)
    assert forgotten == Delete(key=Key("AWAITED#execution/a", PLANNED.digest))


def test_only_an_action_is_listed():
    step = replace(first_step(PLANNED), register=ActionRegister(), efficacy=Efficacy(), awaits=(ENDPOINT,))
    assert [write.item.listed for write in writes_of_step(step)][1:] == [None, None, None]
    assert write_of_token(PLANNED, "secret", "ask").item.listed is None


def test_what_is_awaited_says_who_waits_since_when_and_is_forgotten_after_ninety_days():
    _, awaited = writes_of_step(replace(first_step(replace(PLANNED, changed=hours(2))), awaits=(ENDPOINT,)))
    assert decode(awaited.item, Awaited) == Awaited(digest=PLANNED.digest, since=hours(2))
    assert awaited.item.expires_at == int((hours(2) + timedelta(days=90)).timestamp())


def test_a_step_that_awaits_more_than_a_transaction_holds_is_refused():
    with pytest.raises(Permanent, match="changes 101 items, and DynamoDB changes at most 100 at once"):
        writes_of_step(replace(first_step(PLANNED), awaits=tuple(f"execution/{number}" for number in range(100))))


def test_a_register_with_hundreds_of_actions_is_far_from_the_limit_of_an_item():
    one = replace(taken(PLANNED), using="u" * 150, source="s" * 63, destination="d" * 63, incident="i" * 36)
    _, kept = writes_of_step(replace(first_step(PLANNED), register=ActionRegister(taken=(one,) * 300)))
    assert len(kept.item.body.encode()) < LARGEST / 2


def test_what_a_step_writes_of_the_register_does_not_grow_with_the_fleet():
    fleet = ActionRegister(endpoints=tuple(mark(f"endpoint-{number}") for number in range(5_000)))
    _, kept = writes_of_step(replace(first_step(PLANNED), register=fleet))
    assert decode(kept.item, ActionRegister) == ActionRegister()


def test_a_register_is_refused_by_the_bytes_that_it_takes_and_not_by_its_letters():
    wide = ActionRegister(taken=(replace(taken(PLANNED), using="\U0001f6a2" * (LARGEST // 4)),))
    assert len(encode(wide)) < LARGEST
    with pytest.raises(Permanent, match=f"the register of {HERE} would hold 1 actions in 400,"):
        writes_of_step(replace(first_step(PLANNED), register=wide))


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ({}, hours(8)),
        ({"expires": hours(4)}, hours(8)),
        ({"expires": hours(30)}, hours(30)),
        ({"deadline": hours(31)}, hours(31)),
        ({"changed": hours(5), "verify_within": 24 * 3_600}, hours(5 + 4 + 24)),
    ],
)
def test_a_token_outlives_every_wait_of_its_action_by_two_days(said, until):
    waiting = replace(PLANNED, **said)
    assert needed_until(waiting) == until
    assert write_of_token(waiting, "secret", "ask").item.expires_at == int((until + TOKENS_KEPT).timestamp())


def test_the_token_lies_with_its_action_and_nowhere_in_it():
    write = write_of_token(PLANNED, "secret", "await")
    assert (write.key, write.item.body) == (Key(f"ACTION#{PLANNED.digest}", "TOKEN#await"), "secret")
    assert (write.item.kind, write.over) == (ItemKind.TOKEN, None)


def test_how_well_a_remedy_worked_that_only_a_later_kedge_knows_is_left_out():
    known, later = efficacy_key(CHURN, RemedyName.RETRAIN), Key(f"EFFICACY#{CHURN}", "pray")
    body = encode(Efficacy(failed=2))
    items = [Item(key=key, kind=ItemKind.EFFICACY, version=1, body=body) for key in (known, later)]
    assert efficacies_in(items) == {RemedyName.RETRAIN: Efficacy(failed=2)}
