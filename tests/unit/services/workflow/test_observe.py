"""What came of an act, by what is there."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.errors import Permanent, Transient
from kedge.domain.facts import ModelPackage
from kedge.domain.incident import IncidentState
from kedge.domain.plan import Retrain, Starter
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Verdict
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit
from kedge.services.workflow.escalate import error_text
from tests.support.remediation import BAD, GOOD, QUALITY, Affair, policy_with
from tests.support.stories import CHURN, drift, hour, run
from tests.unit.services.workflow.test_act import PIPELINE, act, failing, permitted

PACKAGE = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/7"


def done():
    """A roll-back that AWS took, with its workflow waiting for what comes of it."""
    affair = Affair(policy_with(Mode.AUTO))
    start = affair.trouble()
    affair.workflow_starter.run(start)
    affair.wait(timedelta(minutes=15))
    assert affair.action(start.id).stage is Stage.ACTED
    return affair, start.id


def observe(affair, digest):
    return affair.remediate.step({"step": "observe", "action": digest})["outcome"]


def efficacy(affair, remedy=RemedyName.ROLL_BACK):
    return affair.ledger.efficacy(CHURN)[remedy]


def test_a_run_that_looked_only_at_what_came_after_it_and_is_clean_verifies_it():
    affair, digest = done()
    affair.now = hour("10:15")
    affair.take(run("10:00", Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))
    assert observe(affair, digest) == "pending"
    affair.now = hour("11:15")
    affair.take(run("11:00", Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))
    assert observe(affair, digest) == "verified"
    assert (efficacy(affair).verified, efficacy(affair).demoted) == (1, None)
    assert affair.ledger.awaiting((f"endpoint/{CHURN}",)) == {}


def test_a_run_that_is_still_bad_after_it_says_that_it_did_not_help_and_the_incident_fires_on():
    affair, digest = done()
    assert affair.incident().state is IncidentState.MITIGATING
    affair.now = hour("11:15")
    affair.take(run("11:00", Verdict.VIOLATED, drift("auc"), monitor=QUALITY, source="churn-mq"))
    assert observe(affair, digest) == "failed"
    assert efficacy(affair).demoted == affair.now
    assert affair.incident().state is IncidentState.FIRING


def test_an_update_that_sagemaker_undid_has_failed_though_the_endpoint_is_in_service():
    affair = Affair(policy_with(Mode.AUTO))
    start = affair.trouble()
    affair.endpoint.fails = True
    affair.workflow_starter.run(start)
    affair.wait(timedelta(minutes=30))
    action = affair.action(start.id)
    assert affair.endpoint.now.status == "InService"
    assert (action.stage, affair.endpoint.now.config) == (Stage.FAILED, BAD)
    assert efficacy(affair).failed == 1


def test_where_nobody_can_tell_in_time_people_are_told_and_the_remedy_is_demoted():
    affair, digest = done()
    affair.wait(timedelta(hours=5))
    assert affair.action(digest).stage is Stage.UNVERIFIED
    assert affair.incident().remedy.stage is Stage.UNVERIFIED
    assert efficacy(affair).demoted is not None
    (execution,) = affair.engine.executions.values()
    assert execution.ended == "SUCCEEDED"


def test_a_signal_wakes_who_waits_and_without_one_it_is_looked_at_all_the_same():
    affair, digest = done()
    affair.now = hour("11:15")
    affair.take(run("11:00", Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))
    assert affair.wake(digest)
    # One look for all that is heard in a while.
    affair.wait(timedelta(minutes=2))
    assert affair.action(digest).stage is Stage.VERIFIED
    affair, digest = done()
    affair.now = hour("11:15")
    affair.take(run("11:00", Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))
    affair.wait(timedelta(minutes=10))
    assert affair.action(digest).stage is Stage.VERIFIED


def test_what_cannot_be_read_is_looked_at_later_and_escalated_when_time_is_over():
    affair, digest = done()
    affair.endpoint.endpoint = lambda _: (_ for _ in ()).throw(Transient("throttled"))
    assert observe(affair, digest) == "pending"
    affair.wait(timedelta(hours=6))
    action = affair.action(digest)
    assert action.stage is Stage.UNVERIFIED
    assert "throttled" in action.says
    assert affair.incident().remedy.stage is Stage.UNVERIFIED


def test_metrics_that_may_not_be_read_stand_in_nobodys_way():
    affair, digest = done()
    affair.endpoint.health = lambda *_: (_ for _ in ()).throw(Permanent("denied"))
    affair.now = hour("11:15")
    affair.take(run("11:00", Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))
    assert observe(affair, digest) == "verified"


def test_a_call_of_which_nobody_knew_is_known_when_its_config_serves():
    affair, digest = permitted()
    failing(affair, *[Transient("lost")] * 3)
    for _ in range(4):
        act(affair, digest)
        affair.now += timedelta(minutes=1)
    assert observe(affair, digest) == "pending"
    assert affair.action(digest).stage is Stage.ACTING
    affair.endpoint.now = msgspec.structs.replace(affair.endpoint.now, config=GOOD, modified=affair.now)
    assert observe(affair, digest) == "pending"
    assert affair.action(digest).stage is Stage.ACTED
    assert affair.incident().remedy.stage is Stage.ACTED


def test_a_call_that_never_arrived_ends_unverified_and_not_in_silence():
    affair, digest = permitted()
    failing(affair, *[Transient("lost")] * 3)
    for _ in range(4):
        act(affair, digest)
        affair.now += timedelta(minutes=1)
    affair.now += timedelta(hours=5)
    assert observe(affair, digest) in ("unverified", "failed")
    assert affair.action(digest).is_over


def retrained():
    doing = Retrain(using=PIPELINE, starter=Starter.PIPELINE, packages=(PACKAGE[:-1] + "6",))
    affair, digest = permitted(RemedyName.RETRAIN, doing)
    act(affair, digest, RemedyName.RETRAIN)
    return affair, digest


def with_package(affair, approval="PendingManualApproval"):
    (execution,) = affair.pipelines.started
    made = ModelPackage(arn=PACKAGE, approval=approval, made_by=execution, created=affair.now, metrics={"auc": 0.93})
    old = PACKAGE[:-1] + "6"
    affair.pipelines.found = {
        PACKAGE: made,
        old: ModelPackage(arn=old, approval="Approved", created=hour("00:00"), metrics={"auc": 0.71}),
    }


def test_a_retraining_is_verified_by_the_better_model_that_names_it():
    affair, digest = retrained()
    affair.now += timedelta(minutes=5)
    assert observe(affair, digest) == "pending"
    with_package(affair)
    assert observe(affair, digest) == "verified"
    action = affair.action(digest)
    assert action.package == PACKAGE
    assert list(affair.ledger.awaiting((f"package/{PACKAGE}",)).values()) == [digest]


def test_a_pipeline_that_failed_has_failed():
    affair, digest = retrained()
    affair.pipelines.status = "Failed"
    assert observe(affair, digest) == "failed"


def test_a_new_model_is_followed_to_its_approval_and_to_the_endpoint_and_each_is_told_once():
    affair, digest = retrained()
    with_package(affair)
    observe(affair, digest)
    affair.heard.clear()
    plan = {"step": "plan", "action": digest}
    affair.remediate.step(plan)
    assert affair.heard == []
    with_package(affair, "Approved")
    affair.wake(digest, "approved")
    affair.wait(timedelta(minutes=1))
    assert affair.heard == [f"action/{digest}/verified/package/approved"]
    deployed = msgspec.structs.replace(affair.deployments().current, packages=(PACKAGE,), config="churn-42")
    affair.ledger.load = _with_deployment(affair, deployed)
    assert affair.remediate.step(plan)["followed"]
    assert affair.heard[-1] == f"action/{digest}/verified/package/deployed/churn-42"
    assert affair.ledger.awaiting((f"package/{PACKAGE}",)) == {}


def test_a_model_that_serves_though_nobody_approved_it_is_told_and_followed_no_longer():
    affair, digest = retrained()
    with_package(affair)
    observe(affair, digest)
    deployed = msgspec.structs.replace(affair.deployments().current, packages=(PACKAGE,), config="churn-42")
    affair.ledger.load = _with_deployment(affair, deployed)
    affair.remediate.step({"step": "plan", "action": digest})
    assert affair.heard[-1] == f"action/{digest}/verified/package/deployed/churn-42"
    assert affair.ledger.awaiting((f"package/{PACKAGE}",)) == {}


@pytest.mark.parametrize(("approval", "what"), [("Rejected", "rejected"), (None, "gone")])
def test_a_model_that_nobody_wants_is_told_and_followed_no_longer(approval, what):
    affair, digest = retrained()
    with_package(affair)
    observe(affair, digest)
    affair.pipelines.found.clear()
    if approval is not None:
        with_package(affair, approval)
    affair.remediate.step({"step": "plan", "action": digest})
    assert affair.heard[-1] == f"action/{digest}/verified/package/{what}"
    assert affair.ledger.awaiting((f"package/{PACKAGE}",)) == {}


def _with_deployment(affair, deployment):
    load = affair.ledger.load

    def loaded(target, monitor):
        state, version = load(target, monitor)
        deployments = msgspec.structs.replace(state.deployments, history=(*state.deployments.history, deployment))
        return msgspec.structs.replace(state, deployments=deployments), version

    return loaded


ERROR = {"Error": "Lambda.Unknown", "Cause": '{"errorMessage": "denied\\n twice", "errorType": "Permanent"}'}


def test_a_workflow_that_cannot_go_on_before_the_act_has_done_nothing_and_says_so():
    affair, digest = permitted()
    held = affair.actions.load(digest)
    affair.actions.keep(
        ActionCommit(action=msgspec.structs.replace(held.action, stage=Stage.ASKED), version=held.version)
    )
    step = {"step": "escalate", "action": digest, "error": ERROR}
    assert affair.remediate.step(step) == {"outcome": "refused"}
    action = affair.action(digest)
    assert (action.why, "nothing was done" in action.says, "denied twice" in action.says) == (
        HoldReason.UNREADABLE,
        True,
        True,
    )
    assert affair.remediate.step(step) == {"outcome": "refused"}


def test_a_workflow_that_cannot_go_on_after_the_act_leaves_it_unverified_and_people_told():
    affair, digest = permitted()
    act(affair, digest)
    step = {"step": "escalate", "action": digest, "error": ERROR}
    assert affair.remediate.step(step) == {"outcome": "unverified"}
    assert efficacy(affair).unverified == 1
    assert f"action/{digest}/unverified" in affair.heard
    assert affair.remediate.step(step) == {"outcome": "unverified"}
    assert efficacy(affair).unverified == 1


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ERROR, "Permanent: denied twice"),
        ({"Error": "States.Timeout", "Cause": ""}, "States.Timeout"),
        ({"Error": "X", "Cause": "[]"}, "X: []"),
        (None, "no error was reported"),
        ({}, "no error was reported"),
    ],
)
def test_an_error_of_step_functions_is_one_short_sentence(error, sentence):
    assert error_text(error) == sentence
