"""What becomes of a remedy when its incident fires again, or is confirmed: nothing is done twice, and nothing is lost."""

from datetime import timedelta
from itertools import product

import msgspec
import pytest

from kedge.domain.action import Action, ActionRegister, RemedyStatus, StartWorkflow
from kedge.domain.context import Context
from kedge.domain.decision import Notify, Queued
from kedge.domain.provenance import Provenance, Voucher
from kedge.domain.reason import Reason
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import ActionMoved
from kedge.domain.stage import Stage
from kedge.policy.spec.remediation import RemedyRuleSpec
from tests.support.remedies import PIPELINE, deployments, endpoint_context, facts, fleet, limited
from tests.support.stages import DONE, OVER
from tests.support.stories import BY_EVENT, BY_SAGEMAKER, CHURN, Story, drift, hour, run

CLEAN, VIOLATED = Verdict.CLEAN, Verdict.VIOLATED
BY_A_FILE = Provenance(says="a file in s3://reports")


def retrains(mode: Mode = Mode.AUTO, **limits: object):
    rule = RemedyRuleSpec(remedy=RemedyName.RETRAIN, using=PIPELINE, mode=mode)
    return limited(rule, cooldown="0s", most_actions=100, largest_share_of_fleet=1.0, **limits)


def context() -> Context:
    known = endpoint_context(
        facts=facts(running=()), register=ActionRegister(endpoints=fleet(20)), deployments=deployments(history=())
    )
    return Context(endpoint_context=known)


def quality(story: Story, at: str, verdict: Verdict, provenance: Provenance = BY_SAGEMAKER) -> list[Action]:
    """A run of the model's quality, and what it starts."""
    findings = drift("auc") if verdict is VIOLATED else ()
    job = "" if provenance.is_vouched else None
    told = run(at, verdict, findings, monitor=Monitor.MODEL_QUALITY, source="churn-mq", job=job, provenance=provenance)
    story.tell(told, clock=lambda: hour(at) + timedelta(minutes=5), context=context())
    return [each.action for each in story.decisions[-1].workflow_requests if isinstance(each, StartWorkflow)]


def moved(story: Story, digest: str, stage: Stage, at: str) -> None:
    """News of a plan."""
    signal = ActionMoved(
        id=f"action/{digest}/{stage}",
        at=hour(at),
        target=CHURN,
        incident=story.incident.id,
        monitor=Monitor.MODEL_QUALITY,
        digest=digest,
        stage=stage,
        says=f"it is {stage}",
    )
    story.tell(signal, clock=lambda: hour(at), context=context())


@pytest.mark.parametrize("stage", sorted(OVER - {Stage.PROPOSED}))
def test_an_incident_that_fires_again_after_its_remedy_is_over_gets_another_plan_that_is_not_the_first(stage):
    story = Story(retrains())
    (first,) = quality(story, "10:00", VIOLATED)
    moved(story, first.digest, stage, "10:30")
    assert quality(story, "11:00", CLEAN) == []
    (second,) = quality(story, "12:00", VIOLATED)
    assert story.incident.reopened == 1
    assert story.incident.tried == 2
    assert second.digest != first.digest
    assert second.plan.occasion != first.plan.occasion


@pytest.mark.parametrize("stage", sorted(set(Stage) - OVER))
def test_an_incident_that_fires_again_while_its_remedy_is_under_way_waits_for_that(stage):
    story = Story(retrains())
    (first,) = quality(story, "10:00", VIOLATED)
    moved(story, first.digest, stage, "10:30")
    quality(story, "11:00", CLEAN)
    assert quality(story, "12:00", VIOLATED) == []
    assert (story.incident.remedy.digest, story.incident.remedy.stage) == (first.digest, stage)


@pytest.mark.parametrize("stage", list(Stage))
def test_an_incident_that_fires_again_shows_its_remedy_only_while_that_is_under_way(stage):
    story = Story(retrains())
    (first,) = quality(story, "10:00", VIOLATED)
    known = msgspec.structs.replace(story.incident.remedy, stage=stage)
    story.state = msgspec.structs.replace(story.state, incident=msgspec.structs.replace(story.incident, remedy=known))
    quality(story, "11:00", CLEAN)
    again = run("12:00", VIOLATED, drift("auc"), monitor=Monitor.MODEL_QUALITY, source="churn-mq")
    story.tell(again, clock=lambda: hour("12:05"))
    assert story.incident.reopened == 1
    assert (story.incident.remedy is None) is (stage in OVER)
    assert first.digest == known.digest


def test_a_new_incident_knows_nothing_of_the_remedy_of_the_last_one():
    story = Story(retrains())
    (first,) = quality(story, "02:00", VIOLATED)
    moved(story, first.digest, Stage.ACTED, "02:30")
    quality(story, "03:00", CLEAN)
    (second,) = quality(story, "20:00", VIOLATED)
    assert story.incident.reopened == 0
    assert second.digest != first.digest
    assert (second.stage, story.incident.remedy.digest) == (Stage.PLANNED, second.digest)


@pytest.mark.parametrize("stage", [*sorted(DONE), Stage.ASKED, Stage.REJECTED, Stage.EXPIRED])
def test_the_same_news_of_a_remedy_twice_are_told_once_and_change_nothing(stage):
    story = Story(retrains())
    (first,) = quality(story, "10:00", VIOLATED)
    moved(story, first.digest, stage, "10:30")
    told, known = list(story.told), story.state
    moved(story, first.digest, stage, "10:31")
    assert (story.told, story.state) == (told, known)
    assert not story.decisions[-1].changed


@pytest.mark.parametrize("stage", [Stage.FAILED, Stage.UNVERIFIED, Stage.VERIFIED, Stage.ACTED])
def test_what_did_not_help_an_earlier_incident_is_told_with_the_one_that_there_is_now(stage):
    story = Story(retrains())
    (first,) = quality(story, "02:00", VIOLATED)
    before = story.incident.id
    quality(story, "03:00", CLEAN)
    quality(story, "20:00", VIOLATED)
    assert story.incident.id != before
    mine = story.incident.remedy
    signal = ActionMoved(
        id=f"late/{stage}",
        at=hour("20:30"),
        target=CHURN,
        incident=before,
        monitor=Monitor.MODEL_QUALITY,
        digest=first.digest,
        stage=stage,
        says=f"it is {stage}",
    )
    story.tell(signal, clock=lambda: hour("20:30"))
    effects = story.decisions[-1].effects
    assert all(isinstance(each, Notify | Queued) for each in effects)
    assert bool(effects) is (stage in (Stage.FAILED, Stage.UNVERIFIED))
    assert story.incident.remedy == mine


WITHOUT_ANSWER = {Stage.PROPOSED, Stage.REFUSED, Stage.EXPIRED}
OPEN = {Stage.PLANNED, Stage.ASKED}


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.APPROVAL])
@pytest.mark.parametrize(
    ("stage", "witness"),
    list(product(Stage, [BY_SAGEMAKER, BY_EVENT])),
    ids=lambda each: getattr(each, "voucher", each),
)
def test_the_remedy_of_what_was_only_said_outlives_the_confirmation_if_it_was_begun_or_answered(stage, witness, mode):
    story = Story(retrains(mode))
    quality(story, "10:00", VIOLATED, BY_A_FILE)
    acting = story.incident.remedy
    assert acting is not None
    assert (acting.mode, acting.stage, acting.rule) == (Mode.APPROVAL, Stage.PLANNED, "remedies[0]")
    known = RemedyStatus(
        remedy=acting.remedy,
        mode=Mode.APPROVAL,
        stage=stage,
        at=acting.at,
        says="",
        digest=acting.digest,
        rule=acting.rule,
    )
    story.state = msgspec.structs.replace(story.state, incident=msgspec.structs.replace(story.incident, remedy=known))
    confirmed = run(
        "11:00",
        VIOLATED,
        drift("auc"),
        monitor=Monitor.MODEL_QUALITY,
        source="churn-mq",
        provenance=witness,
    )
    story.tell(confirmed, clock=lambda: hour("11:05"))
    assert story.reasons[-1] is Reason.CONFIRMED
    is_answered = stage in OPEN and mode is Mode.AUTO and witness.may_act
    assert (story.incident.remedy is None) is (stage in WITHOUT_ANSWER or is_answered)
    if story.incident.remedy is not None:
        assert story.incident.remedy == known


def test_the_voucher_of_an_event_alone_starts_nothing_by_itself():
    assert not Voucher.EVENTBRIDGE.may_act
    story = Story(retrains())
    (asked,) = quality(story, "10:00", VIOLATED, BY_EVENT)
    assert asked.mode is Mode.APPROVAL
