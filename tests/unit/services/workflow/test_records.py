"""What is remembered of a remedy after several outcomes, of a model that it made, and of a register that others change meanwhile."""

from datetime import timedelta
from itertools import product

import msgspec
import pytest

from kedge.domain.action import Efficacy
from kedge.domain.facts import ModelPackage
from kedge.domain.plan import Retrain, Starter
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit
from kedge.remediation.wake_keys import package_name
from tests.support.actions import action, first_step, reserving
from tests.support.remediation import Affair, policy_with
from tests.support.stories import CHURN, hour
from tests.unit.services.workflow.test_act import PIPELINE, act, permitted

OUTCOMES = (Stage.VERIFIED, Stage.FAILED, Stage.UNVERIFIED)


@pytest.mark.parametrize("order", [*product(OUTCOMES, repeat=2), *product(OUTCOMES, repeat=3)], ids=", ".join)
def test_a_remedy_is_demoted_from_the_first_time_that_it_did_not_help_until_it_helps_again(order):
    known = Efficacy()
    times = [hour("10:00") + number * timedelta(hours=1) for number in range(len(order))]
    for stage, at in zip(order, times, strict=True):
        known = known.with_outcome(stage, at)
    worked = [number for number, stage in enumerate(order) if stage is Stage.VERIFIED]
    since = worked[-1] + 1 if worked else 0
    assert known.demoted == (times[since] if since < len(order) else None)
    assert (known.verified, known.failed, known.unverified) == tuple(map(order.count, OUTCOMES))
    assert known.last == times[-1]


OLD, NEW = (f"arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/{number}" for number in (6, 7))


@pytest.mark.parametrize(("auc", "is_better"), [(0.93, True), (0.71, True), (0.2, False)])
def test_only_a_model_that_was_found_no_worse_is_followed_to_its_approval(auc, is_better):
    doing = Retrain(using=PIPELINE, starter=Starter.PIPELINE, packages=(OLD,))
    affair, digest = permitted(RemedyName.RETRAIN, doing)
    act(affair, digest, RemedyName.RETRAIN)
    (execution,) = affair.pipelines.started
    affair.pipelines.found = {
        OLD: ModelPackage(arn=OLD, approval="Approved", created=hour("00:00"), metrics={"auc": 0.71}),
        NEW: ModelPackage(
            arn=NEW, approval="PendingManualApproval", made_by=execution, created=affair.now, metrics={"auc": auc}
        ),
    }
    outcome = affair.remediate.step({"step": "observe", "action": digest})["outcome"]
    assert (outcome == "verified") is is_better
    assert (affair.action(digest).package == NEW) is is_better
    assert list(affair.ledger.awaiting((package_name(NEW),)).values()) == ([digest] if is_better else [])
    affair.pipelines.found[NEW] = msgspec.structs.replace(affair.pipelines.found[NEW], approval="Approved")
    affair.heard.clear()
    affair.remediate.step({"step": "plan", "action": digest})
    assert (f"action/{digest}/verified/package/approved" in affair.heard) is is_better
    assert any("package" in each for each in affair.heard) is is_better


@pytest.mark.parametrize(("most", "permits"), [(1, False), (2, True)])
def test_a_check_is_decided_anew_where_the_register_changed_between_its_look_and_its_write(most, permits):
    affair = Affair(policy_with(Mode.AUTO, most_actions=most, largest_share_of_fleet=1.0))
    affair.ledger.heard_of(msgspec.structs.replace(CHURN, name="other"))
    start = affair.trouble()
    affair.actions.keep(ActionCommit(action=start.action, version=0))
    other = action(msgspec.structs.replace(CHURN, name="other"), stage=Stage.ACTING, made=affair.now)
    real, judged = affair.judge.judge, []

    def judge(of):
        judgement = real(of)
        if not judged:
            affair.actions.keep(first_step(other))
            affair.actions.keep(reserving(affair.actions, other))
        judged.append(judgement)
        return judgement

    affair.judge.judge = judge
    outcome = affair.remediate.step({"step": "check", "action": start.id})["outcome"]
    assert len(judged) == 2
    assert (outcome == "act") is permits
    acting = [each.target for each in affair.ledger.register(CHURN).taken if each.stage is Stage.ACTING]
    assert len(acting) == most
    if not permits:
        assert affair.action(start.id).why is HoldReason.MOST_ACTIONS
        assert affair.endpoint.calls == []
