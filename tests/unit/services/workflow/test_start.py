"""A workflow begins once for a plan, and is woken where it waits."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.action import Action, Answer, StartWorkflow, Vote, WakeWorkflow
from kedge.domain.errors import Permanent, Transient
from kedge.domain.plan import Plan, RollBack
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.run import Monitor
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit
from kedge.services.workflow.start import WorkflowStarter
from kedge.services.workflow.wait_points import ASK, AWAIT
from tests.fakes.actions import MemoryActions
from tests.fakes.ledger import MemoryLedger
from tests.fakes.workflows import MemoryWorkflows
from tests.support.ring import Ring, body_of
from tests.support.stories import CHURN, DAY

PLAN = Plan(
    target=CHURN,
    incident="incident-1",
    remedy=RemedyName.ROLL_BACK,
    doing=RollBack(from_config="churn-41", to_config="churn-40", since=DAY),
    sentence="Roll churn-prod back from churn-41 to churn-40",
)
ACTION = Action(
    plan=PLAN,
    digest=PLAN.digest,
    monitor=Monitor.MODEL_QUALITY,
    mode=Mode.APPROVAL,
    stage=Stage.PLANNED,
    made=DAY,
    changed=DAY,
    requested_by="kedge",
    says=PLAN.sentence,
)
START = StartWorkflow(id=PLAN.digest, action=ACTION)
WAKE = WakeWorkflow(id="wake/1", digest=PLAN.digest, signal="endpoint in service")


class World:
    def __init__(self) -> None:
        self.actions = MemoryActions(MemoryLedger())
        self.workflows = MemoryWorkflows()
        self.workflow_requests = WorkflowStarter(self.actions, self.workflows)

    def is_now(self, stage: Stage, **more: object) -> None:
        held = self.actions.load(PLAN.digest)
        version = held.version if held else 0
        action = msgspec.structs.replace(held.action if held else ACTION, stage=stage, **more)
        self.actions.keep(ActionCommit(action=action, version=version))

    @property
    def action(self) -> Action:
        return self.actions.load(PLAN.digest).action


@pytest.fixture
def world():
    return World()


def test_a_plan_is_kept_before_its_workflow_begins_and_begins_once_however_often_it_is_asked_for(world):
    assert world.workflow_requests.run(START)
    assert world.workflow_requests.run(START)
    assert world.action == ACTION
    assert world.workflows.begun == [PLAN.digest]


@pytest.mark.parametrize("stage", [Stage.ASKED, Stage.APPROVED, Stage.ACTING, Stage.ACTED])
def test_whatever_a_workflow_request_says_of_its_plan_it_begins_as_planned_with_nothing_asked_voted_or_called(
    world, stage
):
    vote = Vote(by="ana", answer=Answer.APPROVE, at=DAY, proven=True)
    said = {"asked": DAY, "votes": (vote,), "called": DAY, "acted": DAY, "attempts": 2, "round": 7, "package": "arn"}
    forged = msgspec.structs.replace(ACTION, stage=stage, says="it is well", **said)
    assert world.workflow_requests.run(StartWorkflow(id=PLAN.digest, action=forged))
    assert world.action == ACTION
    assert world.workflows.begun == [PLAN.digest]


def test_a_workflow_request_whose_plan_is_not_the_one_that_it_names_begins_nothing(world):
    other = msgspec.structs.replace(PLAN, doing=msgspec.structs.replace(PLAN.doing, to_config="of-a-stranger"))
    with pytest.raises(Permanent, match="nothing is begun"):
        world.workflow_requests.run(StartWorkflow(id=PLAN.digest, action=msgspec.structs.replace(ACTION, plan=other)))
    assert world.actions.load(PLAN.digest) is None
    assert world.workflows.begun == []


def test_a_crash_between_the_two_is_mended_by_the_queue(world):
    world.is_now(Stage.PLANNED)
    world.workflow_requests.run(START)
    assert world.workflows.begun == [PLAN.digest]


@pytest.mark.parametrize("stage", [Stage.ASKED, Stage.ACTING, Stage.ACTED])
def test_a_plan_that_went_on_stays_where_it_is(world, stage):
    world.is_now(stage)
    world.workflow_requests.run(START)
    assert world.action.stage is stage
    assert world.workflows.begun == [PLAN.digest]


@pytest.mark.parametrize("stage", [Stage.REFUSED, Stage.REJECTED, Stage.EXPIRED])
def test_a_plan_of_which_nothing_came_may_be_taken_up_once_more_by_an_execution_of_its_own(world, stage):
    world.is_now(stage)
    assert not world.workflow_requests.run(START)
    again = StartWorkflow(id=PLAN.digest, action=msgspec.structs.replace(ACTION, made=DAY + timedelta(hours=7)))
    assert world.workflow_requests.run(again)
    assert world.workflow_requests.run(again)
    assert not world.workflow_requests.run(START)
    assert (world.action.stage, world.action.round) == (Stage.PLANNED, 2)
    assert world.workflows.begun == [f"{PLAN.digest}-2"]


def test_a_plan_whose_workflow_never_began_begins_when_it_is_asked_for_once_more(world):
    world.is_now(Stage.PLANNED)
    again = StartWorkflow(id=PLAN.digest, action=msgspec.structs.replace(ACTION, made=DAY + timedelta(hours=7)))
    assert world.workflow_requests.run(again)
    assert world.action == ACTION
    assert world.workflows.begun == [PLAN.digest]


@pytest.mark.parametrize("stage", [Stage.VERIFIED, Stage.FAILED, Stage.UNVERIFIED])
def test_what_was_done_is_never_taken_up_again(world, stage):
    world.is_now(stage)
    again = StartWorkflow(id=PLAN.digest, action=msgspec.structs.replace(ACTION, made=DAY + timedelta(hours=7)))
    assert not world.workflow_requests.run(again)
    assert world.action.stage is stage
    assert world.workflows.begun == []


def test_an_answer_of_the_table_that_was_lost_does_not_keep_a_workflow_from_beginning(world, monkeypatch):
    keep = world.actions.keep

    def lost(step):
        keep(step)
        monkeypatch.setattr(world.actions, "keep", keep)
        raise Transient("no answer")

    monkeypatch.setattr(world.actions, "keep", lost)
    with pytest.raises(Transient):
        world.workflow_requests.run(START)
    assert world.workflow_requests.run(START)
    assert world.workflows.begun == [PLAN.digest]


def test_a_step_that_waits_for_an_outcome_is_woken(world):
    world.is_now(Stage.ACTED)
    world.actions.keep_token(PLAN.digest, "token-1", AWAIT)
    world.workflows.waiting.add("token-1")
    assert world.workflow_requests.run(WAKE)
    assert world.workflows.handed == {"token-1": {"outcome": "woken"}}
    assert not world.workflow_requests.run(WAKE)


def test_a_question_is_judged_anew_if_the_same_plan_may_be_carried_out_by_itself_since(world):
    world.is_now(Stage.ASKED)
    world.actions.keep_token(PLAN.digest, "token-1", ASK)
    world.workflows.waiting.add("token-1")
    by_itself = msgspec.structs.replace(ACTION, mode=Mode.AUTO, made=DAY + timedelta(minutes=5))
    assert world.workflow_requests.run(StartWorkflow(id=PLAN.digest, action=by_itself))
    assert world.workflows.handed == {"token-1": {"outcome": "again"}}
    assert (world.action.stage, world.action.mode) == (Stage.ASKED, Mode.APPROVAL)


@pytest.mark.parametrize("made", [DAY, DAY - timedelta(minutes=5)])
def test_a_question_is_not_judged_anew_for_what_is_no_newer_than_it(world, made):
    world.is_now(Stage.ASKED)
    world.actions.keep_token(PLAN.digest, "token-1", ASK)
    world.workflows.waiting.add("token-1")
    world.workflow_requests.run(
        StartWorkflow(id=PLAN.digest, action=msgspec.structs.replace(ACTION, mode=Mode.AUTO, made=made))
    )
    assert world.workflows.handed == {}


def test_nobody_is_woken_where_nobody_waits(world):
    assert not world.workflow_requests.run(WAKE)
    world.is_now(Stage.ASKED)
    assert not world.workflow_requests.run(WAKE)
    world.is_now(Stage.VERIFIED)
    assert not world.workflow_requests.run(WAKE)
    assert world.workflows.begun == []


def test_what_a_plan_made_is_looked_at_by_an_execution_of_its_own_once_for_each_thing_that_happened(world):
    world.is_now(Stage.VERIFIED, package="arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/7")
    assert world.workflow_requests.run(WAKE)
    assert world.workflow_requests.run(WAKE)
    world.workflow_requests.run(msgspec.structs.replace(WAKE, id="wake/2"))
    first, second = world.workflows.begun
    assert first != second
    assert all(name.startswith(PLAN.digest) and len(name) <= 80 for name in (first, second))


def test_dispatch_does_workflow_requests_beside_its_messages():
    ring = Ring()
    assert ring.dispatch.perform(body_of(START), last=False).value == "run"
    assert ring.workflows.begun == [PLAN.digest]
    assert ring.dispatch.perform(body_of(WAKE), last=True).value == "known"


def test_a_workflow_request_that_fails_stays_in_the_queue():
    ring = Ring()
    ring.workflows.begin = lambda *_: (_ for _ in ()).throw(Transient("throttled"))
    with pytest.raises(Transient):
        ring.dispatch.perform(body_of(START), last=True)
