"""What was said of a deployment holds a day later, and when the runs before it are no longer remembered one by one."""

from datetime import datetime, timedelta

import pytest

from kedge.domain.cause import Cause
from kedge.domain.context import Context, EndpointContext
from kedge.domain.decision import CaseState, RemedyHeld
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments, PendingDeployment, RunTally
from kedge.domain.remedy import RemedyName
from kedge.domain.run import Monitor, Verdict
from tests.support.stories import Story, alarm, drift, hour, run

CLEAN, VIOLATED, ALARM, OK = Verdict.CLEAN, Verdict.VIOLATED, Verdict.ALARM, Verdict.OK
BEFORE, AFTER = "churn-40", "churn-41"
CAME = "08:00"
LONG_AGO = hour("00:00") - timedelta(days=20)


def deployed(at: str = CAME, *, clean: int = 14, **more) -> Context:
    """A config that came at `at`, over one that had so many clean runs when it ended."""
    runs = {"churn-mq": RunTally(clean=clean, last="g")} if clean else {}
    before = Deployment(config=BEFORE, since=LONG_AGO, until=hour(at), arrival=DeploymentOrigin.DEPLOYED, runs=runs)
    now = Deployment(config=AFTER, since=hour(at), arrival=DeploymentOrigin.DEPLOYED)
    return Context(endpoint_context=EndpointContext(deployments=Deployments(history=(before, now), **more)))


def at_(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def quality(story: Story, context: Context, verdict: Verdict, *ends: str) -> Story:
    """Runs of the model's quality that end at these times, each heard of a quarter of an hour later."""
    for end in ends:
        findings = drift("auc") if verdict is VIOLATED else ()
        told = run(end, verdict, findings, monitor=Monitor.MODEL_QUALITY, source="churn-mq")
        story.tell(told, clock=lambda told=told: told.at + timedelta(minutes=15), context=context)
    return story


SAID = {
    "blamed": (deployed(), Cause.DEPLOYMENT_REGRESSION, AFTER),
    "one clean run says little": (deployed(clean=1), Cause.INCONCLUSIVE, AFTER),
    "nothing is known of its runs": (deployed(clean=0), Cause.INCONCLUSIVE, AFTER),
}


@pytest.mark.parametrize("every", [1, 6, 24], ids="every {} h".format)
@pytest.mark.parametrize("name", SAID)
def test_what_a_deployment_is_suspected_of_stays_for_as_long_as_the_incident_goes_on(name, every):
    context, cause, suspect = SAID[name]
    story = quality(Story(), context, VIOLATED, "10:00")
    assert (story.incident.cause, story.incident.suspect) == (cause, suspect)
    for later in range(every, 72, every):
        quality(story, context, VIOLATED, at_(600 + 60 * later))
        assert (later, story.incident.cause, story.incident.suspect) == (later, cause, suspect)
        assert all(each.remedy is not RemedyName.RETRAIN for each in story.decisions[-1].remedies)


def test_a_deployment_that_was_suspected_yesterday_still_keeps_a_new_model_from_being_proposed():
    context = deployed(clean=1)
    story = quality(Story(), context, VIOLATED, *(at_(600 + 60 * each) for each in range(40)))
    held = [each for decision in story.decisions for each in decision.remedies]
    assert held
    assert all(isinstance(each, RemedyHeld) for each in held)


@pytest.mark.parametrize("bad", [1, 31, 32, 40])
def test_the_clean_runs_that_were_counted_when_the_config_ended_speak_when_none_of_them_is_remembered(bad):
    context = deployed()
    ends = [at_(8 * 60 + 75 + 15 * each) for each in range(bad + 1)]
    story = Story()
    for end in ends:
        # An incident of its own each time: only what is remembered of the runs speaks.
        story.state = CaseState(sources=story.state.sources, recent=story.state.recent)
        quality(story, context, VIOLATED, end)
    assert len(story.state.sources["churn-mq"].history) == min(bad + 1, 32)
    assert story.incident.cause is Cause.DEPLOYMENT_REGRESSION


@pytest.mark.parametrize(("end", "is_suspect"), [("09:00", True), ("14:00", True), ("80:00", False), ("200:00", False)])
def test_a_deployment_that_never_ended_is_suspected_only_of_what_is_bad_soon_after_it_began(end, is_suspect):
    coming = PendingDeployment(config="churn-42", over=AFTER, since=hour("08:00"))
    context = deployed(at_(-14 * 24 * 60), coming=coming)
    story = quality(Story(), context, VIOLATED, end)
    expected = (Cause.INCONCLUSIVE, "churn-42") if is_suspect else (Cause.CONCEPT_DRIFT, None)
    assert (story.incident.cause, story.incident.suspect) == expected


def rang(story: Story, context: Context, at: datetime, verdict: Verdict) -> Story:
    hours = at_(int((at - hour("0:00")) / timedelta(minutes=1)))
    told = alarm(hours, verdict, namespace="AWS/SageMaker", metric="ModelLatency")
    return story.tell(told, clock=lambda: at, context=context)


@pytest.mark.parametrize(("before", "is_cleared"), [(timedelta(hours=2), True), (timedelta(days=3), False)])
def test_only_an_alarm_that_rang_shortly_before_a_deployment_speaks_for_it(before, is_cleared):
    earlier = hour(CAME) - before
    context = deployed()
    story = rang(Story(), context, earlier, ALARM)
    rang(story, context, earlier + timedelta(minutes=20), OK)
    rang(story, context, hour("09:00"), ALARM)
    expected = Cause.INCONCLUSIVE if is_cleared else Cause.DEPLOYMENT_REGRESSION
    assert story.incident.cause is expected


def test_an_alarm_that_rings_for_days_is_put_down_to_the_same_deployment_each_time_it_is_told():
    context = deployed()
    story = rang(Story(), context, hour("07:00"), OK)
    for hours in (9, 15, 40, 70):
        rang(story, context, hour(f"{hours}:00"), ALARM)
        assert (story.incident.cause, story.incident.suspect) == (Cause.DEPLOYMENT_REGRESSION, AFTER)


@pytest.mark.parametrize(
    ("began", "is_suspect"), [("09:00", True), ("09:30", True), ("09:54", True), ("09:55", False), ("09:59", False)]
)
def test_a_deployment_that_had_a_tenth_of_the_window_at_least_may_have_had_a_part_in_it(began, is_suspect):
    coming = PendingDeployment(config="churn-42", over=AFTER, since=hour(began))
    context = deployed(at_(-14 * 24 * 60), coming=coming)
    story = quality(Story(), context, VIOLATED, "10:00")
    assert (story.incident.suspect == "churn-42") is is_suspect


@pytest.mark.parametrize(
    ("before", "bad", "cause"),
    [
        ("gggggggggg", 1, Cause.DEPLOYMENT_REGRESSION),
        ("ggvggggvgg", 1, Cause.INCONCLUSIVE),
        ("ggvggggvgg", 2, Cause.DEPLOYMENT_REGRESSION),
        ("gvvggvvggg", 1, Cause.INCONCLUSIVE),
        ("gvvggvvggg", 2, Cause.INCONCLUSIVE),
        ("gvvggvvggg", 3, Cause.DEPLOYMENT_REGRESSION),
    ],
)
def test_what_came_and_went_before_is_put_down_to_a_deployment_when_it_lasts_longer_than_ever_before(
    before, bad, cause
):
    context, story = deployed("11:30", clean=before.count("g")), Story()
    for number, letter in enumerate(before):
        quality(story, context, CLEAN if letter == "g" else VIOLATED, f"{number + 1}:00")
    for number in range(bad):
        story.state = CaseState(sources=story.state.sources, recent=story.state.recent)
        quality(story, context, VIOLATED, f"{number + 13}:00")
    assert story.incident.cause is cause
