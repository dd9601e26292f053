"""When a case wants to be looked at again: by what, by whose evidence, and whether it was asked for before."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.decide.next_evaluation import SAID, calm_at, due_of, faded_at, overdue_at
from kedge.domain.action import RemedyStatus
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.incident import IncidentState
from kedge.domain.provenance import Provenance, Voucher
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.stage import Stage
from tests.support.remedies import NOW, at, incident
from tests.support.stages import OVER
from tests.support.stories import policy_of

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
POLICY = policy_of()
CONFIRMED, BY_WORD = Provenance(voucher=Voucher.SAGEMAKER), Provenance(says="a file")


def hourly(ended: str, regular: int = 9) -> SourceState:
    """A monitor that ran every hour; three missed runs and half an hour later it is overdue."""
    return SourceState(id="r", at=at(ended) - HOUR, finished=at(ended), every=3_600, regular=regular)


@pytest.mark.parametrize(("regular", "is_waited_for"), [(0, False), (4, False), (5, True), (6, True)])
def test_a_monitor_is_waited_for_once_it_ran_five_times_after_the_same_time(regular, is_waited_for):
    expected = at("15:30") if is_waited_for else None
    assert overdue_at(POLICY, hourly("12:00", regular)) == expected


@pytest.mark.parametrize("sources", [(), ("9:00",), ("12:00",), ("9:00", "12:00")])
@pytest.mark.parametrize("unconfirmed", [(), ("8:00",), ("10:00",)])
def test_the_first_that_is_overdue_is_looked_at_whoever_tells_of_it(sources, unconfirmed):
    known, said = ({each: hourly(each) for each in times} for times in (sources, unconfirmed))
    state = CaseState(sources=known, unconfirmed=said)
    expected = min((at(each) + 3.5 * HOUR for each in (*sources, *unconfirmed)), default=None)
    assert due_of(POLICY, state, at("1:00")) == expected


@pytest.mark.parametrize(
    ("asked", "stays"),
    [
        (None, False),
        (at("11:59"), False),
        (at("12:00"), False),  # it is now
        (at("12:00") + SECOND, True),
        (at("15:29"), True),
        (at("15:31"), False),  # too late
    ],
)
def test_a_moment_that_was_asked_for_stays_while_it_is_ahead_and_early_enough(asked, stays):
    state = CaseState(sources={"dq": hourly("12:00")}, due=asked)
    assert due_of(POLICY, state, at("12:00")) == (asked if stays else at("15:30"))


@pytest.mark.parametrize(("who", "last"), [(CONFIRMED, "11:00"), (BY_WORD, "13:00"), (None, "11:00")])
def test_what_comes_and_goes_is_calm_three_hours_after_its_last_turn_as_it_is_known(who, last):
    state = CaseState(
        incident=incident(flapping=True, provenance=who),
        turns=(at("9:00"), at("10:00"), at("11:00")),
        turns_unconfirmed=(at("9:00"), at("13:00")),
    )
    assert calm_at(POLICY, state) == at(last) + 3 * HOUR
    assert calm_at(POLICY, replace(state, incident=incident(provenance=who))) is None


def minute(text: str) -> int:
    return int(at(text).timestamp() // 60)


@pytest.mark.parametrize(
    ("sightings", "newest"),
    [
        ({"age": {"a": "9:00", "b": "9:30"}}, "9:30"),
        ({"age": {"a": "9:30", "b": "9:00"}}, "9:30"),
        ({"age": {"a": "9:00"}, "plan": {"b": "9:30"}}, "9:30"),
        ({"age": {f"{SAID}a": "9:00", f"{SAID}b": "9:30"}}, "9:30"),
        # What is only said keeps what is confirmed no longer in mind, nor the other way round.
        ({"age": {"a": "9:00", f"{SAID}b": "9:30"}}, "9:00"),
        ({"age": {"a": "9:30", f"{SAID}b": "9:00"}}, "9:00"),
        ({}, None),
    ],
)
def test_a_fleet_is_looked_at_when_the_newest_of_one_kind_is_too_long_ago(sightings, newest):
    known = {name: {member: minute(text) for member, text in seen.items()} for name, seen in sightings.items()}
    assert faded_at(POLICY, CaseState(sightings=known)) == (None if newest is None else at(newest) + 2 * HOUR)


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("is_open", [True, False])
def test_a_remedy_is_looked_at_while_its_incident_is_open_or_it_is_under_way(stage, is_open):
    acting = RemedyStatus(
        remedy=RemedyName.ROLL_BACK, mode=Mode.APPROVAL, stage=stage, at=NOW, says="", digest="d", until=at("18:00")
    )
    about = incident(remedy=acting, state=IncidentState.FIRING if is_open else IncidentState.RESOLVED)
    wanted = due_of(POLICY, CaseState(incident=about), NOW)
    assert wanted == (at("18:00") if is_open or stage not in OVER else None)
