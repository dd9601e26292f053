"""What else than a deployment is suspected of what a run or an alarm shows, from its first moment until days later."""

from datetime import datetime, timedelta

import msgspec
import pytest

from kedge.domain.around import Around, Here
from kedge.domain.deployment import Arrival, Deployment, Deployments
from kedge.domain.incident import Cause
from kedge.domain.measured import Measured
from kedge.domain.run import Measure, Verdict
from tests.story import Story, alarm, hour

ALARM, OK = Verdict.ALARM, Verdict.OK
BEFORE, AFTER = "churn-40", "churn-41"
LONG_AGO = hour("00:00") - timedelta(days=20)
MINUTE = timedelta(minutes=1)


def around(*measured: Measured, came: str = "08:00", **more) -> Around:
    """A config that came at a time over one that had served for long, with the numbers that are kept."""
    before = Deployment(config=BEFORE, since=LONG_AGO, until=hour(came), arrival=Arrival.DEPLOYED)
    now = Deployment(config=AFTER, since=hour(came), arrival=Arrival.DEPLOYED)
    return Around(here=Here(deployments=Deployments(history=(before, now)), measured=measured, **more))


def rang(story: Story, at: datetime, verdict: Verdict, near: Around, value: float = 5.2, limit: float = 5.0) -> Story:
    told = alarm("00:00", verdict, namespace="AWS/SageMaker", metric="ModelLatency")
    told = msgspec.structs.replace(told, id=f"{at}/{verdict}", at=at, observed=value, limit=limit)
    return story.tell(told, clock=lambda: at, around=near)


def of_alarm(at: datetime, verdict: Verdict, value: float, limit: float) -> Measured:
    values = (Measure("ModelLatency", value, limit),)
    return Measured(source="churn-latency", at=at, start=at, verdict=verdict, values=values)


@pytest.mark.parametrize("seconds", [0, 1, 40, 59])
@pytest.mark.parametrize("hours", [0, 1, 15, 60])
def test_a_stricter_limit_explains_an_alarm_for_as_long_as_it_is_on(seconds, hours):
    went_off = hour("09:00") + timedelta(seconds=seconds)
    known = (of_alarm(hour("07:00"), OK, 5.1, 6.0), of_alarm(went_off, ALARM, 5.2, 5.0))
    story = rang(Story(), hour("07:00"), OK, around(), 5.1, 6.0)
    rang(story, went_off, ALARM, around(*known[:1]))
    assert (story.incident.cause, story.incident.suspect) == (Cause.INCONCLUSIVE, AFTER)
    if hours:
        rang(story, went_off + timedelta(hours=hours), ALARM, around(*known))
        assert (story.incident.cause, story.incident.suspect) == (Cause.INCONCLUSIVE, AFTER)
    assert any("the limit of ModelLatency was 6 before" in each for each in story.incident.evidence)


@pytest.mark.parametrize(("hours", "is_well"), [((7, 9), True), ((9, 11), False)])
@pytest.mark.parametrize("last", [9, 15, 60])
def test_what_an_alarm_was_before_it_went_off_is_known_for_as_long_as_it_is_on(hours, is_well, last):
    """An alarm that is told again was in alarm just before that, and went off only once."""
    story = Story()
    for at, verdict in zip(hours, (OK, ALARM) if is_well else (ALARM, ALARM), strict=True):
        rang(story, hour(f"{at}:00"), verdict, around())
    rang(story, hour(f"{hours[1] + last}:00"), ALARM, around())
    assert story.incident.suspect == AFTER
    assert story.incident.cause is (Cause.DEPLOYMENT_REGRESSION if is_well else Cause.INCONCLUSIVE)
    assert any("not known" in each for each in story.incident.evidence) is not is_well
