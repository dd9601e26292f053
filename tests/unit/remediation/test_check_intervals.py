"""The workflow looks often at first, and the less often the longer it has waited."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.action import Answer, Vote
from kedge.domain.remedy import Mode
from kedge.remediation.check_intervals import LONGEST_APPROVAL, LONGEST_WATCH, CheckIntervals, pauses, waits_since
from tests.support.remediation import Affair, policy_with

WEEK = timedelta(days=7)


def planned(**changes):
    action = Affair(policy_with(Mode.APPROVAL)).trouble().action
    return msgspec.structs.replace(action, expires_within=int(WEEK.total_seconds()), **changes)


def acted(passed=timedelta()):
    action = planned()
    return msgspec.structs.replace(action, called=action.made, deadline=action.made + WEEK), action.made + passed


@pytest.mark.parametrize(
    ("passed", "wait"),
    [
        (timedelta(), 60),
        (timedelta(minutes=30), 60),
        (timedelta(hours=4), 480),
        (timedelta(days=2), 3_600),
        (WEEK - timedelta(minutes=20), 1_200),
        (WEEK, 60),
        (-timedelta(minutes=1), 60),
    ],
    ids=str,
)
def test_a_plan_that_is_held_up_is_looked_at_less_and_less_often_and_at_the_end_of_its_time(passed, wait):
    action = planned()
    assert pauses(action, action.made + passed).wait == wait


def test_what_was_just_approved_is_looked_at_every_minute_however_old_the_plan_is():
    action = planned()
    approved = action.made + timedelta(days=3)
    action = msgspec.structs.replace(action, votes=(Vote(by="lead", answer=Answer.APPROVE, at=approved),))
    assert pauses(action, approved).wait == 60


@pytest.mark.parametrize(
    ("passed", "found"),
    [
        (timedelta(), CheckIntervals(wait=300, pause=10)),
        (timedelta(hours=1), CheckIntervals(wait=300, pause=120)),
        (timedelta(hours=4), CheckIntervals(wait=1_200, pause=480)),
        (timedelta(days=3), CheckIntervals(wait=1_800, pause=1_800)),
        (WEEK - timedelta(minutes=10), CheckIntervals(wait=600, pause=600)),
    ],
    ids=str,
)
def test_an_outcome_is_looked_for_without_a_sign_of_it_and_all_signs_of_a_while_cause_one_look(passed, found):
    assert pauses(*acted(passed)) == found


def test_the_bounds_are_those_that_a_policy_may_have():
    assert LONGEST_APPROVAL == LONGEST_WATCH == WEEK


@pytest.mark.parametrize("approved", [timedelta(hours=1), timedelta(days=1), timedelta(days=3)], ids=str)
@pytest.mark.parametrize("passed", [timedelta(), timedelta(hours=4), timedelta(days=1)], ids=str)
def test_of_several_answers_the_last_begins_the_wait(approved, passed):
    action = planned()
    first, last = action.made + timedelta(minutes=1), action.made + approved
    votes = tuple(Vote(by=by, answer=Answer.APPROVE, at=at) for by, at in (("lead", first), ("owner", last)))
    voted = msgspec.structs.replace(action, votes=votes)
    assert waits_since(voted) == last
    assert pauses(voted, last + passed).wait == pauses(action, action.made + passed).wait


MOMENTS = {"made": timedelta(), "changed": timedelta(hours=10), "called": timedelta(hours=20)}


@pytest.mark.parametrize("is_called", [True, False])
@pytest.mark.parametrize("passed", [timedelta(hours=1), timedelta(hours=4)], ids=str)
def test_an_outcome_is_waited_for_since_the_call_or_since_the_last_change_if_none_is_known(passed, *, is_called):
    action = planned()
    moments = {name: action.made + after for name, after in MOMENTS.items()}
    since = moments["called" if is_called else "changed"]
    called = moments["called"] if is_called else None
    watched = msgspec.structs.replace(
        action, changed=moments["changed"], called=called, deadline=action.made + 2 * WEEK
    )
    after_all = msgspec.structs.replace(action, changed=moments["made"], called=action.made, deadline=watched.deadline)
    assert pauses(watched, since + passed) == pauses(after_all, action.made + passed)


@pytest.mark.parametrize("called", [True, False])
@pytest.mark.parametrize("has_deadline", [True, False])
def test_an_outcome_is_looked_for_only_once_it_has_a_deadline(*, called, has_deadline):
    action = planned()
    known = msgspec.structs.replace(
        action, called=action.made if called else None, deadline=action.made + WEEK if has_deadline else None
    )
    assert pauses(known, action.made).wait == (300 if has_deadline else 60)
