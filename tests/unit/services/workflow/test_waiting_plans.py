"""A plan that waits says so once for each reason, and a question ends when nothing can be asked any more."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.decision import RemedyHeld
from kedge.domain.reason import Reason
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.signal import EndpointChanged, EndpointRead
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit
from kedge.remediation.progress import follow_action
from kedge.remediation.wake_keys import names_of, question_name
from kedge.services.workflow.transitions import action_moved, waiting
from kedge.services.workflow.wait_points import ASK, open_question
from tests.support.remediation import BY_SAGEMAKER, QUALITY, Affair, policy_with
from tests.support.remedies import NOW, action
from tests.support.stages import OVER, WAITING
from tests.support.stories import CHURN, hour

BUSY = RemedyHeld(remedy=RemedyName.ROLL_BACK, why=HoldReason.ENDPOINT_BUSY, says="churn-prod is Updating")
RUNS = RemedyHeld(remedy=RemedyName.ROLL_BACK, why=HoldReason.ALREADY_RUNNING, says="the pipeline trains churn-b")


def begun(mode=Mode.APPROVAL):
    affair = Affair(policy_with(mode))
    start = affair.trouble()
    affair.actions.keep(ActionCommit(action=start.action, version=0))
    return affair, start.id


def plan(affair, digest):
    return affair.remediate.step({"step": "plan", "action": digest})["outcome"]


def asked():
    affair, digest = begun()
    assert plan(affair, digest) == "ask"
    affair.remediate.step({"step": "ask", "action": digest, "token": "token"})
    return affair, digest


def busy(affair, status="Updating"):
    affair.endpoint.now = msgspec.structs.replace(affair.endpoint.now, status=status)


@pytest.mark.parametrize("stage", sorted(WAITING))
def test_what_waits_says_for_what_and_each_reason_once(stage):
    first = waiting(action(stage=stage), BUSY)
    assert first is not None
    assert (first.action.why, first.action.stage) == (HoldReason.ENDPOINT_BUSY, stage)
    assert "churn-prod is Updating" in first.action.says
    assert waiting(first.action, BUSY) is None
    assert waiting(first.action, RUNS) is not None
    signals = [action_moved(each) for each in (action(stage=stage), first.action, waiting(first.action, RUNS).action)]
    assert len({signal.id for signal in signals}) == 3


@pytest.mark.parametrize("stage", sorted(set(Stage) - OVER))
def test_what_goes_on_waits_for_nothing_any_more(stage):
    held = waiting(action(stage=Stage.PLANNED), BUSY)
    assert held is not None
    assert held.action.moved(stage, "it goes on", NOW).why is None


def test_a_plan_that_waits_for_the_endpoint_tells_it_once_and_goes_on():
    affair, digest = begun(Mode.AUTO)
    busy(affair)
    for _ in range(3):
        assert plan(affair, digest) == "later"
        affair.now += timedelta(minutes=1)
    acting = affair.incident().remedy
    assert (acting.stage, acting.why) == (Stage.PLANNED, HoldReason.ENDPOINT_BUSY)
    assert len({each for each in affair.heard if "endpoint_busy" in each}) == 1
    busy(affair, "InService")
    assert plan(affair, digest) == "act"
    assert affair.action(digest).why is None


def test_waiting_is_told_to_people_and_a_fault_in_reading_is_not():
    for why, tells in (
        (HoldReason.ENDPOINT_BUSY, True),
        (HoldReason.ALREADY_RUNNING, True),
        (HoldReason.UNREADABLE, False),
    ):
        affair, digest = begun(Mode.AUTO)
        signal = action_moved(waiting(affair.action(digest), msgspec.structs.replace(BUSY, why=why)).action)
        news = follow_action(affair.ledger.load(CHURN, QUALITY)[0], signal, affair.now)
        assert news is not None
        assert (news.tells, news.reason) == (tells, Reason.REMEDY_NEWS)


def test_an_approved_plan_that_waits_says_so_and_is_done_later():
    affair, digest = asked()
    affair.vote(digest)
    busy(affair, "SystemUpdating")
    check = {"step": "check", "action": digest}
    assert affair.remediate.step(check)["outcome"] == "later"
    assert "SystemUpdating" in affair.incident().remedy.says
    busy(affair, "InService")
    assert affair.remediate.step(check)["outcome"] == "act"
    assert (affair.action(digest).stage, affair.action(digest).why) == (Stage.ACTING, None)


def test_what_happens_to_an_endpoint_finds_its_open_questions():
    question = open_question(action())
    read = EndpointRead(id="r", at=NOW, target=CHURN, status="InService", config="churn-42")
    gone = EndpointChanged(id="e", at=NOW, target=CHURN, status="Deleting")
    assert question in names_of(read)
    assert question in names_of(gone)
    assert question_name(CHURN, RemedyName.RETRAIN) != question


def test_another_config_ends_an_open_question_with_its_reason():
    affair, digest = asked()
    affair.endpoint.now = msgspec.structs.replace(affair.endpoint.now, config="churn-42", modified=affair.now)
    read = EndpointRead(
        id="read/42", at=affair.now, target=CHURN, status="InService", config="churn-42", provenance=BY_SAGEMAKER
    )
    affair.take(read)
    assert plan(affair, digest) == "refused"
    assert (affair.action(digest).stage, affair.action(digest).why) == (Stage.REFUSED, HoldReason.ENDPOINT_CHANGED)
    assert "churn-42" in affair.incident().remedy.says
    assert affair.ledger.awaiting((open_question(affair.action(digest)),)) == {}


def test_an_endpoint_that_is_only_busy_ends_no_question():
    affair, digest = asked()
    busy(affair)
    assert plan(affair, digest) == "ask"
    assert affair.action(digest).stage is Stage.ASKED


def test_a_wake_hands_an_open_question_back_to_be_judged_anew():
    affair, digest = begun()
    affair.workflow_starter.run(next(each for each in affair.ledger.workflow_requests if each.id == digest))
    affair.wait(timedelta(minutes=1))
    assert affair.action(digest).stage is Stage.ASKED
    assert affair.actions.token(digest, ASK) is not None
    assert affair.wake(digest)
    affair.wait(timedelta(minutes=1))
    assert affair.action(digest).stage is Stage.ASKED
    assert affair.endpoint.calls == []


def test_what_was_refused_for_a_while_is_looked_at_again_when_that_ends():
    affair, digest = begun()
    until = hour("15:00")
    over = affair.action(digest).moved(Stage.REFUSED, "the cooldown", affair.now, why=HoldReason.COOLDOWN, until=until)
    news = follow_action(affair.ledger.load(CHURN, QUALITY)[0], action_moved(over), affair.now)
    assert news is not None
    assert news.incident.remedy.until == until
