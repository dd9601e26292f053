"""Who may say yes to a plan, to which one, until when, and what one answer does."""

import json
from datetime import timedelta
from itertools import permutations

import msgspec
import pytest
from msgspec.structs import replace

from kedge.domain.action import Action, Answer, Vote
from kedge.domain.remedy import HoldReason, Sessions
from kedge.domain.stage import Stage
from kedge.policy.compiled import default_policy
from kedge.remediation.approval import ApprovalOutcome, expiry, judge, why_unapproved
from tests.support.remedies import action, at

IAM, STS = "arn:aws:iam::111122223333:", "arn:aws:sts::111122223333:"
USER = f"{IAM}user/team/ana"
ROLE = f"{STS}assumed-role/Operator/backup"
ASKED = action()


def vote(by="ana", answer=Answer.APPROVE, when="11:00", **more):
    return Vote(by=by, answer=answer, at=at(when), **{"proven": by.startswith("arn:"), **more})


def in_force(of=ASKED, **changes):
    """The limits of the policy in force: as at the question, but for what is named."""
    kept = {"approvers": of.approvers, "required": of.required, "proof": of.proof, "sessions": of.sessions}
    return replace(default_policy().limits, **kept | changes)


def judged(of=ASKED, by="ana", answer=Answer.APPROVE, now="11:00", digest=None, limits=None, **more):
    return judge(of, vote(by, answer, **more), digest or of.digest, at(now), limits or in_force(of))


def outcome(of, *votes, **policy):
    """What the last of some answers does, by the policy in force."""
    for each in votes:
        found = judge(of, each, of.digest, at("11:00"), in_force(of, **policy))
        of = found.action
    return found.outcome


def test_one_approval_by_somebody_else_approves():
    found = judged()
    assert found.outcome is ApprovalOutcome.APPROVED
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
        (USER, f"{IAM}user/ana"),
        ("user/ana", USER),
        (ROLE, ROLE),
        ("assumed-role/Operator/backup", ROLE),
        ("backup", ROLE),
        ("backup", "Operator/backup"),
        (f"{STS}assumed-role/Operator/ana", f"{STS}assumed-role/Operator/cleo"),
    ],
)
def test_a_person_who_caused_a_plan_never_approves_it_by_whatever_name(requested, by):
    found = judged(action(requesters=("somebody", requested)), by)
    assert found.outcome is ApprovalOutcome.REFUSED
    assert found.action.votes == ()
    assert "who asks does not approve" in found.why


def test_another_session_of_a_role_is_another_person_where_the_trust_policy_binds_its_name():
    asked = action(requesters=(f"{STS}assumed-role/Operator/ana",), sessions=Sessions.BOUND)
    assert judged(asked, f"{STS}assumed-role/Operator/cleo").outcome is ApprovalOutcome.APPROVED
    assert judged(asked, f"{STS}assumed-role/Operator/ana").outcome is ApprovalOutcome.REFUSED


def test_an_answer_that_may_come_from_the_person_who_caused_the_plan_does_not_approve_it():
    found = judged(action(requesters=(USER,)), "ben")
    assert found.outcome is ApprovalOutcome.REFUSED
    assert "AWS does not confirm that ben is another person" in found.why
    assert judged(action(requesters=(USER,)), f"{IAM}user/ben").outcome is ApprovalOutcome.APPROVED


@pytest.mark.parametrize("by", ["kedge", f"{IAM}user/kedge", f"{STS}assumed-role/kedge/ana"])
def test_a_person_or_role_that_is_called_kedge_may_approve(by):
    assert judged(by=by).outcome is ApprovalOutcome.APPROVED


def test_who_asked_may_take_it_back():
    found = judged(action(requesters=("ana",)), "ana", Answer.REJECT, reason="not needed any more")
    assert found.outcome is ApprovalOutcome.REJECTED


def test_a_plan_that_is_not_the_one_is_stale():
    found = judged(digest="0" * 64)
    assert (found.outcome, found.why_not) == (ApprovalOutcome.REFUSED, HoldReason.STALE)
    assert "000000000000" in found.why
    assert ASKED.digest[:12] in found.why


def test_an_action_that_does_not_hold_the_plan_that_it_names_is_stale():
    swapped = action(digest="1" * 64)
    assert judged(swapped, digest="1" * 64).why_not is HoldReason.STALE


def test_expired_means_rejected_from_the_very_moment():
    assert judged(now="13:59", when="13:59").outcome is ApprovalOutcome.APPROVED
    late = judged(now="14:00", when="13:59")
    assert (late.outcome, late.why_not) == (ApprovalOutcome.REFUSED, HoldReason.EXPIRED)
    assert "14:00 UTC" in late.why


def test_where_no_expiry_was_kept_it_is_counted_from_when_it_was_asked():
    open_ended = action(expires=None, expires_within=3_600)
    assert expiry(open_ended) == at("11:00")
    assert judged(open_ended, now="11:00").why_not is HoldReason.EXPIRED
    assert expiry(action(expires=None, expires_within=3_600, made=at("9:00"))) == at("11:00")
    assert expiry(action(expires=None, expires_within=3_600, made=at("9:00"), asked=None)) == at("10:00")


def test_an_answer_from_the_future_is_given_now():
    found = judged(when="23:00", now="11:00")
    assert found.outcome is ApprovalOutcome.APPROVED
    assert found.action.votes[0].at == at("11:00")
    assert judged(when="23:00", now="14:30").outcome is ApprovalOutcome.REFUSED


@pytest.mark.parametrize("by", ["", "   "])
def test_an_answer_without_a_name_does_not_count(by):
    assert judged(by=by).outcome is ApprovalOutcome.REFUSED


def test_an_approver_who_is_named_is_believed_with_proof_alone():
    wants = action(approvers=("user/team/ana",), proof=True)
    assert judged(wants, USER).outcome is ApprovalOutcome.APPROVED
    unproven = judged(wants, USER, proven=False)
    assert (unproven.outcome, "does not confirm" in unproven.why) == (ApprovalOutcome.REFUSED, True)
    assert judged(wants, "ana").outcome is ApprovalOutcome.REFUSED


def test_an_identity_is_believed_with_proof_alone_even_where_names_are_believed_as_they_are_said():
    both = action(approvers=("role/Operator", "ana"), proof=False)
    assert judged(both, ROLE, proven=False).outcome is ApprovalOutcome.REFUSED
    assert judged(both, "role/Operator").outcome is ApprovalOutcome.REFUSED
    assert judged(both, "ana").outcome is ApprovalOutcome.APPROVED


def test_a_stranger_is_told_who_may_answer():
    found = judged(action(approvers=("user/ben", "role/MlOnCall"), proof=True), USER)
    assert (found.outcome, found.why) == (
        ApprovalOutcome.REFUSED,
        f"{USER} is not among the approvers: user/ben, role/MlOnCall",
    )


@pytest.mark.parametrize("by", [f"{IAM}user/MlOnCall", f"{STS}assumed-role/MlOnCall/ana"])
def test_a_name_that_may_be_a_user_or_a_role_stands_for_neither_and_the_refusal_says_how_to_write_it(by):
    found = judged(action(approvers=("MlOnCall",), proof=True), by)
    assert found.outcome is ApprovalOutcome.REFUSED
    assert "write user/MlOnCall or role/MlOnCall" in found.why


@pytest.mark.parametrize("approvers", [(), ("ana",), ("user/ana", "role/ana", f"{STS}federated-user/ana", "*")])
def test_a_federated_user_who_chose_his_name_is_proven_by_nothing(approvers):
    found = judged(action(approvers=approvers, proof=True), f"{STS}federated-user/ana")
    assert found.outcome is ApprovalOutcome.REFUSED
    assert "AWS does not fix the name" in found.why


def test_the_root_user_counts_by_its_whole_arn_alone():
    root = f"{IAM}root"
    assert judged(action(approvers=(root,), proof=True), root).outcome is ApprovalOutcome.APPROVED
    for approvers in ((), ("root",), ("*",), (f"{IAM}*",), ("arn:aws:iam::*:root",), ("user/root",)):
        assert judged(action(approvers=approvers, proof=True), root).outcome is ApprovalOutcome.REFUSED


def test_a_stranger_cannot_reject_either():
    found = judged(action(approvers=("user/backup",), proof=True), USER, Answer.REJECT, reason="no")
    assert found.outcome is ApprovalOutcome.REFUSED


def test_where_proof_is_asked_for_a_name_alone_does_not_count():
    wants = action(proof=True)
    assert judged(wants).outcome is ApprovalOutcome.REFUSED
    assert judged(wants, by=USER).outcome is ApprovalOutcome.APPROVED


CHAT = {"by": "chat", "entry_point": "chat"}


def test_the_chat_counts_where_it_is_named_or_where_no_approver_is():
    assert judged(action(approvers=("user/ben", "chat"), proof=True), **CHAT).outcome is ApprovalOutcome.APPROVED
    assert judged(action(), **CHAT).outcome is ApprovalOutcome.APPROVED
    for approvers in (("user/ben",), ("*",), ("slack",), ("c*",)):
        for proof in (True, False):
            assert judged(action(approvers=approvers, proof=proof), **CHAT).outcome is ApprovalOutcome.REFUSED
    assert judged(action(proof=True), **CHAT).outcome is ApprovalOutcome.REFUSED


def test_no_other_door_is_the_chat_whatever_it_says():
    asked = action(approvers=("chat",), proof=True)
    assert judged(asked, "chat").outcome is ApprovalOutcome.REFUSED
    assert judged(asked, f"{IAM}user/chat").outcome is ApprovalOutcome.REFUSED
    assert judged(action(approvers=("chat",)), "chat").outcome is ApprovalOutcome.REFUSED


def test_two_sessions_of_one_role_are_one_person_unless_its_trust_policy_binds_their_names():
    two = [vote(f"{STS}assumed-role/MlOnCall/{name}") for name in ("mallory", "mallory2")]
    asked = action(approvers=("role/MlOnCall",), required=2, proof=True)
    assert outcome(asked, *two) is ApprovalOutcome.WAITING
    assert outcome(replace(asked, sessions=Sessions.BOUND), *two) is ApprovalOutcome.APPROVED


def test_a_user_and_a_session_of_the_same_name_count_once():
    names = [f"{IAM}user/mallory", f"{STS}assumed-role/MlOnCall/mallory"]
    asked = action(approvers=("user/mallory", "role/MlOnCall"), required=2, proof=True)
    for sessions in Sessions:
        for order in permutations(names):
            assert outcome(replace(asked, sessions=sessions), *map(vote, order)) is ApprovalOutcome.WAITING


def test_names_for_which_aws_does_not_vouch_count_as_one_person_together():
    votes = [vote("ana"), vote("ben"), vote(**CHAT), vote(f"{STS}federated-user/cleo"), vote(f"{IAM}root")]
    for one, other in permutations(votes, 2):
        assert outcome(action(required=2), one, other) is ApprovalOutcome.WAITING
    assert outcome(action(required=2), vote("ana"), vote(f"{IAM}user/ben")) is ApprovalOutcome.APPROVED
    assert outcome(action(required=2), vote("ana"), vote(USER)) is ApprovalOutcome.WAITING
    first = judged(judged(action(required=3), "ana").action, f"{IAM}user/cleo").action
    assert judged(first, "ben").why.startswith("ben does not count beside ana, since AWS confirms neither")
    named = action(approvers=("ana", "ben"), required=2)
    assert outcome(named, vote("ana"), vote("ben")) is ApprovalOutcome.WAITING
    assert outcome(named, vote(f"{IAM}user/ana"), vote(f"{STS}assumed-role/ben/x")) is ApprovalOutcome.WAITING


def test_an_action_of_a_release_before_sessions_and_requesters_is_read_as_the_strictest_that_it_can_be():
    old = json.loads(msgspec.json.encode(action(approvers=("MlOnCall",), proof=True)))
    del old["sessions"], old["requesters"]
    read = msgspec.convert(old, Action)
    assert (read.sessions, read.requesters, read.requested_by) == (Sessions.FREE, (), "kedge")
    assert judged(read, f"{STS}assumed-role/MlOnCall/ana").outcome is ApprovalOutcome.REFUSED


def test_a_question_of_a_release_that_believed_names_is_answered_by_whom_the_policy_in_force_proves():
    old = action(approvers=("MlOnCall",), proof=False)
    proven = vote(f"{STS}assumed-role/MlOnCall/ana")
    policy = {"approvers": ("role/MlOnCall",), "proof": True}
    assert outcome(old, proven, **policy) is ApprovalOutcome.APPROVED
    assert outcome(old, vote("MlOnCall"), **policy) is ApprovalOutcome.REFUSED


OPEN = action(approvers=("user/ana", "user/ben", "chat"), proof=True)
ANA, BEN = vote(f"{IAM}user/ana"), vote(f"{IAM}user/ben")


@pytest.mark.parametrize(
    ("stricter", "votes", "is_enough"),
    [
        ({}, [ANA], True),
        ({"required": 2}, [ANA], False),
        ({"required": 2}, [ANA, BEN], True),
        ({"approvers": ("user/ben",)}, [ANA], False),
        ({"approvers": ("user/ben",)}, [BEN], True),
        ({"approvers": ("user/ana", "user/ben")}, [vote(**CHAT)], False),
        ({"approvers": (), "proof": True}, [vote(**CHAT)], False),
        ({"approvers": ("role/MlOnCall",)}, [vote(f"{STS}assumed-role/MlOnCall/ana")], False),
        ({"approvers": (), "proof": False}, [vote("ana")], False),
    ],
)
def test_the_stricter_of_the_policy_at_the_question_and_the_one_in_force_decides_at_the_vote_and_at_the_act(
    stricter, votes, is_enough
):
    assert (outcome(OPEN, *votes, **stricter) is ApprovalOutcome.APPROVED) is is_enough
    written = replace(OPEN, votes=tuple(votes))
    assert (why_unapproved(written, in_force(OPEN, **stricter)) is None) is is_enough


def test_sessions_are_persons_only_where_both_policies_say_so():
    bound = action(approvers=("role/MlOnCall",), required=2, proof=True, sessions=Sessions.BOUND)
    two = [vote(f"{STS}assumed-role/MlOnCall/{name}") for name in ("ana", "ben")]
    assert outcome(bound, *two) is ApprovalOutcome.APPROVED
    assert outcome(bound, *two, sessions=Sessions.FREE) is ApprovalOutcome.WAITING
    assert outcome(replace(bound, sessions=Sessions.FREE), *two, sessions=Sessions.BOUND) is ApprovalOutcome.WAITING


def test_an_earlier_vote_of_a_person_who_is_no_approver_any_more_does_not_count_beside_a_later_one():
    asked = action(approvers=("user/ana", "user/ben", "user/cleo"), required=2, proof=True)
    first = judge(asked, ANA, asked.digest, at("11:00"), in_force(asked)).action
    left = in_force(asked, approvers=("user/ben", "user/cleo"))
    second = judge(first, BEN, asked.digest, at("11:00"), left)
    assert (second.outcome, "1 more has to approve" in second.why) == (ApprovalOutcome.WAITING, True)
    third = judge(second.action, vote(f"{IAM}user/cleo"), asked.digest, at("11:00"), left)
    assert third.why == f"approved by {IAM}user/ben, {IAM}user/cleo at 11:00 UTC"
    assert why_unapproved(third.action, left) is None


def test_votes_that_suffice_since_the_policy_was_relaxed_approve_with_the_next_answer():
    asked = action(approvers=("user/ana", "user/ben"), proof=True)
    waiting = judge(asked, ANA, asked.digest, at("11:00"), in_force(asked, required=2)).action
    assert waiting.stage is Stage.ASKED
    assert judge(waiting, ANA, asked.digest, at("11:00"), in_force(asked)).outcome is ApprovalOutcome.APPROVED


def test_what_is_written_down_as_approved_is_not_where_a_vote_says_no():
    written = replace(OPEN, stage=Stage.APPROVED, votes=(ANA, vote(BEN.by, Answer.REJECT, reason="no")))
    assert why_unapproved(written, in_force(OPEN)) == f"{BEN.by} rejected it"
    assert why_unapproved(replace(OPEN, asked=None, votes=(ANA,)), in_force(OPEN)) == "no approver was asked"


def test_a_rejection_needs_a_reason_and_one_is_enough():
    two = action(required=2)
    assert judged(two, answer=Answer.REJECT, reason=" ").outcome is ApprovalOutcome.REFUSED
    found = judged(two, answer=Answer.REJECT, reason="the data is broken")
    assert found.outcome is ApprovalOutcome.REJECTED
    assert (found.action.stage, found.action.why) == (Stage.REJECTED, HoldReason.REJECTED)
    assert found.why == "ana rejected it at 11:00 UTC: the data is broken"


def test_two_of_two_must_approve():
    first = judged(action(required=2))
    assert first.outcome is ApprovalOutcome.WAITING
    assert first.action.stage is Stage.ASKED
    assert "1 more has to approve by 14:00 UTC" in first.why
    second = judged(first.action, ROLE, when="12:00", now="12:00")
    assert second.outcome is ApprovalOutcome.APPROVED
    assert second.why == f"approved by ana, {ROLE} at 12:00 UTC"


@pytest.mark.parametrize("by", ["ana", "ANA", USER])
def test_one_person_counts_once_by_however_many_names(by):
    first = judged(action(required=2)).action
    again = judged(first, by, now="12:00")
    assert again.outcome is ApprovalOutcome.WAITING
    assert again.repeated
    assert again.action == first
    assert again.why == "ana approved at 11:00 UTC, and counts once: 1 more has to approve by 14:00 UTC"


def test_how_many_have_still_to_approve_is_counted():
    assert "2 more have to approve by 14:00 UTC" in judged(action(required=3)).why


def test_who_approved_may_still_stop_it_while_others_are_asked():
    first = judged(action(required=2)).action
    assert judged(first, "ana", Answer.REJECT, reason="wait, look at the data").outcome is ApprovalOutcome.REJECTED


def test_an_approval_that_is_delivered_twice_is_as_good_as_once():
    once = judged()
    twice = judged(once.action, now="15:00")
    assert (twice.outcome, twice.repeated, twice.action) == (ApprovalOutcome.APPROVED, True, once.action)


@pytest.mark.parametrize("stage", [Stage.ACTING, Stage.ACTED, Stage.VERIFIED, Stage.FAILED, Stage.UNVERIFIED])
def test_a_late_repetition_moves_nothing_back(stage):
    further = replace(judged().action, stage=stage)
    found = judged(further)
    assert found.outcome is ApprovalOutcome.APPROVED
    assert found.action.stage is stage


def test_after_the_decision_others_are_told_whose_it_was():
    found = judged(judged().action, "backup", now="12:00")
    assert found.outcome is ApprovalOutcome.REFUSED
    assert found.why == "it is already approved, by ana at 11:00 UTC; it is approved now"
    no = judged(judged(answer=Answer.REJECT, reason="no").action, "backup", now="12:00")
    assert "already rejected, by ana" in no.why


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.ASKED}))
def test_only_what_is_asked_can_be_approved(stage):
    found = judged(action(stage=stage))
    assert found.outcome is ApprovalOutcome.REFUSED
    assert found.action.votes == ()


def test_an_action_that_needs_no_approval_says_so():
    assert "it needs no approval" in judged(action(stage=Stage.ACTED)).why


def test_an_hour_before_its_end_on_another_day_the_day_is_said():
    night = action(asked=at("23:00"), expires=at("23:00") + timedelta(hours=4), required=2)
    assert "by 2026-11-21 03:00 UTC" in judged(night, now="23:30", when="23:30").why
