"""The end of a target ends what was open about it, with the reason, and nobody is reminded any more."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.decide.end_of_target import end_of_schedule, ended, endings, is_end_of_endpoint
from kedge.decide.incident_parts import whole_of
from kedge.domain.decision import CaseState, Reason
from kedge.domain.incident import IncidentState
from kedge.domain.provenance import Provenance
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import EndpointChanged, RunFinished, ScheduleChanged, TimerFired
from kedge.domain.target import Target, TargetKind
from kedge.policy.labels import labels_of
from tests.support.stories import BY_EVENT, BY_NOBODY, CHURN, Story, alarm, drift, hour, run

VIOLATED, CLEAN = Verdict.VIOLATED, Verdict.CLEAN
BAD = run("10:00", VIOLATED, drift("age"))

type Tells = Callable[[str, str], RunFinished]


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


HEARD = hour("10:12")  # when the run of 10:00 ended


@pytest.mark.parametrize("source", ["", "churn-dq"])
@pytest.mark.parametrize(("seconds", "ends"), [(-1, False), (0, True), (1, True)])
def test_what_was_heard_of_up_to_the_end_is_over_and_nothing_later(source: str, seconds: int, *, ends: bool):
    at = HEARD + timedelta(seconds=seconds)
    signal = ended(CHURN, Monitor.DATA_QUALITY, "gone", at, BY_EVENT, source)
    story = Story().tell(BAD, clock=lambda: hour("10:15")).tell(signal, clock=lambda: hour("12:00"))
    assert story.incident.is_open is not ends
    assert ("churn-dq" in story.state.sources) is not ends


@pytest.mark.parametrize(("at", "resolved"), [("12:00", "12:00"), ("12:30", "12:30"), ("14:00", "12:30")])
def test_an_end_of_which_a_clock_tells_that_runs_ahead_is_no_later_than_now(at: str, resolved: str):
    story = Story().tell(BAD, clock=lambda: hour("10:15")).tell(gone(at), clock=lambda: hour("12:30"))
    assert story.incident.resolved == hour(resolved)


def test_no_incident_is_over_before_it_began():
    late = run("10:00", VIOLATED, drift("age"), source="slow")
    well = run("15:00", CLEAN)
    story = Story().tell(run("14:00", VIOLATED, drift("age")), clock=lambda: hour("14:15"))
    story.tell(late, clock=lambda: hour("14:20")).tell(well, clock=lambda: hour("15:15"))
    assert story.reasons[-1] is Reason.OTHERS_FIRING
    story.tell(gone("12:00"), clock=lambda: hour("15:20"))
    assert story.reasons[-1] is Reason.RESOLVED
    assert story.incident.resolved == story.incident.since == hour("14:00")


def said(at: str, source: str) -> RunFinished:
    """A file, of which no authority tells."""
    return replace(run(at, VIOLATED, drift("age"), source=source, job=None, provenance=BY_NOBODY), id=f"{source}/{at}")


def shown(at: str, source: str) -> RunFinished:
    return run(at, VIOLATED, drift("age"), source=source)


@pytest.mark.parametrize("source", ["", "one"])
@pytest.mark.parametrize(
    ("first", "later", "reason"),
    [
        (shown, None, Reason.RESOLVED),
        (shown, shown, Reason.OTHERS_FIRING),
        (shown, said, Reason.RESOLVED),
        (said, None, Reason.RESOLVED),
        (said, said, Reason.OTHERS_FIRING),
    ],
)
def test_what_is_only_said_holds_open_what_is_only_said_and_nothing_that_is_confirmed(
    first: Tells, later: Tells | None, reason: Reason, source: str
):
    story = Story().tell(first("10:00", "one"), clock=lambda: hour("10:15"))
    if later is not None:
        story.tell(later("13:00", "two"), clock=lambda: hour("13:15"))
    story.tell(gone("12:00", source), clock=lambda: hour("13:20"))
    assert story.reasons[-1] is reason
    assert "one" not in {**story.state.sources, **story.state.unconfirmed}


@pytest.mark.parametrize("source", ["", "one"])
@pytest.mark.parametrize("order", [1, -1], ids=["first", "last"])
@pytest.mark.parametrize("tells", [shown, said])
def test_what_a_schedule_showed_that_is_gone_is_not_wrong_any_more(tells: Tells, order: int, source: str):
    signals = [tells("10:00", "one"), tells("13:00", "two")][::order]
    story = Story().tell(*signals, clock=lambda: hour("13:15")).tell(gone("12:00", source), clock=lambda: hour("13:20"))
    assert story.reasons[-1] is Reason.OTHERS_FIRING
    whole = whole_of(story.incident, labels_of(story.incident, ""), said=True)
    assert [labels["source"] for labels in whole] == [("two",)]


KNOWN = {
    "confirmed": Story().tell(shown("10:00", "one")).state,
    "said": Story().tell(said("10:00", "one")).state,
    "clean": Story().tell(run("10:00", CLEAN)).state,
    "only an incident": CaseState(incident=Story().tell(BAD).incident),
    "only said to be well": CaseState(unconfirmed=Story().tell(said("10:00", "one")).state.unconfirmed),
    "nothing": CaseState(),
}


@pytest.mark.parametrize("known", KNOWN)
def test_a_case_ends_with_its_endpoint_if_anything_is_known_of_it_by_whatever_witness(known: str):
    found = list(endings(deleted(), ((Monitor.MODEL_BIAS, KNOWN[known]),)))
    assert [each.monitor for each in found] == ([] if known == "nothing" else [Monitor.MODEL_BIAS])
