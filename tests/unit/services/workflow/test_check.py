"""The last look before the act."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.action import Answer, Efficacy, Vote
from kedge.domain.errors import Transient
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Verdict
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit
from tests.support.remediation import QUALITY, Affair, policy_with
from tests.support.stories import CHURN, run

USERS = "arn:aws:iam::111122223333:user/"


def asked(mode=Mode.APPROVAL, **limits):
    """A plan whose approval is asked for (or, in mode auto, that is about to be checked)."""
    affair = Affair(policy_with(mode, **limits))
    start = affair.trouble()
    affair.actions.keep(ActionCommit(action=start.action, version=0))
    affair.remediate.step({"step": "plan", "action": start.id})
    if mode is Mode.APPROVAL:
        affair.remediate.step({"step": "ask", "action": start.id, "token": "token"})
    return affair, start.id


def approved(**limits):
    affair, digest = asked(**limits)
    affair.vote(digest)
    return affair, digest


def check(affair, digest):
    return affair.remediate.step({"step": "check", "action": digest})


def changed(affair, digest, **parts):
    held = affair.actions.load(digest)
    affair.actions.keep(ActionCommit(action=msgspec.structs.replace(held.action, **parts), version=held.version))


def test_what_was_approved_may_be_done_and_counts_under_the_limits_from_then_on():
    affair, digest = approved()
    assert check(affair, digest) == {"outcome": "act", "remedy": "roll_back"}
    assert affair.action(digest).stage is Stage.ACTING
    (taken,) = affair.ledger.register(CHURN).taken
    assert taken.stage is Stage.ACTING
    assert check(affair, digest)["outcome"] == "act"


def test_what_nobody_approved_is_not_done():
    affair, digest = asked()
    assert check(affair, digest)["outcome"] == "refused"
    assert affair.action(digest).stage is Stage.REFUSED


@pytest.mark.parametrize(
    "vote",
    [
        {"by": f"{USERS}mallory"},
        {"proven": False},
        {"answer": Answer.REJECT, "reason": "no"},
        {"at": timedelta(hours=5)},
    ],
    ids=["a stranger", "a name without proof", "a rejection", "too late"],
)
def test_an_approval_that_would_not_count_does_not_count_because_it_is_written_down(vote):
    affair, digest = asked()
    given = {"by": f"{USERS}responder", "answer": Answer.APPROVE, "at": affair.now, "proven": True} | vote
    if isinstance(given["at"], timedelta):
        given["at"] = affair.now + given["at"]
    changed(affair, digest, stage=Stage.APPROVED, votes=(Vote(**given),))
    assert check(affair, digest)["outcome"] == "refused"
    assert affair.endpoint.calls == []


def test_one_approval_is_not_two():
    affair, digest = asked(approval={"approvers": ("user/responder", "user/robin"), "required": 2})
    affair.vote(digest)
    changed(affair, digest, stage=Stage.APPROVED)
    assert check(affair, digest)["outcome"] == "refused"


@pytest.mark.parametrize(
    ("approval", "says"),
    [
        ({"approvers": ("user/responder", "user/robin"), "required": 2}, "1 more has to approve"),
        ({"approvers": ("user/robin",)}, "is not among the approvers: user/robin"),
        ({"approvers": ("chat",)}, "is not among the approvers: chat"),
    ],
    ids=["two have to approve now", "the approver has left", "another entry point alone"],
)
def test_rules_that_became_stricter_since_it_was_approved_hold_at_the_act(approval, says):
    affair, digest = approved()
    affair.policy = policy_with(Mode.APPROVAL, approval=approval)
    assert check(affair, digest)["outcome"] == "refused"
    assert says in affair.action(digest).says
    assert affair.endpoint.calls == []


def test_proof_that_is_asked_for_since_a_name_was_believed_holds_at_the_act():
    affair, digest = asked(approval={"approvers": ("responder",), "proof": False})
    assert affair.vote(digest).outcome == "approved"
    affair.policy = policy_with(Mode.APPROVAL, approval={"approvers": ("responder",)})
    assert check(affair, digest)["outcome"] == "refused"
    assert "write user/responder or role/responder" in affair.action(digest).says


def test_rules_that_became_looser_since_it_was_asked_change_nothing():
    affair, digest = asked(approval={"approvers": ("user/responder", "user/robin"), "required": 2})
    affair.vote(digest)
    affair.policy = policy_with(Mode.APPROVAL, approval={"approvers": ()})
    changed(affair, digest, stage=Stage.APPROVED)
    assert check(affair, digest)["outcome"] == "refused"


def test_while_the_policy_in_force_cannot_be_read_nothing_is_done():
    affair, digest = approved()
    affair.policy_in_force = lambda: (_ for _ in ()).throw(Transient("the table is throttled"))
    assert check(affair, digest)["outcome"] == "later"
    affair.now += timedelta(hours=4)
    assert check(affair, digest)["outcome"] == "refused"
    assert affair.action(digest).why is HoldReason.UNREADABLE


@pytest.mark.parametrize(
    ("limits", "why"), [({"kill_switch": True}, HoldReason.KILL_SWITCH), ({"dry_run": True}, HoldReason.STALE)]
)
def test_the_policy_in_force_stops_also_what_was_approved(limits, why):
    affair, digest = approved()
    affair.policy = policy_with(Mode.APPROVAL, **limits)
    assert check(affair, digest)["outcome"] == "refused"
    assert affair.action(digest).why is why


def test_a_remedy_that_failed_since_is_not_done_by_itself():
    affair, digest = asked(Mode.AUTO)
    affair.ledger.efficacies[CHURN] = {RemedyName.ROLL_BACK: Efficacy(failed=1, demoted=affair.now)}
    assert check(affair, digest)["outcome"] == "refused"
    assert "has to be approved" in affair.action(digest).says


def test_an_endpoint_that_somebody_changed_since_is_left_alone():
    affair, digest = approved()
    affair.endpoint.now = msgspec.structs.replace(affair.endpoint.now, config="churn-42")
    assert check(affair, digest)["outcome"] == "refused"
    assert affair.action(digest).why in (HoldReason.ENDPOINT_CHANGED, HoldReason.STALE)


def test_an_incident_that_ended_since_needs_no_remedy():
    affair, digest = approved()
    affair.take(run("09:30", Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))
    assert check(affair, digest)["outcome"] == "refused"
    assert affair.action(digest).why is HoldReason.INCIDENT_OVER


def test_an_endpoint_that_lost_its_tag_may_not_be_touched():
    affair, digest = approved()
    affair.endpoint.tagged = {}
    assert check(affair, digest)["outcome"] == "refused"
    assert affair.action(digest).why is HoldReason.NOT_TAGGED


def test_a_busy_endpoint_is_waited_for_but_not_longer_than_an_approval_holds():
    affair, digest = approved()
    affair.endpoint.now = msgspec.structs.replace(affair.endpoint.now, status="SystemUpdating")
    assert check(affair, digest)["outcome"] == "later"
    affair.now += timedelta(hours=4)
    assert check(affair, digest)["outcome"] == "refused"
    assert affair.action(digest).why is HoldReason.EXPIRED


def test_what_cannot_be_read_is_waited_for_and_then_nothing_is_done():
    affair, digest = approved()
    affair.endpoint.config = lambda _: (_ for _ in ()).throw(Transient("throttled"))
    assert check(affair, digest)["outcome"] == "later"
    affair.now += timedelta(hours=4)
    assert check(affair, digest)["outcome"] == "refused"


def test_what_may_have_been_called_is_not_judged_by_what_it_may_have_changed():
    affair, digest = approved()
    check(affair, digest)
    changed(affair, digest, called=affair.now)
    affair.endpoint.now = msgspec.structs.replace(affair.endpoint.now, status="Updating", coming="churn-40")
    assert check(affair, digest)["outcome"] == "act"
    changed(affair, digest, deadline=affair.now + timedelta(hours=4))
    assert check(affair, digest)["outcome"] == "observe"
    changed(affair, digest, stage=Stage.ACTED)
    assert check(affair, digest)["outcome"] == "observe"


def test_that_somebody_approved_is_told_though_his_door_died_before():
    affair, digest = approved()
    affair.heard.clear()
    check(affair, digest)
    assert f"action/{digest}/approved" in affair.heard
