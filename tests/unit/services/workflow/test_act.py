"""The act: once, and never without knowing what the calls before it did."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.action import ActionRegister
from kedge.domain.errors import Busy, Conflict, Permanent, Throttled, Transient
from kedge.domain.plan import Invoke, Retrain, ShiftTraffic, Starter
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit
from kedge.services.workflow.transitions import taken_of
from tests.support.remediation import GOOD, Affair, policy_with
from tests.support.stories import CHURN

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PIPELINE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn-retrain"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:mend-churn"


def permitted(remedy=RemedyName.ROLL_BACK, doing=None):
    """A plan that was checked a moment ago."""
    affair = Affair(policy_with(Mode.AUTO))
    action = affair.trouble().action
    plan = action.plan if doing is None else msgspec.structs.replace(action.plan, remedy=remedy, doing=doing)
    action = msgspec.structs.replace(action, plan=plan, digest=plan.digest, stage=Stage.ACTING)
    place = ActionRegister(taken=(taken_of(action),))
    affair.actions.keep(ActionCommit(action=action, version=0, register=place))
    return affair, action.digest


def act(affair, digest, remedy=RemedyName.ROLL_BACK):
    return affair.acts[remedy].step({"step": "act", "action": digest})["outcome"]


def failing(affair, *errors, taken=False):
    """The next calls of roll_back end in these errors; `taken` says that SageMaker carries them out all the same."""
    real, left = affair.endpoint.roll_back, list(errors)

    def roll_back(*given):
        if not left:
            return real(*given)
        if taken:
            real(*given)
        raise left.pop(0)

    affair.endpoint.roll_back = roll_back


def test_how_the_endpoint_was_is_kept_before_the_call_and_what_is_awaited_after_it():
    affair, digest = permitted()
    assert act(affair, digest) == "acted"
    action = affair.action(digest)
    assert (action.stage, action.called, action.acted) == (Stage.ACTED, affair.now, affair.now)
    assert (action.counts, action.capture) == ({"all": 5}, True)
    assert action.deadline == affair.now + timedelta(hours=4)
    assert set(affair.ledger.awaiting((f"endpoint/{CHURN}", f"config/{CHURN}/{GOOD}")).values()) == {digest}
    assert affair.endpoint.calls == [GOOD]


def test_limits_count_an_act_that_had_to_wait_from_when_it_was_called():
    affair, digest = permitted()
    held = affair.actions.load(digest)
    failing(affair, Throttled("slow down"), Throttled("slow down"))
    while act(affair, digest) == "later":
        affair.now += 15 * MINUTE
    (counted,) = affair.ledger.register(CHURN).taken
    assert (counted.stage, counted.at) == (Stage.ACTED, affair.now)
    assert counted.at == held.action.changed + 30 * MINUTE


@pytest.mark.parametrize("called", [None, timedelta(hours=1)], ids=["not called", "called, it says"])
def test_a_plan_that_the_last_check_did_not_permit_is_not_carried_out_whatever_its_action_says(called):
    affair = Affair(policy_with(Mode.AUTO))
    action = affair.trouble().action
    said = {"called": affair.now - called, "attempts": 1} if called else {}
    forged = msgspec.structs.replace(action, stage=Stage.ACTING, changed=affair.now - HOUR, **said)
    affair.actions.keep(ActionCommit(action=forged, version=0))
    with pytest.raises(Permanent, match="no place in the register"):
        act(affair, action.digest)
    assert affair.endpoint.calls == []


def test_a_plan_that_was_exchanged_after_it_was_permitted_is_not_carried_out():
    affair, digest = permitted()
    held = affair.actions.load(digest)
    doing = msgspec.structs.replace(held.action.plan.doing, to_config="config-of-a-stranger")
    plan = msgspec.structs.replace(held.action.plan, doing=doing)
    affair.actions.keep(ActionCommit(action=msgspec.structs.replace(held.action, plan=plan), version=held.version))
    with pytest.raises(Permanent, match="holds another plan"):
        act(affair, digest)
    assert affair.endpoint.calls == []


def test_done_is_done():
    affair, digest = permitted()
    act(affair, digest)
    assert act(affair, digest) == "acted"
    assert affair.endpoint.calls == [GOOD]


@pytest.mark.parametrize("error", [Busy("in-progress"), Throttled("rate exceeded")])
def test_a_call_that_was_surely_not_taken_leaves_the_plan_as_if_nothing_had_been_called(error):
    affair, digest = permitted()
    failing(affair, error)
    assert act(affair, digest) == "later"
    action = affair.action(digest)
    assert (action.stage, action.called, action.attempts, action.counts) == (Stage.ACTING, None, 0, {})
    assert act(affair, digest) == "acted"


def test_an_update_that_was_taken_though_its_answer_was_lost_is_found_and_not_made_again():
    affair, digest = permitted()
    failing(affair, Transient("read timeout"), taken=True)
    assert act(affair, digest) == "later"
    affair.now += MINUTE
    assert act(affair, digest) == "acted"
    assert affair.endpoint.calls == [GOOD]


def test_an_update_of_which_nothing_is_seen_after_a_minute_is_made_once_more():
    affair, digest = permitted()
    failing(affair, Transient("connection reset"))
    assert act(affair, digest) == "later"
    assert act(affair, digest) == "later"
    assert affair.endpoint.calls == []
    affair.now += MINUTE
    assert act(affair, digest) == "acted"
    assert affair.endpoint.calls == [GOOD]


def test_nobody_calls_for_ever():
    affair, digest = permitted()
    failing(affair, *[Transient("connection reset")] * 9)
    outcomes = []
    for _ in range(6):
        outcomes.append(act(affair, digest))
        affair.now += MINUTE
    assert outcomes == ["later"] * 3 + ["unknown"] * 3
    action = affair.action(digest)
    assert (action.stage, action.attempts) == (Stage.ACTING, 3)
    assert f"action/{digest}/acting/unknown" in affair.heard
    assert affair.ledger.awaiting((f"endpoint/{CHURN}",))


def test_what_was_called_and_cannot_be_seen_is_not_looked_for_for_ever():
    affair, digest = permitted()
    failing(affair, Transient("read timeout"), taken=True)
    act(affair, digest)
    affair.endpoint.endpoint = lambda _: (_ for _ in ()).throw(Transient("throttled"))
    affair.now += MINUTE
    assert act(affair, digest) == "later"
    affair.now += timedelta(hours=4)
    assert act(affair, digest) == "unknown"


def test_an_update_that_sagemaker_took_and_undid_is_not_made_a_second_time():
    affair, digest = permitted()
    affair.endpoint.fails = True
    failing(affair, Transient("read timeout"), taken=True)
    act(affair, digest)
    affair.now += timedelta(minutes=15)
    assert affair.endpoint.endpoint(CHURN.name).config == "churn-41"
    assert act(affair, digest) == "unknown"
    assert len(affair.endpoint.calls) == 1


def test_what_aws_refuses_is_refused_and_counts_under_no_limit():
    affair, digest = permitted()
    failing(affair, Permanent("AccessDenied: not authorized to perform sagemaker:UpdateEndpoint"))
    assert act(affair, digest) == "refused"
    action = affair.action(digest)
    assert (action.stage, action.why, action.called) == (Stage.REFUSED, HoldReason.NOT_PERMITTED, None)
    assert "not authorized" in action.says
    assert affair.ledger.register(CHURN).taken == ()
    assert act(affair, digest) == "refused"


def test_a_refusal_after_a_call_of_which_nobody_knows_does_not_say_that_nothing_was_done():
    affair, digest = permitted()
    failing(affair, Transient("read timeout"), Permanent("ValidationException"))
    act(affair, digest)
    affair.now += MINUTE
    assert act(affair, digest) == "unknown"


@pytest.mark.parametrize("change", [{"status": "Updating"}, {"config": "churn-42"}, {"coming": "churn-42"}])
def test_an_endpoint_that_is_not_as_it_was_when_the_act_was_permitted_is_looked_at_by_the_check_again(change):
    affair, digest = permitted()
    affair.endpoint.now = msgspec.structs.replace(affair.endpoint.now, **change)
    assert act(affair, digest) == "later"
    assert affair.action(digest).called is None


def test_a_kill_switch_stops_the_very_next_call():
    affair, digest = permitted()
    affair.policy = policy_with(Mode.AUTO, kill_switch=True)
    assert act(affair, digest) == "later"
    assert affair.endpoint.calls == []


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.ASKED, Stage.APPROVED])
def test_what_was_not_permitted_is_a_fault_and_no_act(stage):
    affair, digest = permitted()
    held = affair.actions.load(digest)
    affair.actions.keep(ActionCommit(action=msgspec.structs.replace(held.action, stage=stage), version=held.version))
    with pytest.raises(Permanent, match="not permitted"):
        act(affair, digest)
    assert affair.endpoint.calls == []


def test_a_function_carries_out_only_its_own_remedy():
    affair, digest = permitted()
    with pytest.raises(Permanent, match="this function carries out retrain"):
        act(affair, digest, RemedyName.RETRAIN)


def test_of_two_workers_at_one_plan_only_one_calls():
    affair, digest = permitted()
    keep, second = affair.actions.keep, []

    def meanwhile(step):
        if step.action.attempts == 1 and not second:
            second.append(True)
            affair.actions.keep = keep
            assert act(affair, digest) == "acted"
        keep(step)

    affair.actions.keep = meanwhile
    with pytest.raises(Conflict):
        act(affair, digest)
    assert affair.endpoint.calls == [GOOD]


def test_weights_are_moved_once():
    doing = ShiftTraffic(config="churn-41", away_from="all", before={"all": 1.0}, after={"all": 0.0})
    affair, digest = permitted(RemedyName.SHIFT_TRAFFIC, doing)
    real = affair.endpoint.shift

    def lost(*given):
        affair.endpoint.shift = real
        real(*given)
        raise Transient("read timeout")

    affair.endpoint.shift = lost
    assert act(affair, digest, RemedyName.SHIFT_TRAFFIC) == "later"
    affair.now += MINUTE
    assert act(affair, digest, RemedyName.SHIFT_TRAFFIC) == "acted"
    assert len(affair.endpoint.calls) == 1


def lost_start(affair):
    real = affair.pipelines.start

    def start(*given):
        affair.pipelines.start = real
        real(*given)
        raise Transient("read timeout")

    affair.pipelines.start = start


def test_a_pipeline_knows_its_token_so_that_a_lost_answer_is_asked_for_again():
    affair, digest = permitted(RemedyName.RETRAIN, Retrain(using=PIPELINE, starter=Starter.PIPELINE))
    lost_start(affair)
    assert act(affair, digest, RemedyName.RETRAIN) == "later"
    affair.now += MINUTE
    assert act(affair, digest, RemedyName.RETRAIN) == "acted"
    (execution,) = affair.pipelines.started
    assert affair.action(digest).started == execution
    assert list(affair.ledger.awaiting((f"execution/{execution.lower()}",)).values()) == [digest]


def test_a_function_knows_no_token_so_it_is_called_once_and_then_nobody_knows():
    affair, digest = permitted(RemedyName.INVOKE, Invoke(using=FUNCTION, starter=Starter.FUNCTION))
    lost_start(affair)
    assert act(affair, digest, RemedyName.INVOKE) == "later"
    affair.now += MINUTE
    assert act(affair, digest, RemedyName.INVOKE) == "unknown"
    assert affair.pipelines.started == [FUNCTION]
