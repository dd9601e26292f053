"""What else than a deployment is suspected of what a run or an alarm shows, from its first moment until days later."""

from datetime import datetime, timedelta

import msgspec
import pytest

from kedge.domain.cause import Cause
from kedge.domain.context import Context, EndpointContext
from kedge.domain.decision import CaseState
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments
from kedge.domain.run import Measure, MeasuredRun, Verdict
from tests.support.stories import Story, alarm, hour

ALARM, OK = Verdict.ALARM, Verdict.OK
BEFORE, AFTER = "churn-40", "churn-41"
LONG_AGO = hour("00:00") - timedelta(days=20)
MINUTE = timedelta(minutes=1)


def context(*measured: MeasuredRun, came: str = "08:00", **more) -> Context:
    """A config that came at a time over one that had served for long, with the numbers that are kept."""
    before = Deployment(config=BEFORE, since=LONG_AGO, until=hour(came), arrival=DeploymentOrigin.DEPLOYED)
    now = Deployment(config=AFTER, since=hour(came), arrival=DeploymentOrigin.DEPLOYED)
    return Context(
        endpoint_context=EndpointContext(deployments=Deployments(history=(before, now)), measured=measured, **more)
    )


def rang(story: Story, at: datetime, verdict: Verdict, near: Context, value: float = 5.2, limit: float = 5.0) -> Story:
    told = alarm("00:00", verdict, namespace="AWS/SageMaker", metric="ModelLatency")
    told = msgspec.structs.replace(told, id=f"{at}/{verdict}", at=at, observed=value, limit=limit)
    return story.tell(told, clock=lambda: at, context=near)


def of_alarm(at: datetime, verdict: Verdict, value: float, limit: float) -> MeasuredRun:
    values = (Measure("ModelLatency", value, limit),)
    return MeasuredRun(source="churn-latency", at=at, start=at, verdict=verdict, values=values)


@pytest.mark.parametrize("seconds", [0, 1, 40, 59])
@pytest.mark.parametrize("hours", [0, 1, 15, 60])
def test_a_stricter_limit_explains_an_alarm_for_as_long_as_it_is_on(seconds, hours):
    went_off = hour("09:00") + timedelta(seconds=seconds)
    known = (of_alarm(hour("07:00"), OK, 5.1, 6.0), of_alarm(went_off, ALARM, 5.2, 5.0))
    story = rang(Story(), hour("07:00"), OK, context(), 5.1, 6.0)
    rang(story, went_off, ALARM, context(*known[:1]))
    assert (story.incident.cause, story.incident.suspect) == (Cause.INCONCLUSIVE, AFTER)
    if hours:
        rang(story, went_off + timedelta(hours=hours), ALARM, context(*known))
        assert (story.incident.cause, story.incident.suspect) == (Cause.INCONCLUSIVE, AFTER)
    assert any("the limit of ModelLatency was 6 before" in each for each in story.incident.evidence)


@pytest.mark.parametrize(("hours", "is_well"), [((7, 9), True), ((9, 11), False)])
@pytest.mark.parametrize("last", [9, 15, 60])
def test_what_an_alarm_was_before_it_went_off_is_known_for_as_long_as_it_is_on(hours, is_well, last):
    """An alarm that is told again was in alarm just before that, and went off only once."""
    story = Story()
    for at, verdict in zip(hours, (OK, ALARM) if is_well else (ALARM, ALARM), strict=True):
        rang(story, hour(f"{at}:00"), verdict, context())
    rang(story, hour(f"{hours[1] + last}:00"), ALARM, context())
    assert story.incident.suspect == AFTER
    assert story.incident.cause is (Cause.DEPLOYMENT_REGRESSION if is_well else Cause.INCONCLUSIVE)
    assert any("not known" in each for each in story.incident.evidence) is not is_well


NIGHT = hour("00:00")


def three(*, began: str, came: str, before: str = "00:00") -> Context:
    """A config over one that had come at a time, over one that had served for long."""
    history = (
        Deployment(config="churn-39", since=LONG_AGO, until=hour(before), arrival=DeploymentOrigin.DEPLOYED),
        Deployment(config=BEFORE, since=hour(before), until=hour(came), arrival=DeploymentOrigin.DEPLOYED),
        Deployment(config=AFTER, since=hour(came), began=hour(began), arrival=DeploymentOrigin.DEPLOYED),
    )
    return Context(endpoint_context=EndpointContext(deployments=Deployments(history=history)))


def cause_at(at: datetime, near: Context, *before: datetime) -> tuple[Cause, str | None]:
    """The cause of an alarm that was OK in the night and goes off at a time, after it went off and was OK again at others."""
    story = rang(Story(), NIGHT - timedelta(days=3), OK, near)
    for each in before:
        rang(story, each, ALARM, near)
        rang(story, each + 5 * MINUTE, OK, near)
    # An incident of its own: only what is remembered of the alarm speaks.
    story.state = CaseState(sources=story.state.sources, recent=story.state.recent)
    rang(story, at, ALARM, near)
    return story.incident.cause, story.incident.suspect


BLAMED, UNSURE, CLEARED = (Cause.DEPLOYMENT_REGRESSION, AFTER), (Cause.INCONCLUSIVE, AFTER), (Cause.INCONCLUSIVE, None)


@pytest.mark.parametrize(
    ("late", "cause"), [(-MINUTE, BLAMED), (timedelta(), BLAMED), (MINUTE, CLEARED)], ids=["before", "at", "after"]
)
def test_an_alarm_that_goes_off_a_day_after_a_config_came_is_the_last_that_is_put_down_to_it(late, cause):
    assert cause_at(hour("08:00") + timedelta(days=1) + late, context()) == cause


@pytest.mark.parametrize("is_coming", [True, False])
@pytest.mark.parametrize(("minutes", "is_near"), [(10, True), (59, True), (60, True), (61, False), (300, False)])
def test_a_config_that_had_just_come_is_suspected_beside_the_one_that_was_coming_and_not_beside_one_that_serves(
    minutes, is_near, is_coming
):
    went_off = hour("12:00")
    before = went_off - minutes * MINUTE
    text = f"{before:%H:%M}"
    near = (
        three(began="11:55", came="12:05", before=text)
        if is_coming
        else three(began="11:53", came="11:56", before=text)
    )
    assert cause_at(went_off, near) == (UNSURE if is_near and is_coming else BLAMED)


@pytest.mark.parametrize(
    ("earlier", "speaks_for_it"),
    [
        (hour("08:00") - timedelta(days=1, minutes=1), False),
        (hour("08:00") - timedelta(days=1), True),
        (hour("07:50"), True),
        (hour("08:00"), False),  # from then on it is the config's own
        (hour("08:30"), False),
    ],
)
def test_only_what_rang_in_the_day_before_a_config_came_speaks_for_it(earlier, speaks_for_it):
    assert cause_at(hour("09:00"), context(), earlier) == (UNSURE if speaks_for_it else BLAMED)


@pytest.mark.parametrize("later", [1, 60, 3_000])
def test_an_alarm_that_went_off_while_a_config_came_does_not_speak_for_it_when_it_is_told_again(later):
    near, went_off = three(began="07:50", came="08:10"), hour("08:00")
    story = rang(Story(), NIGHT, OK, near)
    rang(story, went_off, ALARM, near)
    story.state = CaseState(sources=story.state.sources, recent=story.state.recent)
    rang(story, went_off + later * MINUTE, ALARM, near)
    assert (story.incident.cause, story.incident.suspect) == BLAMED


@pytest.mark.parametrize("limit", [5.0, 6.0])
def test_what_rang_before_and_what_else_explains_it_are_told_together(limit):
    near = context(of_alarm(hour("07:00"), OK, 5.1, limit))
    story = rang(Story(), hour("06:00"), ALARM, near)
    rang(story, hour("06:30"), OK, near)
    rang(story, hour("09:00"), ALARM, near)
    assert story.incident.cause is Cause.INCONCLUSIVE
    assert any("it had been in alarm once" in each for each in story.incident.evidence)
    assert any("the limit of" in each for each in story.incident.evidence) is (limit > 5.0)


@pytest.mark.parametrize(("before", "cause"), [("02:00", BLAMED), ("05:00", UNSURE)])
def test_an_alarm_is_compared_with_what_it_showed_under_the_config_before(before, cause):
    """Where that had fewer than three values, earlier ones count as well."""
    values = (2.0, 4.9, 2.0, 4.0, 4.0, 4.0)
    known = tuple(of_alarm(hour(f"{number}:00"), OK, value, 5.0) for number, value in enumerate(values))
    near = three(began="07:55", came="08:00", before=before)
    near = Context(endpoint_context=msgspec.structs.replace(near.endpoint_context, measured=known))
    assert cause_at(hour("09:00"), near) == cause


@pytest.mark.parametrize(("model", "cause"), [("m-40", BLAMED), ("m-41", BLAMED)])
def test_latency_may_come_of_a_deployment_that_changes_instances_alone(model, cause):
    near = context()
    before, now = near.endpoint_context.deployments.history
    history = (msgspec.structs.replace(before, models=("m-40",)), msgspec.structs.replace(now, models=(model,)))
    near = Context(endpoint_context=EndpointContext(deployments=Deployments(history=history), measured=()))
    assert cause_at(hour("09:00"), near) == cause


@pytest.mark.parametrize("limit", [5.0, 6.0])
@pytest.mark.parametrize("hours", [0, 1, 60])
def test_what_else_explains_an_alarm_is_asked_also_where_nobody_knows_what_it_was_before(limit, hours):
    known = (of_alarm(hour("07:00"), OK, 5.1, limit), of_alarm(hour("09:00"), ALARM, 5.2, 5.0))
    story = rang(Story(), hour("09:00"), ALARM, context(*known))
    if hours:
        rang(story, hour(f"{9 + hours}:00"), ALARM, context(*known))
    assert (story.incident.cause, story.incident.suspect) == UNSURE
    assert any("not known" in each for each in story.incident.evidence)
    assert bool(story.incident.explanations) is (limit > 5.0)
