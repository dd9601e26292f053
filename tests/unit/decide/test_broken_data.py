"""When the data of a target was broken, and which windows have a part of that."""

from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from kedge.decide.broken_data import (
    KEPT,
    broken_by,
    broken_of,
    doubt_about_data,
    held_by_broken_data,
    newest_window,
    remembering,
)
from kedge.domain.cause import Cause
from kedge.domain.context import EndpointContext
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.incident import BrokenPeriod, IncidentState
from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Monitor, Window
from kedge.policy.compiled import compile_remedy
from kedge.policy.spec.remediation import RemedyRuleSpec
from kedge.remediation.rules import Proposal
from tests.support.remedies import NOW, at, incident

CONFIRMED = Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.SAGEMAKER)
SAID = Provenance(entry_point=EntryPoint.EVENTS, says="a file")
RETRAIN = RemedyRuleSpec(remedy=RemedyName.RETRAIN, mode=Mode.AUTO)


def proposal(remedy=RemedyName.RETRAIN):
    written = replace(RETRAIN, remedy=remedy)
    return Proposal(remedy=remedy, mode=Mode.AUTO, rule=compile_remedy("remedies[0]", written))


def drifting(**changes):
    """An incident about the window from 9:00 to 10:00."""
    return incident(Cause.CONCEPT_DRIFT, provenance=CONFIRMED, **changes)


def held(*broken, about=None, remedy=RemedyName.RETRAIN, now=NOW):
    return held_by_broken_data(proposal(remedy), CaseState(), about or drifting(), EndpointContext(broken=broken), now)


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
    broken = BrokenPeriod(since=at(since), until=at(until) if until else None, incident="i-1")
    found = held(broken)
    assert (found is not None) is overlaps
    if found is not None:
        assert (found.why, found.look) == (HoldReason.HOLD, None)
        assert "i-1" in found.says


def test_what_calls_the_teams_own_automation_is_not_held():
    broken = BrokenPeriod(since=at("9:00"), until=at("10:00"))
    assert held(broken, remedy=RemedyName.INVOKE) is None
    assert held(broken, remedy=RemedyName.ROLL_BACK) is not None


def test_what_is_only_said_to_be_broken_holds_only_what_is_only_said():
    broken = BrokenPeriod(since=at("9:00"), until=at("10:00"), said=True)
    assert held(broken) is None
    assert held(broken, about=incident(Cause.CONCEPT_DRIFT, provenance=SAID)) is not None
    endpoint_context = EndpointContext(broken=(broken,))
    assert "no authority confirms" in (doubt_about_data(CaseState(), drifting(), endpoint_context) or "")
    assert doubt_about_data(CaseState(), drifting(), EndpointContext(broken=(replace(broken, said=False),))) is None


def test_an_alarm_is_held_for_an_hour_after_the_data_was_whole_and_no_longer():
    alarm = drifting(monitor=Monitor.ALARM, changed=at("10:30"))
    alarm = replace(alarm, problem=replace(alarm.problem, window=None))
    broken = BrokenPeriod(since=at("9:00"), until=at("10:00"), incident="i-1")
    found = held(broken, about=alarm, now=at("10:30"))
    assert found is not None
    assert found.look == at("11:00")
    assert held(broken, about=alarm, now=at("11:00")) is None


def test_a_time_is_remembered_when_another_incident_takes_the_place_of_its_own():
    over = incident(Cause.SCHEMA_BREAK, state=IncidentState.RESOLVED, resolved=at("12:00"), broken_since=at("8:00"))
    state = remembering(CaseState(incident=over), over)
    newer = replace(state, incident=incident(Cause.INPUT_DRIFT, id="another"))
    assert [(each.since, each.until) for each in broken_of(newer)] == [(at("8:00"), at("12:00"))]
    assert remembering(CaseState(), incident(Cause.INPUT_DRIFT)) == CaseState()
    assert remembering(CaseState(), None) == CaseState()


def test_only_so_many_times_are_remembered_and_none_for_ever():
    state = CaseState()
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
    assert held(BrokenPeriod(since=at("9:00"), until=at("10:00")), about=later) is None


@pytest.mark.parametrize(
    ("window", "since"),
    [
        (("9:00", "10:00"), "9:00"),
        (("10:30", "11:30"), "10:00"),  # the newest window, of an incident that goes on
        (None, "9:00"),
    ],
)
def test_the_data_of_an_older_releases_incident_was_broken_from_its_first_window_on(window, since):
    about = incident(Cause.SCHEMA_BREAK)
    looked = None if window is None else Window(*map(at, window))
    found = broken_by(replace(about, problem=replace(about.problem, window=looked)))
    assert found is not None
    assert found.since == at(since)


def ended(since, until, **changes):
    return incident(
        Cause.SCHEMA_BREAK, state=IncidentState.RESOLVED, resolved=until, broken_since=since, changed=NOW, **changes
    )


@pytest.mark.parametrize(("late", "is_kept"), [(-1, True), (0, True), (1, False)])
def test_a_time_is_remembered_for_ninety_days(late, is_kept):
    first, days = ended(at("8:00"), at("9:00"), id="first"), timedelta(days=90, seconds=late)
    state = remembering(remembering(CaseState(), first), ended(at("8:30") + days, at("9:00") + days, id="second"))
    assert [each.incident for each in state.broken] == (["first", "second"] if is_kept else ["second"])


@pytest.mark.parametrize("who", [CONFIRMED, SAID, None])
def test_what_was_only_said_is_remembered_as_only_said(who):
    over = ended(at("8:00"), at("9:00"), provenance=who)
    said = who is SAID
    assert [each.said for each in broken_of(CaseState(incident=over))] == [said]
    assert [each.said for each in remembering(CaseState(), over).broken] == [said]


@pytest.mark.parametrize("order", list(permutations(["9:10", "10:00", "9:40"])))
@pytest.mark.parametrize("own", range(4))
def test_of_several_times_in_one_window_that_which_ended_last_counts_whatever_monitor_found_it(order, own):
    """An alarm is held for an hour after that."""
    times = tuple(BrokenPeriod(since=at("9:00"), until=at(each), incident=f"until {each}") for each in order)
    alarm = drifting(monitor=Monitor.ALARM, changed=at("10:05"))
    alarm = replace(alarm, problem=replace(alarm.problem, window=None))
    state, context = CaseState(broken=times[:own]), EndpointContext(broken=times[own:])
    found = held_by_broken_data(proposal(), state, alarm, context, at("10:30"))
    assert found is not None
    assert "incident until 10:00" in found.says
    assert found.look == at("11:00")
    goes_on = EndpointContext(broken=(*times[own:], BrokenPeriod(since=at("8:00"), until=None, incident="goes on")))
    found = held_by_broken_data(proposal(), state, alarm, goes_on, at("12:30"))
    assert found is not None
    assert (found.look, "incident goes on" in found.says) == (None, True)


@pytest.mark.parametrize("is_confirmed", [True, False])
@pytest.mark.parametrize(("confirmed_at", "said_at"), [("9:30", "12:00"), ("12:00", "9:30")])
def test_an_alarm_looked_at_the_hour_before_it_rang_as_it_is_known(is_confirmed, confirmed_at, said_at):
    """When its incident changed last says nothing of that, unless nothing else does."""
    shown, said = (SourceState(id="a", at=at(each), finished=at(each), bad=True) for each in (confirmed_at, said_at))
    state = CaseState(sources={"churn-mq": shown}, unconfirmed={"churn-mq": said})
    about = drifting(monitor=Monitor.ALARM, changed=at("15:00"))
    about = replace(about, problem=replace(about.problem, window=None), provenance=CONFIRMED if is_confirmed else SAID)
    rang = at(confirmed_at if is_confirmed else said_at)
    assert newest_window(state, about) == Window(rang - timedelta(hours=1), rang)
    assert newest_window(CaseState(), about) == Window(at("14:00"), at("15:00"))
