"""A plan is made anew before anything comes of it, and takes its place under the limits."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.action import ActionRecord, ActionRegister, Efficacy, StartWorkflow
from kedge.domain.errors import Transient
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Verdict
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit
from tests.support.remediation import QUALITY, Affair, policy_with
from tests.support.stories import CHURN, policy_of, run

HALF = 2 * 3600


def planned(policy, **more):
    affair = Affair(policy)
    start = affair.trouble()
    affair.actions.keep(ActionCommit(action=start.action, version=0, **more))
    return affair, start.id


def plan(affair, digest):
    return affair.remediate.step({"step": "plan", "action": digest})["outcome"]


def test_what_may_act_by_itself_goes_on_and_what_has_to_be_approved_is_asked_for_half_of_the_time_and_then_the_rest():
    affair, digest = planned(policy_with(Mode.AUTO))
    assert plan(affair, digest) == "act"
    affair, digest = planned(policy_with(Mode.APPROVAL))
    answer = affair.remediate.step({"step": "plan", "action": digest})
    assert answer == {"outcome": "ask", "half": HALF, "rest": HALF, "followed": False}


def test_its_place_is_taken_once_however_often_it_is_planned():
    affair, digest = planned(policy_with(Mode.APPROVAL))
    plan(affair, digest)
    plan(affair, digest)
    (taken,) = affair.ledger.register(CHURN).taken
    assert (taken.digest, taken.stage, taken.source, taken.destination) == (
        digest,
        Stage.ASKED,
        "churn-41",
        "churn-40",
    )


def test_a_remedy_that_did_not_help_the_last_time_has_to_be_approved():
    affair, digest = planned(policy_with(Mode.AUTO))
    affair.ledger.efficacies[CHURN] = {RemedyName.ROLL_BACK: Efficacy(failed=1, demoted=affair.now)}
    assert plan(affair, digest) == "ask"
    assert affair.action(digest).mode is Mode.APPROVAL


def test_what_was_to_be_approved_is_approved_though_the_policy_would_not_ask_any_more():
    affair, digest = planned(policy_with(Mode.APPROVAL))
    affair.policy = policy_with(Mode.AUTO)
    assert plan(affair, digest) == "ask"


@pytest.mark.parametrize(
    ("doubt_is_gone", "policy", "outcome"),
    [
        (True, policy_with(Mode.AUTO), "act"),
        (False, policy_with(Mode.AUTO), "ask"),
        (True, policy_with(Mode.AUTO, cooldown="7h"), "ask"),
    ],
    ids=["the doubt is gone", "the doubt is there", "another policy is in force"],
)
def test_a_question_that_is_judged_anew_is_none_only_if_the_policy_that_asked_it_would_not_ask_now(
    doubt_is_gone, policy, outcome
):
    affair, digest = planned(policy_with(Mode.AUTO))
    doubt = {RemedyName.ROLL_BACK: Efficacy(failed=1, demoted=affair.now)}
    affair.ledger.efficacies[CHURN] = doubt
    assert plan(affair, digest) == "ask"
    affair.remediate.step({"step": "ask", "action": digest, "token": "token-1"})
    affair.ledger.efficacies[CHURN] = {} if doubt_is_gone else doubt
    affair.policy = msgspec.structs.replace(policy, label="test@2") if policy != policy_with(Mode.AUTO) else policy
    assert plan(affair, digest) == outcome
    action = affair.action(digest)
    known = (Stage.APPROVED, Mode.AUTO) if outcome == "act" else (Stage.ASKED, Mode.APPROVAL)
    assert (action.stage, action.mode) == known


def test_a_question_that_is_judged_anew_is_waited_for_no_longer_than_was_said():
    affair, digest = planned(policy_with(Mode.APPROVAL))
    plan(affair, digest)
    affair.remediate.step({"step": "ask", "action": digest, "token": "token-1"})
    affair.now += timedelta(hours=3)
    answer = affair.remediate.step({"step": "plan", "action": digest})
    assert answer == {"outcome": "ask", "half": HALF // 4, "rest": HALF // 4, "followed": False}


def test_nothing_that_a_workflow_request_says_makes_a_plan_laxer_than_the_policy_in_force():
    """`intake` reads what strangers write, and may write workflow requests."""
    honest, digest = planned(policy_with(Mode.APPROVAL))
    plan(honest, digest)
    affair = Affair(policy_with(Mode.APPROVAL))
    start = affair.trouble()
    sentence = msgspec.structs.replace(start.action.plan, sentence="Nothing much.", preconditions=(), notes=("Hurry.",))
    forged = msgspec.structs.replace(
        start.action,
        plan=sentence,
        mode=Mode.AUTO,
        approvers=("mallory",),
        required=0,
        proof=False,
        requested_by="somebody",
        expires_within=10**9,
        verify_within=10**9,
        policy="mine@1",
        environment="dev",
        made=start.action.made + timedelta(days=400),
        changed=start.action.made + timedelta(days=400),
    )
    assert affair.workflow_starter.run(StartWorkflow(id=digest, action=forged))
    assert plan(affair, digest) == "ask"
    believed = affair.action(digest)
    assert believed == honest.action(digest)
    assert (believed.mode, believed.approvers, believed.required) == (
        Mode.APPROVAL,
        ("user/responder", "user/robin"),
        1,
    )


def test_a_policy_that_became_stricter_before_anybody_was_asked_is_the_one_that_asks():
    affair, digest = planned(policy_with(Mode.APPROVAL))
    affair.policy = policy_with(Mode.APPROVAL, approval={"approvers": ("user/robin",), "required": 2, "proof": True})
    assert plan(affair, digest) == "ask"
    action = affair.action(digest)
    assert (action.approvers, action.required, action.proof) == (("user/robin",), 2, True)


NOTHING = policy_of("test", remedies=(), limits={"dry_run": False})


@pytest.mark.parametrize(
    ("policy", "why", "says"),
    [
        (policy_with(Mode.AUTO, kill_switch=True), HoldReason.KILL_SWITCH, "kill switch"),
        (policy_with(Mode.AUTO, dry_run=True), HoldReason.STALE, "dry run"),
        (policy_with(Mode.DRY_RUN), HoldReason.STALE, "dry run"),
        (NOTHING, HoldReason.STALE, "no remedy"),
    ],
    ids=["kill switch", "dry run", "only rehearsed", "no remedy any more"],
)
def test_the_policy_that_is_in_force_now_counts(policy, why, says):
    affair, digest = planned(policy_with(Mode.AUTO))
    affair.policy = policy
    assert plan(affair, digest) == "refused"
    action = affair.action(digest)
    assert (action.stage, action.why) == (Stage.REFUSED, why)
    assert says in action.says.lower()
    assert affair.ledger.register(CHURN).taken == ()


def test_another_plan_than_the_one_that_was_made_is_stale():
    affair, digest = planned(policy_with(Mode.AUTO))
    held = affair.actions.load(digest)
    other = msgspec.structs.replace(held.action.plan.doing, to_config="churn-39")
    stale = msgspec.structs.replace(held.action.plan, doing=other)
    action = msgspec.structs.replace(held.action, plan=stale, digest=stale.digest)
    affair.actions.keep(ActionCommit(action=action, version=0))
    assert plan(affair, stale.digest) == "refused"
    refused = affair.action(stale.digest)
    assert refused.why is HoldReason.STALE
    assert "churn-40" in refused.says


def test_nothing_is_done_about_an_incident_that_is_over():
    affair, digest = planned(policy_with(Mode.AUTO))
    affair.take(run("09:30", Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))
    assert plan(affair, digest) == "refused"
    assert affair.action(digest).why is HoldReason.INCIDENT_OVER


def test_an_endpoint_that_is_being_updated_is_waited_for_as_long_as_an_approval_would_be():
    affair, digest = planned(policy_with(Mode.AUTO))
    affair.endpoint.now = msgspec.structs.replace(affair.endpoint.now, status="SystemUpdating")
    assert plan(affair, digest) == "later"
    assert affair.action(digest).stage is Stage.PLANNED
    affair.now += timedelta(hours=4)
    assert plan(affair, digest) == "refused"
    assert affair.action(digest).why is HoldReason.ENDPOINT_BUSY


def test_what_cannot_be_read_is_waited_for_and_given_up_in_the_end():
    affair, digest = planned(policy_with(Mode.AUTO))
    affair.endpoint.endpoint = lambda _: (_ for _ in ()).throw(Transient("throttled"))
    assert plan(affair, digest) == "later"
    affair.now += timedelta(hours=4)
    assert plan(affair, digest) == "refused"
    action = affair.action(digest)
    assert action.why is HoldReason.UNREADABLE
    assert "throttled" in action.says


def test_of_two_that_take_the_last_place_at_once_the_second_sees_the_first():
    affair, digest = planned(policy_with(Mode.AUTO, most_actions=1))
    keep, other = affair.actions.keep, []

    def meanwhile(step):
        if not other:
            other.append(affair)
            taken = ActionRecord(
                digest="0" * 64,
                target="111122223333/us-east-1/endpoint/other",
                remedy=RemedyName.RETRAIN,
                stage=Stage.ACTING,
                at=affair.now,
                incident="other",
            )
            register, version = affair.actions.register(CHURN)
            with_other = ActionRegister(taken=(*register.taken, taken))
            held = affair.actions.load(digest)
            copy = msgspec.structs.replace(held.action, digest="0" * 64)
            keep(ActionCommit(action=copy, version=0, register=with_other, register_version=version))
        keep(step)

    affair.actions.keep = meanwhile
    assert plan(affair, digest) == "refused"
    assert affair.action(digest).why is HoldReason.MOST_ACTIONS


@pytest.mark.parametrize(
    ("stage", "outcome"),
    [(Stage.ASKED, "ask"), (Stage.APPROVED, "act"), (Stage.ACTED, "act"), (Stage.REJECTED, "refused")],
)
def test_a_plan_that_went_on_is_not_planned_again(stage, outcome):
    affair, digest = planned(policy_with(Mode.APPROVAL))
    held = affair.actions.load(digest)
    affair.actions.keep(ActionCommit(action=msgspec.structs.replace(held.action, stage=stage), version=held.version))
    assert plan(affair, digest) == outcome
    assert affair.action(digest).stage is stage
