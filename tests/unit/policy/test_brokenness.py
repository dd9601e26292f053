"""When the data of a target was broken, and which windows have a part of that."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.around import Here
from kedge.domain.decision import State
from kedge.domain.incident import Broken, Cause, IncidentState
from kedge.domain.provenance import Door, Provenance, Voucher
from kedge.domain.remedy import Mode, Refusal, RemedyName
from kedge.domain.run import Monitor, Window
from kedge.policy.brokenness import KEPT, broken_by, broken_of, doubt_about_data, held_by_broken_data, remembering
from kedge.policy.remedial import RemedyRule
from kedge.policy.remedies import Proposal
from tests.remedial import NOW, at, incident

CONFIRMED = Provenance(door=Door.EVENTS, voucher=Voucher.SAGEMAKER)
SAID = Provenance(door=Door.EVENTS, says="a file")
RETRAIN = RemedyRule(remedy=RemedyName.RETRAIN, mode=Mode.AUTO)


def proposal(remedy=RemedyName.RETRAIN):
    written = replace(RETRAIN, remedy=remedy)
    return Proposal(remedy=remedy, mode=Mode.AUTO, rule="remedies[0]", written=written)


def drifting(**changes):
    """An incident about the window from 9:00 to 10:00."""
    return incident(Cause.CONCEPT_DRIFT, provenance=CONFIRMED, **changes)


def held(*broken, about=None, remedy=RemedyName.RETRAIN, now=NOW):
    return held_by_broken_data(proposal(remedy), State(), about or drifting(), Here(broken=broken), now)


def test_the_time_of_an_incident_goes_from_its_first_broken_window_to_the_first_whole_one():
    over = incident(
        Cause.SCHEMA_BREAK,
        state=IncidentState.RESOLVED,
        resolved=at("13:00"),
        broken_since=at("8:00"),
        whole_since=at("12:00"),
    )
    found = broken_by(over)
    assert found is not None
    assert (found.since, found.until, found.incident) == (at("8:00"), at("12:00"), over.id)


def test_an_incident_that_a_person_resolved_is_over_when_the_person_said_so():
    over = incident(Cause.SCHEMA_BREAK, state=IncidentState.RESOLVED, resolved=at("13:00"), broken_since=at("8:00"))
    found = broken_by(over)
    assert found is not None
    assert found.until == at("13:00")


def test_an_incident_of_an_older_release_is_known_by_its_cause():
    found = broken_by(incident(Cause.SCHEMA_BREAK))
    assert found is not None
    assert (found.since, found.until) == (at("9:00"), None)
    assert broken_by(incident(Cause.INPUT_DRIFT)) is None


@pytest.mark.parametrize(
    ("since", "until", "overlaps"),
    [
        ("7:00", "9:00", False),
        ("7:00", "9:01", True),
        ("9:20", "9:40", True),
        ("9:59", "12:00", True),
        ("10:00", "12:00", False),
        ("8:00", None, True),
    ],
)
def test_a_window_that_has_a_part_of_broken_data_asks_for_nothing(since, until, overlaps):
    broken = Broken(since=at(since), until=at(until) if until else None, incident="i-1")
    found = held(broken)
    assert (found is not None) is overlaps
    if found is not None:
        assert (found.why, found.look) == (Refusal.HOLD, None)
        assert "i-1" in found.says


def test_what_calls_the_teams_own_automation_is_not_held():
    broken = Broken(since=at("9:00"), until=at("10:00"))
    assert held(broken, remedy=RemedyName.INVOKE) is None
    assert held(broken, remedy=RemedyName.ROLL_BACK) is not None


def test_what_is_only_said_to_be_broken_holds_only_what_is_only_said():
    broken = Broken(since=at("9:00"), until=at("10:00"), said=True)
    assert held(broken) is None
    assert held(broken, about=incident(Cause.CONCEPT_DRIFT, provenance=SAID)) is not None
    here = Here(broken=(broken,))
    assert "no authority confirms" in (doubt_about_data(State(), drifting(), here) or "")
    assert doubt_about_data(State(), drifting(), Here(broken=(replace(broken, said=False),))) is None


def test_an_alarm_is_held_for_an_hour_after_the_data_was_whole_and_no_longer():
    alarm = drifting(monitor=Monitor.ALARM, changed=at("10:30"))
    alarm = replace(alarm, problem=replace(alarm.problem, window=None))
    broken = Broken(since=at("9:00"), until=at("10:00"), incident="i-1")
    found = held(broken, about=alarm, now=at("10:30"))
    assert found is not None
    assert found.look == at("11:00")
    assert held(broken, about=alarm, now=at("11:00")) is None


def test_a_time_is_remembered_when_another_incident_takes_the_place_of_its_own():
    over = incident(Cause.SCHEMA_BREAK, state=IncidentState.RESOLVED, resolved=at("12:00"), broken_since=at("8:00"))
    state = remembering(State(incident=over), over)
    newer = replace(state, incident=incident(Cause.INPUT_DRIFT, id="another"))
    assert [(each.since, each.until) for each in broken_of(newer)] == [(at("8:00"), at("12:00"))]
    assert remembering(State(), incident(Cause.INPUT_DRIFT)) == State()
    assert remembering(State(), None) == State()


def test_only_so_many_times_are_remembered_and_none_for_ever():
    state = State()
    for number in range(KEPT + 5):
        hours = timedelta(hours=number)
        over = incident(
            Cause.SCHEMA_BREAK,
            id=f"i-{number}",
            state=IncidentState.RESOLVED,
            resolved=at("12:00") + hours,
            broken_since=at("11:30") + hours,
        )
        state = remembering(state, over)
    assert [each.incident for each in state.broken] == [f"i-{number}" for number in range(5, KEPT + 5)]
    later = incident(
        Cause.SCHEMA_BREAK,
        id="later",
        state=IncidentState.RESOLVED,
        resolved=at("12:00") + timedelta(days=100),
        broken_since=at("11:00") + timedelta(days=100),
    )
    assert [each.incident for each in remembering(state, later).broken] == ["later"]


def test_the_window_of_the_newest_bad_run_counts_and_not_that_of_the_incident():
    later = drifting()
    later = replace(later, problem=replace(later.problem, window=Window(at("12:00"), at("13:00"))))
    assert held(Broken(since=at("9:00"), until=at("10:00")), about=later) is None
