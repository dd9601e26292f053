"""Steps of a remedy that come a second time, late, or to another incident, endpoint or register than the first."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.provenance import Provenance
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Verdict
from kedge.domain.signal import EndpointChanged
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit
from kedge.services.workflow.transitions import taken_of
from tests.support.remediation import BAD, GOOD, QUALITY, ROLL_BACK, Affair, policy_with
from tests.support.remedies import action
from tests.support.stories import BY_EVENT, CHURN, drift, hour, policy_of, run
from tests.unit.services.workflow.test_two_faults import Call, Plot

MINUTE = timedelta(minutes=1)
TWO = {"approvers": ("user/responder", "user/robin"), "required": 2}


def begun(policy):
    """A plan that is about to be judged for the first time."""
    affair = Affair(policy)
    start = affair.trouble()
    affair.actions.keep(ActionCommit(action=start.action, version=0))
    return affair, start.id


def step(affair, name, digest, **more):
    return affair.remediate.step({"step": name, "action": digest, **more})


def quality(affair, at, verdict):
    findings = drift("auc") if verdict is Verdict.VIOLATED else ()
    affair.now = hour(at) + timedelta(minutes=12)
    affair.take(run(at, verdict, findings, monitor=QUALITY, source="churn-mq"))


@pytest.mark.parametrize("is_another", [True, False])
@pytest.mark.parametrize("name", ["plan", "check"])
def test_a_plan_is_for_its_incident_and_not_for_the_next_one_of_the_same_monitor(name, is_another):
    policy = policy_of(
        "test",
        remedies=({**ROLL_BACK, "mode": "auto"},),
        limits={"dry_run": False},
        evidence={"reopen_within": "10m" if is_another else "6h"},
    )
    affair, digest = begun(policy)
    if name == "check":
        step(affair, "plan", digest)
    before = affair.incident().id
    quality(affair, "10:00", Verdict.CLEAN)
    quality(affair, "12:00", Verdict.VIOLATED)
    assert (affair.incident().id != before) is is_another
    step(affair, name, digest)
    assert (affair.action(digest).why is HoldReason.INCIDENT_OVER) is is_another
    assert affair.endpoint.calls == []


@pytest.mark.parametrize(("later", "outcome"), [(10, "act"), (239, "act"), (240, "refused")])
def test_what_was_approved_waits_to_be_done_for_so_long_after_the_last_approval(later, outcome):
    affair, digest = begun(policy_with(Mode.APPROVAL, approval=TWO))
    step(affair, "plan", digest)
    step(affair, "ask", digest, token="token")
    affair.vote(digest)
    affair.now += timedelta(hours=3)
    assert affair.vote(digest, "robin").outcome == "approved"
    affair.now += timedelta(minutes=later)
    assert step(affair, "check", digest)["outcome"] == outcome


@pytest.mark.parametrize(
    ("modified", "outcome"),
    [(-MINUTE, "acted"), (timedelta(), "unknown"), (MINUTE / 2, "unknown")],
    ids=["before the call", "in its very moment", "after it"],
)
@pytest.mark.parametrize("remedy", [RemedyName.ROLL_BACK, RemedyName.SHIFT_TRAFFIC])
def test_an_endpoint_that_was_changed_since_a_call_is_not_called_again(remedy, modified, outcome):
    plot = Plot(remedy, Call.UNTAKEN)
    plot.act()
    now = plot.affair.endpoint.now
    plot.affair.endpoint.now = msgspec.structs.replace(now, modified=plot.tried[0] + modified)
    assert plot.act() == outcome


def test_weights_that_are_as_planned_on_another_config_are_not_what_the_call_did():
    plot = Plot(RemedyName.SHIFT_TRAFFIC, Call.TAKEN)
    plot.act()
    plot.affair.endpoint.now = msgspec.structs.replace(plot.affair.endpoint.now, config="churn-42")
    assert plot.act() == "unknown"
    assert plot.action.stage is Stage.ACTING


@pytest.mark.parametrize("status", ["Updating", "SystemUpdating", "RollingBack", "OutOfService", "Failed"])
@pytest.mark.parametrize("remedy", [RemedyName.ROLL_BACK, RemedyName.SHIFT_TRAFFIC])
@pytest.mark.parametrize("was_called", [True, False])
def test_no_endpoint_is_called_that_is_not_in_service(remedy, status, was_called):
    plot = Plot(remedy, *([Call.UNTAKEN] if was_called else []))
    if was_called:
        plot.act()
    plot.affair.endpoint.now = msgspec.structs.replace(plot.affair.endpoint.now, status=status)
    tried = len(plot.tried)
    assert plot.act() == ("unknown" if was_called else "later")
    assert len(plot.tried) == tried


@pytest.mark.parametrize("remedy", [RemedyName.ROLL_BACK, RemedyName.SHIFT_TRAFFIC, RemedyName.RETRAIN])
def test_a_kill_switch_stops_a_repetition_like_a_first_call_and_says_that_nobody_knows_of_the_first(remedy):
    plot = Plot(remedy, Call.UNTAKEN)
    plot.act()
    plot.affair.policy = policy_with(Mode.AUTO, kill_switch=True)
    assert plot.act() == "unknown"
    assert len(plot.tried) == 1


@pytest.mark.parametrize(("serves", "outcome"), [("09:40", "failed"), ("10:05", "pending")])
def test_what_the_old_config_answered_while_the_new_one_came_is_not_its_fault(serves, outcome):
    affair = Affair(policy_with(Mode.AUTO))
    start = affair.trouble()
    affair.workflow_starter.run(start)
    affair.wait(timedelta(minutes=15))
    assert affair.action(start.id).stage is Stage.ACTED
    affair.now = hour(serves)
    affair.take(
        EndpointChanged(
            id="served", at=hour(serves), target=CHURN, status="InService", config=GOOD, provenance=BY_EVENT
        )
    )
    assert affair.deployments().away_from == (BAD,)
    quality(affair, "11:00", Verdict.VIOLATED)
    assert step(affair, "observe", start.id)["outcome"] == outcome


def test_a_reminder_that_is_repeated_is_the_same_reminder():
    affair, digest = begun(policy_with(Mode.APPROVAL))
    step(affair, "plan", digest)
    step(affair, "ask", digest, token="token")
    reminded, told = [], len(affair.ledger.incidents)
    for minutes in (0, 1, 5):
        affair.now += minutes * MINUTE
        step(affair, "remind", digest, token=f"token-{minutes}")
        reminded.append(affair.action(digest).reminded)
    assert len(set(reminded)) == 1
    assert affair.heard.count(f"action/{digest}/asked/reminder") == 3
    assert len(affair.ledger.incidents) == told


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("said", [True, False])
def test_the_register_says_whether_a_plan_is_about_what_is_only_said(said, stage):
    assert taken_of(action(stage=stage, said=said)).said is said


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_the_place_of_a_question_says_whether_its_incident_is_only_said(is_confirmed):
    affair, digest = begun(policy_with(Mode.APPROVAL))
    state, _ = affair.ledger.load(CHURN, QUALITY)
    if not is_confirmed:
        said = msgspec.structs.replace(state.incident, provenance=Provenance(says="a file"))
        known, version = affair.ledger.known[(CHURN, QUALITY)]
        affair.ledger.known[(CHURN, QUALITY)] = (msgspec.structs.replace(known, incident=said), version)
    assert step(affair, "plan", digest)["outcome"] == "ask"
    assert [each.said for each in affair.ledger.register(CHURN).taken] == [not is_confirmed]
