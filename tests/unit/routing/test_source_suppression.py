"""CloudWatch suppresses an alarm's actions: Kedge keeps the same quiet, for all that it holds for and no longer."""

from datetime import datetime, timedelta
from itertools import permutations

import msgspec
import pytest

from kedge.decide.incident_parts import shown_by_all
from kedge.domain.context import Context
from kedge.domain.decision import Reason
from kedge.domain.incident import IncidentState, SuppressedUpdate, SuppressionReason
from kedge.domain.provenance import Provenance
from kedge.domain.remedy import HoldReason
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged
from kedge.explain.explain import explain
from kedge.routing.suppression import asked_of, with_answers
from tests.support.stories import BY_CLOUDWATCH, BY_NOBODY, Story, alarm, hour, policy_of

ALARM, OK = Verdict.ALARM, Verdict.OK


def suppressed(signal: AlarmChanged, until: datetime | None = None, by: str = "Alarm") -> AlarmChanged:
    """The same change, of an alarm whose actions are suppressed."""
    return msgspec.structs.replace(
        signal, suppressed_by=by, suppressed_why="Actions suppressed by deploying", suppressed_until=until
    )


def suppressions(story: Story) -> list[tuple[SuppressionReason, str]]:
    return [(each.quiet, each.by) for each in story.decisions[-1].suppressed]


def test_an_alarm_whose_actions_are_suppressed_wakes_nobody_and_is_on_record():
    story = Story().tell(suppressed(alarm("10:00", ALARM)), clock=lambda: hour("10:01"))
    assert story.reasons == [Reason.FIRST_SEEN]
    assert story.told == []
    assert suppressions(story) == [(SuppressionReason.SUPPRESSED, "Actions suppressed by deploying")]
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
    freed = story.wake("10:11", Context(unsuppressed=("churn-latency",)))
    assert [effect.why for effect in freed.effects] == [Reason.FIRST_SEEN]
    assert story.incident.problem.hushed is None
    assert asked_of(story.state) == ()


def test_it_holds_for_as_long_as_cloudwatch_says_so():
    story = Story().tell(suppressed(alarm("10:00", ALARM)), clock=lambda: hour("10:01"))
    still = Context(suppressed=("churn-latency",))
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
    assert other.wake("10:02", Context(suppressed=("churn-latency",))).effects == ()
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
    assert story.decisions[-1].workflow_requests == ()
    assert all(getattr(each, "why", None) is not None for each in story.decisions[-1].remedies)
    assert HoldReason.HOLD in {getattr(each, "why", None) for each in story.decisions[-1].remedies} or (
        story.decisions[-1].remedies == ()
    )


def test_an_explanation_says_what_ends_it():
    found = explain(policy_of(), Story().state, suppressed(alarm("10:00", ALARM)), hour("10:01"), Context())
    (heard,) = [each for each in found.receivers if each.told == "no"]
    assert (heard.step, heard.because) == ("suppress", "suppressed by Actions suppressed by deploying")
    assert "CloudWatch must no longer suppress the alarm's actions" in heard.change


def test_no_mute_rule_is_believed_for_longer_than_a_month():
    story = Story().tell(suppressed(alarm("10:00", ALARM), until=hour("10:00") + timedelta(days=900)))
    hushed = story.incident.problem.hushed
    assert hushed is not None
    assert hushed.until == hour("10:00") + timedelta(days=30)


@pytest.mark.parametrize("ends", list(permutations(["14:00", "15:00", "16:00"])), ids=" ".join)
def test_several_mute_rules_keep_quiet_until_the_first_of_them_ends(ends: tuple[str, ...]):
    story = Story()
    for number, end in enumerate(ends):
        signal = suppressed(alarm("10:00", ALARM, f"alarm-{number}"), until=hour(end), by="rule")
        story.tell(signal, clock=lambda: hour("10:01"))
    assert story.told == []
    assert story.wake("13:59").effects == ()
    assert story.state.due == hour("14:00")
    assert len(story.wake("14:00").effects) == 1


@pytest.mark.parametrize("said", [True, False])
@pytest.mark.parametrize("freed", ["one", "two"])
def test_of_two_suppressed_alarms_whichever_is_freed_is_told(freed: str, *, said: bool):
    story = Story().tell(suppressed(alarm("10:00", ALARM, "one")), clock=lambda: hour("10:01"))
    story.tell(suppressed(alarm("10:01", ALARM, "two")), clock=lambda: hour("10:02"))
    still = tuple({"one", "two"} - {freed}) if said else ()
    woken = story.wake("10:10", Context(unsuppressed=(freed,), suppressed=still))
    assert len(woken.effects) == 1
    whole = shown_by_all(story.incident, said=True)
    assert {each.source: each.hushed is not None for each in whole} == {"one": freed != "one", "two": freed != "two"}


@pytest.mark.parametrize("provenance", [BY_CLOUDWATCH, BY_NOBODY])
def test_cloudwatch_is_asked_about_each_suppressed_alarm_whoever_tells_of_it(provenance: Provenance):
    story = Story().tell(suppressed(alarm("10:00", ALARM, "one")), clock=lambda: hour("10:01"))
    other = suppressed(alarm("10:01", ALARM, "two", provenance=provenance))
    story.tell(other, alarm("10:02", ALARM, "loud", provenance=BY_NOBODY), clock=lambda: hour("10:03"))
    waits = SuppressedUpdate(why=Reason.FIRST_SEEN, quiet=SuppressionReason.SUPPRESSED, by="x", until=hour("11:00"))
    incident = msgspec.structs.replace(story.incident, waiting={"ml-oncall": waits})
    assert set(asked_of(msgspec.structs.replace(story.state, incident=incident))) == {"one", "two"}


@pytest.mark.parametrize(
    "quiets",
    [
        *permutations([SuppressionReason.SUPPRESSED, SuppressionReason.MUTED]),
        (SuppressionReason.MUTED, SuppressionReason.SILENCED),
    ],
)
@pytest.mark.parametrize("state", list(IncidentState))
def test_cloudwatch_is_asked_if_one_of_those_who_wait_waits_for_it_and_nothing_is_over(
    quiets: tuple[SuppressionReason, ...], state: IncidentState
):
    story = Story().tell(suppressed(alarm("10:00", ALARM)), clock=lambda: hour("10:01"))
    waits = {
        str(quiet): SuppressedUpdate(why=Reason.FIRST_SEEN, quiet=quiet, by="x", until=hour("11:00"))
        for quiet in quiets
    }
    incident = msgspec.structs.replace(story.incident, waiting=waits, state=state)
    asked = asked_of(msgspec.structs.replace(story.state, incident=incident))
    is_wanted = SuppressionReason.SUPPRESSED in quiets and state is not IncidentState.RESOLVED
    assert asked == (("churn-latency",) if is_wanted else ())


@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize("said", [None, "suppressed", "unsuppressed"])
def test_what_cloudwatch_says_prolongs_no_end_that_is_stated(said: str | None, *, stated: bool):
    by = "rule" if stated else "WaitPeriod"
    story = Story().tell(suppressed(alarm("10:00", ALARM), until=hour("10:02"), by=by), clock=lambda: hour("10:01"))
    context = Context() if said is None else Context(**{said: ("churn-latency",)})
    found = with_answers(story.state, context, hour("10:02"))
    hushed = found.incident.problem.hushed if found.incident is not None else None
    if said == "unsuppressed":
        assert hushed is None
    else:
        longer = said == "suppressed" and not stated
        assert hushed is not None
        assert hushed.until == (hour("34:02") if longer else hour("10:02"))


def test_an_alarm_that_is_suppressed_is_quiet_when_the_loud_one_beside_it_is_well():
    policy = policy_of(route={"receiver": "ml-oncall", "repeat_interval": "1h"})
    story = Story(policy).tell(suppressed(alarm("10:00", ALARM, "quiet")), clock=lambda: hour("10:00"))
    story.tell(alarm("10:10", ALARM, "loud"), clock=lambda: hour("10:10"))
    assert story.told == [Reason.FIRST_SEEN]
    story.tell(alarm("10:20", OK, "loud"), clock=lambda: hour("10:20"))
    assert story.wake("11:10").effects == ()
    assert [each.quiet for each in story.decisions[-1].suppressed] == [SuppressionReason.SUPPRESSED]
