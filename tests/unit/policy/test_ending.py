"""The end of a target ends what was open about it, with the reason, and nobody is reminded any more."""

from datetime import timedelta

import pytest

from kedge.domain.decision import Reason
from kedge.domain.incident import IncidentState
from kedge.domain.provenance import Provenance
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import EndpointChanged, ScheduleChanged, TimerFired
from kedge.domain.target import Target, TargetKind
from kedge.policy.ending import end_of_schedule, ended, endings, is_end_of_endpoint
from tests.story import BY_EVENT, BY_NOBODY, CHURN, Story, alarm, drift, hour, run

VIOLATED, CLEAN = Verdict.VIOLATED, Verdict.CLEAN
BAD = run("10:00", VIOLATED, drift("age"))


def gone(at: str, source: str = "", provenance: Provenance = BY_EVENT) -> TimerFired:
    return ended(CHURN, Monitor.DATA_QUALITY, "endpoint churn-prod was deleted", hour(at), provenance, source)


def told(story: Story, at: str, source: str = "") -> Story:
    return story.tell(gone(at, source), clock=lambda: hour(at))


def deleted(provenance: Provenance = BY_EVENT, status: str = "Deleted") -> EndpointChanged:
    return EndpointChanged(id="e", at=hour("12:00"), target=CHURN, status=status, provenance=provenance)


def test_the_end_of_an_endpoint_resolves_its_incident_with_the_reason_and_ends_the_reminders():
    story = told(Story().tell(BAD, clock=lambda: hour("10:15")), "12:00")
    assert story.reasons[-1] is Reason.RESOLVED
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED]
    assert story.decisions[-1].because == story.incident.ended == "endpoint churn-prod was deleted"
    assert story.incident.reminders == {}
    assert story.state.due is None
    assert story.wake("36:00").effects == ()


def test_the_same_end_is_told_once():
    story = told(told(Story().tell(BAD, clock=lambda: hour("10:15")), "12:00"), "12:00")
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED]


def test_what_was_heard_after_that_end_is_of_another_endpoint_and_stays():
    story = Story().tell(BAD, run("14:00", VIOLATED, drift("age")), clock=lambda: hour("14:15"))
    told(story, "12:00")
    assert story.incident.is_open
    assert story.told == [Reason.FIRST_SEEN]


def test_a_monitor_of_what_is_gone_is_not_overdue():
    story = Story()
    for at in range(8, 20):
        story.tell(run(f"{at}:00", CLEAN), clock=lambda at=at: hour(f"{at}:15"))  # type: ignore[misc]
    assert story.state.due is not None
    told(story, "20:00")
    assert story.state.due is None
    assert story.wake("30:00").reason is Reason.NOTHING_DUE


def test_what_is_open_again_after_the_end_has_no_reason_of_that_end():
    story = told(Story().tell(BAD, clock=lambda: hour("10:15")), "12:00")
    story.tell(run("13:00", VIOLATED, drift("age")), clock=lambda: hour("13:15"))
    assert story.incident.state is IncidentState.FIRING
    assert story.incident.ended == ""


def test_the_end_of_one_schedule_ends_what_only_it_showed():
    story = Story().tell(BAD, clock=lambda: hour("10:15"))
    assert told(story, "12:00", "churn-dq").reasons[-1] is Reason.RESOLVED
    both = Story().tell(BAD, run("10:00", VIOLATED, drift("age"), source="other"), clock=lambda: hour("10:15"))
    told(both, "12:00", "churn-dq")
    assert both.reasons[-1] is Reason.OTHERS_FIRING
    assert list(both.state.sources) == ["other"]
    assert both.tell(run("12:00", CLEAN, source="other"), clock=lambda: hour("12:15")).reasons[-1] is Reason.RESOLVED


def test_the_end_of_an_endpoint_ends_all_cases_of_which_something_is_known():
    cases = tuple((monitor, Story().tell(BAD).state) for monitor in (Monitor.DATA_QUALITY, Monitor.ALARM))
    found = list(endings(deleted(), (*cases, (Monitor.MODEL_BIAS, Story().state))))
    assert [each.monitor for each in found] == [Monitor.DATA_QUALITY, Monitor.ALARM]


@pytest.mark.parametrize(
    ("signal", "ends"),
    [
        (deleted(), True),
        (deleted(BY_NOBODY), False),
        (deleted(status="Deleting"), False),
        (deleted(status="InService"), False),
        (alarm("10:00", Verdict.ALARM), False),
    ],
)
def test_only_a_deletion_that_an_authority_confirms_ends_anything(signal: object, ends: bool):
    assert is_end_of_endpoint(signal) is ends


@pytest.mark.parametrize(
    ("status", "provenance", "ends"),
    [("Deleted", BY_EVENT, True), ("Deleted", BY_NOBODY, False), ("Stopped", BY_EVENT, False)],
)
def test_a_schedule_that_was_deleted_ends_its_case(status: str, provenance: Provenance, ends: bool):
    batch = Target(account="1", region="r", kind=TargetKind.SCHEDULE, name="nightly")
    signal = ScheduleChanged(
        id="s", at=hour("12:00"), target=batch, monitor=Monitor.DATA_QUALITY, source="nightly", status=status,
        provenance=provenance,
    )  # fmt: skip
    assert (end_of_schedule(signal) is not None) is ends
    story = Story().tell(run("10:00", Verdict.STOPPED, source="nightly"), clock=lambda: hour("10:15"))
    story.tell(signal, clock=lambda: hour("12:00") + timedelta(minutes=1))
    assert story.incident.is_open is not ends
