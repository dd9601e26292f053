"""CloudWatch suppresses an alarm's actions: Kedge keeps the same quiet, for all that it holds for and no longer."""

from datetime import datetime, timedelta

import msgspec
import pytest

from kedge.domain.around import Around
from kedge.domain.decision import Reason
from kedge.domain.incident import Quiet
from kedge.domain.remedy import Refusal
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged
from kedge.policy.at_source import asked_of
from kedge.policy.explain import explain
from tests.story import BY_NOBODY, Story, alarm, hour, policy_of

ALARM, OK = Verdict.ALARM, Verdict.OK


def suppressed(signal: AlarmChanged, until: datetime | None = None, by: str = "Alarm") -> AlarmChanged:
    """The same change, of an alarm whose actions are suppressed."""
    return msgspec.structs.replace(
        signal, suppressed_by=by, suppressed_why="Actions suppressed by deploying", suppressed_until=until
    )


def quieted(story: Story) -> list[tuple[Quiet, str]]:
    return [(each.quiet, each.by) for each in story.decisions[-1].quieted]


def test_an_alarm_whose_actions_are_suppressed_wakes_nobody_and_is_on_record():
    story = Story().tell(suppressed(alarm("10:00", ALARM)), clock=lambda: hour("10:01"))
    assert story.reasons == [Reason.FIRST_SEEN]
    assert story.told == []
    assert quieted(story) == [(Quiet.SUPPRESSED, "Actions suppressed by deploying")]
    assert story.incident.is_open


def test_what_began_and_ended_while_suppressed_is_never_told():
    story = Story().tell(suppressed(alarm("10:00", ALARM)), clock=lambda: hour("10:01"))
    story.tell(suppressed(alarm("10:20", OK)), clock=lambda: hour("10:21"))
    assert story.told == []
    assert not story.incident.is_open


def test_whoever_heard_that_it_fires_hears_that_it_is_over():
    story = Story().tell(alarm("10:00", ALARM), clock=lambda: hour("10:01"))
    story.tell(suppressed(alarm("10:20", OK)), clock=lambda: hour("10:21"))
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED]


def test_a_mute_rule_holds_until_the_end_that_it_states():
    story = Story().tell(suppressed(alarm("10:00", ALARM), until=hour("14:00")), clock=lambda: hour("10:01"))
    assert story.state.due == hour("14:00")
    assert [effect.why for effect in story.wake("14:00").effects] == [Reason.FIRST_SEEN]


def test_a_mute_rule_that_is_over_keeps_nobody_quiet():
    assert Story().tell(suppressed(alarm("10:00", ALARM), until=hour("09:00")), clock=lambda: hour("10:01")).told


def test_without_a_stated_end_it_holds_while_cloudwatch_says_so():
    story = Story().tell(suppressed(alarm("10:00", ALARM)), clock=lambda: hour("10:01"))
    assert story.state.due == hour("10:06")
    assert asked_of(story.state) == ("churn-latency",)
    assert story.wake("10:06").reason is Reason.NOTHING_DUE
    assert story.state.due == hour("10:11")
    freed = story.wake("10:11", Around(unsuppressed=("churn-latency",)))
    assert [effect.why for effect in freed.effects] == [Reason.FIRST_SEEN]
    assert story.incident.problem.hushed is None
    assert asked_of(story.state) == ()


def test_it_holds_for_as_long_as_cloudwatch_says_so():
    story = Story().tell(suppressed(alarm("10:00", ALARM)), clock=lambda: hour("10:01"))
    still = Around(suppressed=("churn-latency",))
    assert story.wake("33:59", still).effects == ()
    assert story.wake("57:00").effects == ()
    assert [effect.why for effect in story.wake("58:00").effects] == [Reason.FIRST_SEEN]


@pytest.mark.parametrize("by", ["WaitPeriod", "ExtensionPeriod"])
def test_a_period_ends_by_itself_unless_cloudwatch_goes_on_suppressing(by: str):
    signal = suppressed(alarm("10:00", ALARM), until=hour("10:02"), by=by)
    story = Story().tell(signal, clock=lambda: hour("10:01"))
    assert story.state.due == hour("10:02")
    assert asked_of(story.state) == ("churn-latency",)
    assert [effect.why for effect in story.wake("10:02").effects] == [Reason.FIRST_SEEN]
    other = Story().tell(signal, clock=lambda: hour("10:01"))
    assert other.wake("10:02", Around(suppressed=("churn-latency",))).effects == ()
    assert other.wake("10:30").effects == ()


def test_if_cloudwatch_cannot_be_asked_it_holds_for_a_day():
    story = Story().tell(suppressed(alarm("10:00", ALARM)), clock=lambda: hour("10:01"))
    assert story.wake("33:59").effects == ()
    assert [effect.why for effect in story.wake("34:04").effects] == [Reason.FIRST_SEEN]


def test_the_same_alarm_that_is_suppressed_no_longer_is_told():
    story = Story().tell(suppressed(alarm("10:00", ALARM)), clock=lambda: hour("10:01"))
    story.tell(alarm("10:30", ALARM), clock=lambda: hour("10:31"))
    assert story.told == [Reason.FIRST_SEEN]


@pytest.mark.parametrize("first", [True, False])
def test_an_alarm_that_is_suppressed_hides_none_that_is_not(first: bool):
    quiet, loud = suppressed(alarm("10:00", ALARM, "svc")), alarm("10:00", ALARM, "errors")
    story = Story()
    for signal in (quiet, loud) if first else (loud, quiet):
        story.tell(signal, clock=lambda: hour("10:01"))
    assert Reason.FIRST_SEEN in story.told
    assert story.decisions[-1 if first else 0].effects


def test_two_suppressed_alarms_are_quiet_together():
    story = Story().tell(suppressed(alarm("10:00", ALARM, "svc")), clock=lambda: hour("10:01"))
    story.tell(suppressed(alarm("10:10", ALARM, "other")), clock=lambda: hour("10:11"))
    assert story.told == []


def test_a_message_of_nobody_that_claims_no_suppression_ends_none():
    story = Story().tell(suppressed(alarm("10:00", ALARM)), clock=lambda: hour("10:01"))
    story.tell(alarm("10:05", ALARM, provenance=BY_NOBODY), clock=lambda: hour("10:06"))
    assert story.incident.problem.hushed is not None
    assert story.wake("10:07").effects == ()


def test_a_message_of_nobody_that_claims_a_suppression_hides_nothing_that_is_confirmed():
    story = Story().tell(alarm("10:00", ALARM), clock=lambda: hour("10:01"))
    story.tell(suppressed(alarm("10:05", ALARM, "other", provenance=BY_NOBODY)), clock=lambda: hour("10:06"))
    assert [effect.why for effect in story.wake("34:06").effects] == [Reason.REMINDER]


def test_nothing_is_done_about_what_nobody_may_hear_of():
    policy = policy_of(
        remedies=[{"remedy": "invoke", "mode": "auto", "using": "arn:aws:lambda:us-east-1:111122223333:function:mend"}],
        limits={"dry_run": False},
    )
    story = Story(policy).tell(suppressed(alarm("10:00", ALARM)), clock=lambda: hour("10:01"))
    assert story.decisions[-1].errands == ()
    assert all(getattr(each, "why", None) is not None for each in story.decisions[-1].remedies)
    assert Refusal.HOLD in {getattr(each, "why", None) for each in story.decisions[-1].remedies} or (
        story.decisions[-1].remedies == ()
    )


def test_an_explanation_says_what_ends_it():
    found = explain(policy_of(), Story().state, suppressed(alarm("10:00", ALARM)), hour("10:01"), Around())
    (heard,) = [each for each in found.receivers if each.told == "no"]
    assert (heard.step, heard.because) == ("suppress", "suppressed by Actions suppressed by deploying")
    assert "CloudWatch must no longer suppress the alarm's actions" in heard.change


def test_no_mute_rule_is_believed_for_longer_than_a_month():
    story = Story().tell(suppressed(alarm("10:00", ALARM), until=hour("10:00") + timedelta(days=900)))
    hushed = story.incident.problem.hushed
    assert hushed is not None
    assert hushed.until == hour("10:00") + timedelta(days=30)
