"""Every store of actions keeps and refuses the same: in memory, and in a DynamoDB table."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from msgspec.structs import replace

from kedge.domain.action import ActionRegister, Answer, Efficacy, Vote
from kedge.domain.errors import Conflict, Permanent
from kedge.domain.ids import mark
from kedge.domain.remedy import RemedyName
from kedge.domain.stage import Stage
from kedge.domain.target import TargetKind
from kedge.ports.actions import ActionCommit, VersionedAction
from tests.contracts.test_context import commit_of, other
from tests.support.actions import action, first_step, next_step, reserving, taken
from tests.support.ledgers import NOW
from tests.support.stories import CHURN

PLANNED = action()
ASKED = replace(PLANNED, stage=Stage.ASKED, changed=NOW + timedelta(minutes=1))
VERIFIED = replace(PLANNED, stage=Stage.VERIFIED, changed=NOW + timedelta(hours=1))
ELSEWHERE = replace(CHURN, region="eu-central-1")
ENDPOINT = f"endpoint/{CHURN}"


def minutes(many):
    return NOW + timedelta(minutes=many)


def refused(actions, step):
    try:
        actions.keep(step)
    except Conflict:
        return True
    return False


def test_of_an_action_that_nobody_planned_nothing_is_known(actions):
    assert actions.load(PLANNED.digest) is None
    assert actions.register(CHURN) == (ActionRegister(), 0)
    assert actions.efficacy(CHURN, RemedyName.ROLL_BACK) == Efficacy()
    assert actions.token(PLANNED.digest, "ask") is None
    assert actions.open(10) == ()


def test_an_action_is_loaded_as_it_was_kept(actions):
    vote = Vote(by="oncall", answer=Answer.APPROVE, reason="größe, \U0001f6a2", at=NOW)
    voted = replace(ASKED, asked=NOW, votes=(vote,))
    actions.keep(first_step(PLANNED))
    assert actions.load(PLANNED.digest) == VersionedAction(PLANNED, 1)
    actions.keep(next_step(actions, voted))
    assert actions.load(PLANNED.digest) == VersionedAction(voted, 2)


def test_votes_stay_with_their_action_through_every_step_after_them(actions):
    first, second = (Vote(by=name, answer=Answer.APPROVE, at=NOW) for name in ("ana", "ben"))
    actions.keep(first_step(replace(ASKED, asked=NOW)))
    for votes in ((first,), (first, second)):
        held = actions.load(PLANNED.digest)
        actions.keep(next_step(actions, replace(held.action, votes=votes)))
    reminded = replace(actions.load(PLANNED.digest).action, reminded=minutes(2))
    actions.keep(next_step(actions, reminded))
    assert actions.load(PLANNED.digest) == VersionedAction(reminded, 4)
    assert actions.open(1) == (reminded,)
    assert reminded.votes == (first, second)


def test_of_two_who_vote_at_once_the_second_reads_again(actions):
    actions.keep(first_step(replace(ASKED, asked=NOW)))
    steps = [
        next_step(actions, replace(ASKED, asked=NOW, votes=(Vote(by=name, answer=Answer.APPROVE, at=NOW),)))
        for name in ("ana", "ben")
    ]
    assert [refused(actions, step) for step in steps] == [False, True]
    assert [vote.by for vote in actions.load(PLANNED.digest).action.votes] == ["ana"]


def test_a_plan_that_was_taken_up_anew_has_no_votes_of_the_time_before(actions):
    voted = replace(ASKED, asked=NOW, votes=(Vote(by="ana", answer=Answer.REJECT, reason="no", at=NOW),))
    actions.keep(first_step(replace(ASKED, asked=NOW)))
    actions.keep(next_step(actions, replace(voted, stage=Stage.REJECTED)))
    again = replace(PLANNED, round=2, made=minutes(9))
    actions.keep(ActionCommit(action=again, version=2))
    actions.keep(next_step(actions, replace(again, stage=Stage.ASKED, asked=minutes(9))))
    assert actions.load(PLANNED.digest).action.votes == ()


@pytest.mark.parametrize("stage", [Stage.REJECTED, Stage.EXPIRED])
def test_a_plan_that_ends_without_an_act_frees_its_place_though_the_register_is_not_written(actions, ledger, stage):
    actions.keep(reserving(actions, PLANNED))
    actions.keep(next_step(actions, replace(PLANNED, stage=stage)))
    assert actions.register(CHURN) == (ActionRegister(), 1)
    assert ledger.register(CHURN) == ActionRegister()


def test_an_action_that_is_there_is_not_planned_again(actions):
    actions.keep(first_step(PLANNED))
    actions.keep(next_step(actions, ASKED))
    with pytest.raises(Conflict):
        actions.keep(first_step(PLANNED))
    assert actions.load(PLANNED.digest) == VersionedAction(ASKED, 2)


def test_of_two_who_move_an_action_the_second_reads_again(actions):
    actions.keep(first_step(PLANNED))
    mine, others = next_step(actions, ASKED), next_step(actions, VERIFIED)
    actions.keep(others)
    with pytest.raises(Conflict):
        actions.keep(mine)
    assert actions.load(PLANNED.digest) == VersionedAction(VERIFIED, 2)


def test_of_two_who_keep_the_very_same_step_only_one_may_go_on(actions):
    actions.keep(first_step(PLANNED))
    same = next_step(actions, replace(PLANNED, stage=Stage.ACTING, called=NOW))
    actions.keep(same)
    with pytest.raises(Conflict):
        actions.keep(same)


def test_of_many_who_move_an_action_at_once_one_does(actions):
    actions.keep(first_step(PLANNED))
    step = next_step(actions, replace(PLANNED, stage=Stage.ACTING, called=NOW))
    with ThreadPoolExecutor(16) as workers:
        outcomes = list(workers.map(lambda _: refused(actions, step), range(32)))
    assert outcomes.count(False) == 1


def test_a_reservation_is_seen_by_every_target_of_the_account_and_region_and_by_no_other(actions, ledger):
    actions.keep(reserving(actions, PLANNED))
    registered = ActionRegister(taken=(taken(PLANNED),))
    assert actions.register(other(1)) == (registered, 1)
    assert actions.register(ELSEWHERE) == (ActionRegister(), 0)
    assert (ledger.register(other(1)), ledger.register(ELSEWHERE)) == (registered, ActionRegister())


def test_the_register_counts_the_endpoints_of_which_something_was_heard_there(actions, ledger):
    elsewhere = [
        ELSEWHERE,
        replace(CHURN, kind=TargetKind.SCHEDULE, name="batch"),
        replace(CHURN, account="444455556666"),
    ]
    for target in (CHURN, other(1), other(1), *elsewhere):
        ledger.commit(commit_of(ledger, target))
    register, version = actions.register(CHURN)
    assert (set(register.endpoints), version) == ({mark("churn-prod"), mark("other-1")}, 0)
    assert set(ledger.register(other(2)).endpoints) == set(register.endpoints)
    assert [len(actions.register(target)[0].endpoints) for target in elsewhere] == [1, 2, 1]


def test_a_step_does_not_change_which_endpoints_there_are(actions, ledger):
    ledger.commit(commit_of(ledger, other(1)))
    late = reserving(actions, PLANNED)
    ledger.commit(commit_of(ledger, other(2)))
    actions.keep(late)
    register, version = actions.register(CHURN)
    assert (register.taken, version) == ((taken(PLANNED),), 1)
    assert set(register.endpoints) == {mark("other-1"), mark("other-2")}


def test_a_step_that_leaves_the_register_alone_changes_no_version_of_it(actions):
    actions.keep(reserving(actions, PLANNED))
    actions.keep(next_step(actions, ASKED))
    assert actions.register(CHURN)[1] == 1


def test_a_reservation_over_a_register_that_another_changed_keeps_nothing_of_its_step(actions, ledger):
    late = reserving(actions, action(other(2)))
    late = replace(late, efficacy=Efficacy(failed=1), awaits=(ENDPOINT,))
    actions.keep(reserving(actions, PLANNED))
    with pytest.raises(Conflict):
        actions.keep(late)
    assert actions.load(late.action.digest) is None
    assert actions.register(CHURN) == (ActionRegister(taken=(taken(PLANNED),)), 1)
    assert (ledger.efficacy(other(2)), ledger.awaiting((ENDPOINT,))) == ({}, {})


def test_a_step_over_an_action_that_another_moved_leaves_the_register_as_it_was(actions):
    actions.keep(first_step(PLANNED))
    late = reserving(actions, replace(PLANNED, stage=Stage.ACTING))
    actions.keep(next_step(actions, replace(PLANNED, stage=Stage.REJECTED)))
    with pytest.raises(Conflict):
        actions.keep(late)
    assert actions.register(CHURN) == (ActionRegister(), 0)


def test_of_two_hundred_who_reserve_at_once_under_a_cap_of_one_exactly_one_wins(actions):
    plans = [action(other(number)) for number in range(200)]
    everybody_has_read = Barrier(len(plans), timeout=240)

    def attempt(plan):
        step = reserving(actions, plan)
        everybody_has_read.wait()
        while len(step.register.taken) <= 1:
            if not refused(actions, step):
                return plan
            step = reserving(actions, plan)
        return None

    with ThreadPoolExecutor(len(plans)) as workers:
        winners = [plan for plan in workers.map(attempt, plans) if plan is not None]

    assert len(winners) == 1
    assert actions.register(CHURN) == (ActionRegister(taken=(taken(winners[0]),)), 1)
    assert [held is not None for held in map(actions.load, (plan.digest for plan in plans))].count(True) == 1


def test_how_well_a_remedy_worked_is_remembered_of_its_target(actions, ledger):
    well = Efficacy(verified=1, last=NOW)
    actions.keep(first_step(PLANNED))
    actions.keep(next_step(actions, VERIFIED, efficacy=well))
    assert actions.efficacy(CHURN, RemedyName.ROLL_BACK) == well
    assert actions.efficacy(CHURN, RemedyName.RETRAIN) == Efficacy()
    assert actions.efficacy(other(1), RemedyName.ROLL_BACK) == Efficacy()
    assert (ledger.efficacy(CHURN), ledger.efficacy(other(1))) == ({RemedyName.ROLL_BACK: well}, {})


def test_an_action_is_found_by_what_it_waits_for_until_it_waits_no_more(actions, ledger):
    names = (ENDPOINT, "execution/a")
    actions.keep(replace(first_step(PLANNED), awaits=names))
    assert ledger.awaiting((*names, "execution/b")) == dict.fromkeys(names, PLANNED.digest)
    actions.keep(next_step(actions, VERIFIED, forgets=(ENDPOINT, "execution/never")))
    assert ledger.awaiting(names) == {"execution/a": PLANNED.digest}


def test_what_a_step_begins_and_ends_to_await_is_awaited(actions, ledger):
    actions.keep(replace(first_step(PLANNED), awaits=(ENDPOINT, ENDPOINT), forgets=(ENDPOINT,)))
    assert ledger.awaiting((ENDPOINT,)) == {ENDPOINT: PLANNED.digest}


def test_of_two_that_wait_for_one_thing_the_newer_is_woken_and_the_other_when_that_waits_no_more(actions, ledger):
    for made, to in ((minutes(5), "churn-39"), (NOW, "churn-38")):
        actions.keep(replace(first_step(action(made=made, to=to)), awaits=(ENDPOINT,)))
    newer, older = action(made=minutes(5), to="churn-39"), action(made=NOW, to="churn-38")
    assert ledger.awaiting((ENDPOINT,)) == {ENDPOINT: newer.digest}
    actions.keep(next_step(actions, replace(newer, stage=Stage.VERIFIED), forgets=(ENDPOINT,)))
    assert ledger.awaiting((ENDPOINT,)) == {ENDPOINT: older.digest}


def test_a_name_of_any_length_is_awaited(actions, ledger):
    long = f"execution/{'größe' * 1_000}"
    actions.keep(replace(first_step(PLANNED), awaits=(long,)))
    assert ledger.awaiting((long, f"{long}x")) == {long: PLANNED.digest}


def test_the_token_of_a_wait_takes_the_place_of_the_one_before(actions):
    actions.keep(first_step(PLANNED))
    actions.keep_token(PLANNED.digest, "first", "ask")
    actions.keep_token(PLANNED.digest, "other", "await")
    actions.keep_token(PLANNED.digest, "second", "ask")
    assert (actions.token(PLANNED.digest, "ask"), actions.token(PLANNED.digest, "await")) == ("second", "other")
    assert actions.load(PLANNED.digest) == VersionedAction(PLANNED, 1)


def test_nobody_waits_for_an_action_that_is_not_there(actions):
    with pytest.raises(Permanent):
        actions.keep_token(PLANNED.digest, "token", "ask")
    assert actions.token(PLANNED.digest, "ask") is None


def test_the_actions_that_are_not_over_are_listed_the_oldest_first_and_no_more_than_asked_for(actions):
    made = [action(other(number), made=minutes(number)) for number in (3, 1, 2)]
    for each in made:
        actions.keep(first_step(each))
    assert actions.open(10) == (made[1], made[2], made[0])
    assert actions.open(2) == (made[1], made[2])


@pytest.mark.parametrize("stage", [Stage.VERIFIED, Stage.REJECTED, Stage.REFUSED, Stage.PROPOSED])
def test_an_action_that_is_over_is_listed_no_more(actions, stage):
    actions.keep(first_step(PLANNED))
    moved = replace(PLANNED, stage=Stage.ACTED, says="SageMaker took it", changed=minutes(1))
    actions.keep(next_step(actions, moved))
    assert actions.open(10) == (moved,)
    actions.keep(next_step(actions, replace(PLANNED, stage=stage)))
    assert actions.open(10) == ()


def test_a_register_that_no_item_can_hold_is_refused_with_what_would_help(actions):
    many = ActionRegister(taken=tuple(replace(taken(PLANNED), incident="i" * 1_000) for _ in range(400)))
    with pytest.raises(Permanent, match=r"111122223333/us-east-1 would hold 400 actions .* policy's limits"):
        actions.keep(next_step(actions, PLANNED, register=many))
    assert actions.load(PLANNED.digest) is None


def test_the_largest_register_that_is_not_refused_is_kept(actions):
    one = taken(PLANNED)
    many = ActionRegister(taken=tuple(replace(one, incident="i" * 950) for _ in range(300)))
    actions.keep(next_step(actions, PLANNED, register=many))
    assert actions.register(CHURN) == (many, 1)
