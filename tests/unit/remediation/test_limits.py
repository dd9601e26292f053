"""What no remedy may exceed: each limit, when it ends, and what the register remembers for it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.action import ActionRegister
from kedge.domain.ids import mark
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.domain.stage import Stage
from kedge.remediation.limits import held_back, kept_for, reserve
from tests.support.remedies import BAD, GOOD, NOW, at, fleet, limited, taken
from tests.support.stages import DONE, OVER
from tests.support.stories import CHURN

OTHER = replace(CHURN, name="fraud-prod")
KEEP = timedelta(days=7)
UNDER_WAY = sorted(set(Stage) - OVER)


def asked(register=(), policy=None, target=CHURN, remedy=RemedyName.ROLL_BACK, now=NOW, known=100, **more):
    of = ActionRegister(taken=tuple(register), endpoints=fleet(known))
    return held_back(policy or limited(), of, target, remedy, now, **more)


def why(*args, **more):
    refused = asked(*args, **more)
    return None if refused is None else refused.why


def test_where_nothing_was_done_everything_may_be_begun():
    assert asked() is None


def test_the_kill_switch_stops_what_was_not_begun_and_says_where_it_is():
    refused = asked(policy=limited(kill_switch=True))
    assert refused.why is HoldReason.KILL_SWITCH
    assert "limits.kill_switch" in refused.says
    assert refused.until is None


def test_a_cooldown_says_what_was_done_when_and_when_it_ends():
    refused = asked([taken(when="10:02")], now=at("14:00"))
    assert refused.why is HoldReason.COOLDOWN
    assert refused.until == at("16:02")
    assert refused.says == "churn-prod was rolled back at 10:02 UTC; the cooldown of 6h ends at 16:02 UTC"


def test_a_cooldown_is_over_at_its_end_and_not_before():
    assert why([taken(when="10:02")], now=at("16:02") - timedelta(microseconds=1)) is HoldReason.COOLDOWN
    assert why([taken(when="10:02")], now=at("16:02")) is None


def test_a_cooldown_is_of_one_remedy_on_one_target():
    done = [taken(when="15:00")]
    assert why(done, remedy=RemedyName.RETRAIN) is None
    assert why(done, target=OTHER) is None


@pytest.mark.parametrize("stage", sorted(DONE & OVER))
def test_what_was_done_counts_for_the_cooldown_however_it_ended(stage):
    assert why([taken(stage=stage)], now=at("14:00")) is HoldReason.COOLDOWN


@pytest.mark.parametrize("stage", sorted(OVER - DONE))
def test_what_ended_without_an_act_counts_for_nothing(stage):
    ended = [taken(f"d-{n}", stage, "15:59") for n in range(9)]
    assert why(ended, policy=limited(most_actions=1), known=1) is None


@pytest.mark.parametrize("stage", UNDER_WAY)
def test_while_one_remedy_of_a_target_is_under_way_the_same_does_not_begin_again(stage):
    assert why([taken(stage=stage, when="2:00")]) is HoldReason.ALREADY_RUNNING


@pytest.mark.parametrize("stage", sorted({*UNDER_WAY} - {Stage.ASKED}))
def test_while_one_remedy_of_a_target_is_under_way_no_other_begins(stage):
    refused = asked([taken(stage=stage, when="2:00")], remedy=RemedyName.RETRAIN)
    assert refused.why is HoldReason.ALREADY_RUNNING
    assert f"{stage} since 02:00 UTC" in refused.says


def test_a_question_that_nobody_answered_keeps_no_other_remedy_from_being_begun():
    assert why([taken(stage=Stage.ASKED, when="2:00")], remedy=RemedyName.RETRAIN) is None


@pytest.mark.parametrize("stage", UNDER_WAY)
def test_what_may_still_act_counts_as_done_so_that_a_cap_of_one_holds(stage):
    waiting = [taken(stage=stage, when="2:00", target=str(OTHER))]
    refused = asked(waiting, policy=limited(most_actions=1))
    assert refused.why is HoldReason.MOST_ACTIONS
    assert refused.until is None
    assert "1 remedy was begun" in refused.says


def test_a_pipeline_that_one_target_uses_is_not_started_for_another():
    running = [taken(stage=Stage.ACTED, target=str(OTHER), remedy=RemedyName.RETRAIN, using="arn:x")]
    assert why(running, remedy=RemedyName.RETRAIN, using="arn:x") is HoldReason.ALREADY_RUNNING
    assert why(running, remedy=RemedyName.RETRAIN, using="arn:y") is None
    assert "fraud-prod" in asked(running, remedy=RemedyName.RETRAIN, using="arn:x").says


def test_most_actions_says_when_there_is_room_again():
    done = [taken(f"d-{n}", when=f"{n}:00", target=f"{OTHER}-{n}") for n in (1, 2, 3, 4)]
    refused = asked(done)
    assert refused.why is HoldReason.MOST_ACTIONS
    # Four were done and three may be: the second of them has to be a day old.
    assert refused.until == at("2:00") + timedelta(days=1)
    assert "2026-11-21 02:00 UTC" in refused.says
    assert why(done, now=refused.until) is None


def test_a_share_of_the_fleet_counts_targets_and_not_acts():
    one = [
        taken("a", when="1:00", target=str(OTHER)),
        taken("b", when="2:00", target=str(OTHER), remedy=RemedyName.RETRAIN),
    ]
    assert why(one, known=10, policy=limited(most_actions=9)) is None
    refused = asked(one, known=9, policy=limited(most_actions=9))
    assert refused.why is HoldReason.SHARE_OF_FLEET
    assert refused.until == at("2:00") + timedelta(days=1)
    assert "1 of 9 endpoints" in refused.says
    assert "allows 1 (20%" in refused.says


def test_a_share_of_the_fleet_lets_one_target_at_least_and_the_same_one_again():
    assert why(known=1, policy=limited(largest_share_of_fleet=0.01)) is None
    again = [taken(when="1:00", remedy=RemedyName.RETRAIN)]
    assert why(again, known=1) is None


def test_a_share_is_not_lost_to_rounding():
    done = [taken(f"d-{n}", when="15:00", target=f"{OTHER}-{n}") for n in range(28)]
    assert why(done, known=100, policy=limited(most_actions=99, largest_share_of_fleet=0.29)) is None


def test_nobody_is_taken_back_to_where_a_remedy_took_them_away_from():
    back = [taken(source=BAD, destination=GOOD, when="1:00")]
    refused = asked(back, source=GOOD, destination=BAD)
    assert refused.why is HoldReason.BACK_AND_FORTH
    assert refused.until is None
    assert "churn-41 at 01:00 UTC" in refused.says
    assert why(back, source="churn-42", destination=GOOD) is None
    assert why(back, target=OTHER, source=GOOD, destination=BAD) is None


@pytest.mark.parametrize("stage", sorted(OVER - DONE))
def test_what_was_never_done_bars_no_way(stage):
    assert why([taken(stage=stage, source=BAD, destination=GOOD)], source=GOOD, destination=BAD) is None


def test_an_endpoint_of_which_nobody_has_heard_before_is_one_of_the_fleet():
    one = [taken(target=str(OTHER))]
    whole = limited(largest_share_of_fleet=1.0)
    assert (
        held_back(
            whole, ActionRegister(taken=tuple(one), endpoints=(mark(OTHER.name),)), CHURN, RemedyName.ROLL_BACK, NOW
        )
        is None
    )


@pytest.mark.parametrize("stage", list(Stage))
def test_a_plan_never_stands_in_its_own_way(stage):
    own = [taken(stage=stage, when="15:59", source=BAD, destination=GOOD)]
    assert why(own, policy=limited(most_actions=1), own="d-1", source=GOOD, destination=BAD, known=1) is None


def test_a_clock_that_ran_ahead_neither_opens_a_limit_nor_shuts_it_for_ever():
    ahead = taken(when=NOW + timedelta(days=36_500))
    assert why([ahead]) is HoldReason.COOLDOWN
    # The next who writes sets it back, and from then on it ends.
    healed = reserve(ActionRegister(taken=(ahead,)), taken("d-2", Stage.PLANNED, NOW, str(OTHER)), NOW, KEEP)
    assert why(healed.taken, now=NOW + timedelta(hours=6) - timedelta(seconds=1)) is HoldReason.COOLDOWN
    assert why(healed.taken, now=NOW + timedelta(hours=6)) is None


def test_the_register_holds_an_action_once_and_keeps_when_it_was_done_not_when_it_was_permitted():
    register = ActionRegister(endpoints=fleet(3))
    for stage, when in (
        (Stage.PLANNED, "10:00"),
        (Stage.ACTING, "11:00"),
        (Stage.ACTED, "11:30"),
        (Stage.VERIFIED, "15:00"),
    ):
        register = reserve(register, taken(stage=stage, when=when), at(when), KEEP)
    assert register == ActionRegister(taken=(taken(when="11:30"),), endpoints=fleet(3))


def test_what_ended_without_an_act_leaves_the_register():
    register = reserve(ActionRegister(), taken(stage=Stage.PLANNED), NOW, KEEP)
    assert reserve(register, taken(stage=Stage.REJECTED), NOW, KEEP) == ActionRegister()


def test_the_register_forgets_what_no_limit_counts_and_never_what_is_under_way():
    old = ActionRegister(
        taken=(taken("done", when=NOW - KEEP), taken("open", Stage.ASKED, NOW - 2 * KEEP), taken("new", when="1:00"))
    )
    kept = reserve(old, taken("own", Stage.PLANNED, NOW), NOW, KEEP)
    assert [each.digest for each in kept.taken] == ["open", "new", "own"]


def test_the_register_is_kept_as_long_as_the_longest_limit_looks_back():
    assert kept_for(limited(cooldown="30d")) == timedelta(days=30)
    assert kept_for(limited(per="60d")) == timedelta(days=60)
    assert kept_for(limited()) >= timedelta(days=7)


@pytest.mark.parametrize("remedy", [name for name in RemedyName if name is not RemedyName.NONE])
def test_every_remedy_has_words_for_its_limits(remedy):
    done = asked([taken(remedy=remedy, when="15:00")], remedy=remedy)
    assert str(remedy) not in done.says.split()
    assert done.says.startswith("churn-prod ")
