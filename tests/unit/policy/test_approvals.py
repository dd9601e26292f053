"""Who may say yes to a plan, to which one, until when, and what one answer does."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.action import Answer, Stage, Vote
from kedge.domain.remedy import Refusal
from kedge.policy.approvals import Outcome, expiry, judge
from tests.remedial import action, at

USER = "arn:aws:iam::111122223333:user/team/ana"
ROLE = "arn:aws:sts::111122223333:assumed-role/Operator/backup"
ASKED = action()


def vote(by="ana", answer=Answer.APPROVE, when="11:00", **more):
    return Vote(by=by, answer=answer, at=at(when), **more)


def judged(of=ASKED, by="ana", answer=Answer.APPROVE, now="11:00", digest=None, **more):
    return judge(of, vote(by, answer, **more), digest or of.digest, at(now))


def test_one_approval_by_somebody_else_approves():
    found = judged()
    assert found.outcome is Outcome.APPROVED
    assert found.action.stage is Stage.APPROVED
    assert found.action.votes == (vote(),)
    assert found.why == found.action.says == "approved by ana at 11:00 UTC"


@pytest.mark.parametrize(
    ("requested", "by"),
    [
        ("ana", "ana"),
        ("Ana", " ana "),
        ("ana", USER),
        (USER, "ana"),
        (USER, "arn:aws:iam::111122223333:user/ana"),
        (ROLE, ROLE),
        (ROLE, "Operator/backup"),
        ("backup", ROLE),
        ("backup", "Operator/backup"),
    ],
)
def test_who_asked_never_approves_by_whatever_name(requested, by):
    found = judged(action(requested_by=requested), by)
    assert found.outcome is Outcome.REFUSED
    assert found.action.votes == ()
    assert "who asks does not approve" in found.why


@pytest.mark.parametrize("by", ["backup", "arn:aws:sts::111122223333:assumed-role/Operator/cleo"])
def test_somebody_else_of_the_same_role_is_somebody_else(by):
    requested = "arn:aws:sts::111122223333:assumed-role/Operator/ana"
    assert judged(action(requested_by=requested), by).outcome is Outcome.APPROVED


def test_who_asked_may_take_it_back():
    found = judged(action(requested_by="ana"), "ana", Answer.REJECT, reason="not needed any more")
    assert found.outcome is Outcome.REJECTED


def test_a_plan_that_is_not_the_one_is_stale():
    found = judged(digest="0" * 64)
    assert (found.outcome, found.why_not) == (Outcome.REFUSED, Refusal.STALE)
    assert "000000000000" in found.why
    assert ASKED.digest[:12] in found.why


def test_an_action_that_does_not_hold_the_plan_that_it_names_is_stale():
    swapped = action(digest="1" * 64)
    assert judged(swapped, digest="1" * 64).why_not is Refusal.STALE


def test_expired_means_rejected_from_the_very_moment():
    assert judged(now="13:59", when="13:59").outcome is Outcome.APPROVED
    late = judged(now="14:00", when="13:59")
    assert (late.outcome, late.why_not) == (Outcome.REFUSED, Refusal.EXPIRED)
    assert "14:00 UTC" in late.why


def test_where_no_expiry_was_kept_it_is_counted_from_when_it_was_asked():
    open_ended = action(expires=None, expires_within=3_600)
    assert expiry(open_ended) == at("11:00")
    assert judged(open_ended, now="11:00").why_not is Refusal.EXPIRED
    assert expiry(action(expires=None, expires_within=3_600, made=at("9:00"))) == at("11:00")
    assert expiry(action(expires=None, expires_within=3_600, made=at("9:00"), asked=None)) == at("10:00")


def test_an_answer_from_the_future_is_given_now():
    found = judged(when="23:00", now="11:00")
    assert found.outcome is Outcome.APPROVED
    assert found.action.votes[0].at == at("11:00")
    assert judged(when="23:00", now="14:30").outcome is Outcome.REFUSED


@pytest.mark.parametrize("by", ["", "   "])
def test_an_answer_without_a_name_does_not_count(by):
    assert judged(by=by).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("pattern", "by", "fits"),
    [
        ("ana", "ana", True),
        ("ana", "Ana", False),
        ("ana", USER, True),
        ("arn:aws:iam::111122223333:user/*", USER, True),
        ("arn:aws:iam::444455556666:user/*", USER, False),
        ("Operator", ROLE, True),
        ("Operator/*", ROLE, True),
        ("arn:aws:iam::111122223333:role/Operator", ROLE, True),
        ("Op*r", ROLE, True),
        ("backup", ROLE, False),
        ("a*a", "ana", True),
        ("a*a", "a", False),
        ("*", "anybody", True),
        ("an?", "ana", False),
        ("[a]na", "ana", False),
        ("*na*an*", "ananan", True),
        ("*na*an", "nan", False),
        ("*an*", "ana", True),
        ("a*x*a", "aba", False),
    ],
)
def test_approvers_are_named_by_patterns(pattern, by, fits):
    found = judged(action(approvers=("nobody-else", pattern)), by)
    assert (found.outcome is Outcome.APPROVED) is fits
    if not fits:
        assert pattern in found.why


def test_a_stranger_cannot_reject_either():
    found = judged(action(approvers=("backup",)), "ana", Answer.REJECT, reason="no")
    assert found.outcome is Outcome.REFUSED


def test_where_proof_is_asked_for_a_name_alone_does_not_count():
    wants = action(proof=True)
    assert judged(wants).outcome is Outcome.REFUSED
    assert judged(wants, by=USER, proven=True).outcome is Outcome.APPROVED


def test_a_rejection_needs_a_reason_and_one_is_enough():
    two = action(required=2)
    assert judged(two, answer=Answer.REJECT, reason=" ").outcome is Outcome.REFUSED
    found = judged(two, answer=Answer.REJECT, reason="the data is broken")
    assert found.outcome is Outcome.REJECTED
    assert (found.action.stage, found.action.why) == (Stage.REJECTED, Refusal.REJECTED)
    assert found.why == "ana rejected it at 11:00 UTC: the data is broken"


def test_two_of_two_must_approve():
    first = judged(action(required=2))
    assert first.outcome is Outcome.WAITING
    assert first.action.stage is Stage.ASKED
    assert "1 more has to approve by 14:00 UTC" in first.why
    second = judged(first.action, "backup", when="12:00", now="12:00")
    assert second.outcome is Outcome.APPROVED
    assert second.why == "approved by ana, backup at 12:00 UTC"


@pytest.mark.parametrize("by", ["ana", "ANA", USER])
def test_one_person_counts_once_by_however_many_names(by):
    first = judged(action(required=2)).action
    again = judged(first, by, now="12:00")
    assert again.outcome is Outcome.WAITING
    assert again.repeated
    assert again.action == first
    assert again.why == "ana approved at 11:00 UTC, and counts once: 1 more has to approve by 14:00 UTC"


def test_how_many_have_still_to_approve_is_counted():
    assert "2 more have to approve by 14:00 UTC" in judged(action(required=3)).why


def test_who_approved_may_still_stop_it_while_others_are_asked():
    first = judged(action(required=2)).action
    assert judged(first, "ana", Answer.REJECT, reason="wait, look at the data").outcome is Outcome.REJECTED


def test_an_approval_that_is_delivered_twice_is_as_good_as_once():
    once = judged()
    twice = judged(once.action, now="15:00")
    assert (twice.outcome, twice.repeated, twice.action) == (Outcome.APPROVED, True, once.action)


@pytest.mark.parametrize("stage", [Stage.ACTING, Stage.ACTED, Stage.VERIFIED, Stage.FAILED, Stage.UNVERIFIED])
def test_a_late_repetition_moves_nothing_back(stage):
    further = replace(judged().action, stage=stage)
    found = judged(further)
    assert found.outcome is Outcome.APPROVED
    assert found.action.stage is stage


def test_after_the_decision_others_are_told_whose_it_was():
    found = judged(judged().action, "backup", now="12:00")
    assert found.outcome is Outcome.REFUSED
    assert found.why == "it is already approved, by ana at 11:00 UTC; it is approved now"
    no = judged(judged(answer=Answer.REJECT, reason="no").action, "backup", now="12:00")
    assert "already rejected, by ana" in no.why


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.ASKED}))
def test_only_what_is_asked_can_be_approved(stage):
    found = judged(action(stage=stage))
    assert found.outcome is Outcome.REFUSED
    assert found.action.votes == ()


def test_an_action_for_nobody_s_approval_says_so():
    assert "nobody has to approve it" in judged(action(stage=Stage.ACTED)).why


def test_an_hour_before_its_end_on_another_day_the_day_is_said():
    night = action(asked=at("23:00"), expires=at("23:00") + timedelta(hours=4), required=2)
    assert "by 2026-11-21 03:00 UTC" in judged(night, now="23:30", when="23:30").why
