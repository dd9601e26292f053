"""Votes lie apart from their action, where only approvals may write them, and are joined to it when it is read."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.action import ActionRegister, Answer, Vote
from kedge.domain.stage import Stage
from kedge.ledger.action_writes import writes_of_step
from kedge.ledger.codec import held_in, unfinished, without_those_over
from kedge.ledger.items import Item, ItemKind, Key, decode, encode
from kedge.ports.actions import ActionCommit, VersionedAction
from tests.support.actions import action, taken
from tests.support.ledgers import NOW

ASKED = replace(action(stage=Stage.ASKED), asked=NOW)
ANA, BEN = (Vote(by=name, answer=Answer.APPROVE, at=NOW) for name in ("ana", "ben"))
NOTHING = ActionRegister()


def item_of(of, version, votes=()):
    """An action as it lies in the table; with `votes`, as an older release wrote them into it."""
    body = encode(replace(of, votes=votes))
    return Item(key=Key(f"ACTION#{of.digest}", "ACTION"), kind=ItemKind.ACTION, version=version, body=body)


def cast(of, votes, number, version):
    """What lies apart after the last of these votes was added."""
    step = ActionCommit(action=replace(of, votes=votes[: number + 1]), version=version - 1, cast=(votes[number],))
    _, written = writes_of_step(step)
    return written.item


def test_a_vote_is_written_apart_from_its_action_and_never_over_another():
    moved, vote = writes_of_step(ActionCommit(action=replace(ASKED, votes=(ANA, BEN)), version=4, cast=(BEN,)))
    assert decode(moved.item, type(ASKED)) == ASKED
    assert (vote.key, vote.over) == (Key(f"VOTES#{ASKED.digest}", "000001#000001"), 0)
    assert (vote.item.kind, vote.item.version, decode(vote.item, Vote)) == (ItemKind.VOTE, 5, BEN)


def test_a_step_that_adds_no_vote_writes_none():
    (moved,) = writes_of_step(ActionCommit(action=replace(ASKED, votes=(ANA,)), version=4))
    assert decode(moved.item, type(ASKED)).votes == ()


def test_an_action_is_read_with_the_votes_of_its_round_in_the_order_in_which_they_came():
    votes = [cast(ASKED, (ANA, BEN), number, 3 + number) for number in range(2)]
    assert held_in(item_of(ASKED, 4), votes, NOTHING) == VersionedAction(replace(ASKED, votes=(ANA, BEN)), 4)


def test_votes_of_a_round_that_is_over_do_not_count_in_the_next():
    earlier = cast(ASKED, (ANA,), 0, 3)
    again = replace(ASKED, round=2)
    assert held_in(item_of(again, 7), [earlier], NOTHING).action.votes == ()
    later = cast(again, (BEN,), 0, 7)
    assert held_in(item_of(again, 7), [earlier, later], NOTHING).action.votes == (BEN,)


def test_a_vote_that_came_after_the_action_was_read_does_not_belong_to_it():
    assert held_in(item_of(ASKED, 3), [cast(ASKED, (ANA,), 0, 4)], NOTHING).action.votes == ()


def test_votes_that_an_older_release_wrote_into_an_action_count_and_stay_there():
    before = ActionRegister(taken=(taken(ASKED),))
    held = held_in(item_of(ASKED, 3, votes=(ANA,)), (), before)
    assert held == VersionedAction(replace(ASKED, votes=(ANA,)), 3, (ANA,))
    voted = replace(held.action, votes=(ANA, BEN))
    moved, vote = writes_of_step(ActionCommit(action=voted, version=3, cast=(BEN,), written=held.written))
    assert decode(moved.item, type(ASKED)).votes == (ANA,)
    assert held_in(moved.item, [vote.item], before) == VersionedAction(voted, 4, (ANA,))


@pytest.mark.parametrize(
    "register",
    [NOTHING, ActionRegister(taken=(replace(taken(ASKED), votes_apart=True),))],
    ids=["none", "of this release"],
)
def test_votes_within_an_action_count_for_nothing_where_no_older_release_reserved_its_plan(register):
    # Every function that moves a plan may write its action; this is how one of them would forge an approval.
    assert held_in(item_of(ASKED, 3, votes=(ANA, BEN)), (), register) == VersionedAction(ASKED, 3)


@pytest.mark.parametrize("stage", [Stage.REJECTED, Stage.EXPIRED, Stage.REFUSED])
def test_a_plan_that_ended_and_was_not_done_holds_no_place_in_the_register(stage):
    register = ActionRegister(taken=(taken(ASKED),))
    assert unfinished(register) == (ASKED.digest,)
    assert without_those_over(register, [replace(ASKED, stage=stage)]) == NOTHING


@pytest.mark.parametrize("stage", [Stage.ASKED, Stage.APPROVED, Stage.ACTING, Stage.VERIFIED])
def test_a_plan_that_goes_on_or_was_done_keeps_its_place_in_the_register(stage):
    register = ActionRegister(taken=(taken(ASKED),))
    assert without_those_over(register, [replace(ASKED, stage=stage)]) == register


def test_what_was_done_keeps_its_place_whatever_its_action_says():
    register = ActionRegister(taken=(taken(replace(ASKED, stage=Stage.ACTING, changed=NOW + timedelta(hours=1))),))
    assert unfinished(register) == ()
    assert without_those_over(register, [replace(ASKED, stage=Stage.REFUSED)]) == register
