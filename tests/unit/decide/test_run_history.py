"""How the last runs of a source are remembered: to the minute, and never as later than they were."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kedge.decide.run_history import KEPT, apart, minutes_in, runs_of
from kedge.domain.decision import SourceState

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def remembered(*moments: datetime) -> SourceState:
    last = None
    for number, at in enumerate(moments, start=1):
        last = SourceState(id=str(number), at=at, finished=at, history="v" * number, apart=apart(last, at))
    return last


@given(st.timedeltas())
def test_the_minutes_of_a_span_are_those_of_a_division(span):
    assert minutes_in(span) == span // timedelta(minutes=1)


def test_what_was_before_an_act_is_not_remembered_as_after_it():
    went_off, acted, was_well = (NOON + timedelta(seconds=seconds) for seconds in (10, 40, 305))
    first, second = runs_of(remembered(went_off, was_well))
    assert first.at <= went_off < acted
    assert second.at == was_well


def test_however_many_runs_there_are_none_is_remembered_as_later_than_it_was_nor_as_a_minute_earlier():
    moments = [NOON + timedelta(seconds=119 * number) for number in range(32)]
    for at, ran in zip(moments, runs_of(remembered(*moments)), strict=True):
        assert timedelta(0) <= at - ran.at < timedelta(minutes=1)


@pytest.mark.parametrize("minutes", [0, 1, 35, 36, 37, 1_295, 1_296, 100_000])
def test_runs_are_remembered_however_far_apart_they_are(minutes):
    first, second = runs_of(remembered(NOON, NOON + timedelta(minutes=minutes)))
    assert second.at - first.at == timedelta(minutes=minutes)


@pytest.mark.parametrize("minutes", [1, 60, 100_000])
def test_a_run_that_is_older_than_the_last_is_remembered_as_no_older(minutes):
    """No distance is below zero, and one that is not known says nothing of the runs before."""
    last = remembered(NOON, NOON + timedelta(hours=1))
    assert apart(last, last.at - timedelta(minutes=minutes)) == f"{last.apart},0"


@pytest.mark.parametrize("count", [1, 31, 32, 33, 100])
def test_one_distance_fewer_is_remembered_than_runs(count):
    last = remembered(*(NOON + timedelta(minutes=number) for number in range(count)))
    assert len([each for each in last.apart.split(",") if each]) == min(count, KEPT) - 1
    assert len(runs_of(replace(last, history=last.history[-KEPT:]))) == min(count, KEPT)


@pytest.mark.parametrize("known", range(4))
def test_of_runs_whose_distances_are_not_known_the_newest_are_remembered(known):
    last = replace(remembered(NOON, NOON, NOON, NOON), history="gvfu", apart=",".join(["1"] * known))
    assert "".join(each.letter for each in runs_of(last)) == "gvfu"[-1 - known :]


@pytest.mark.parametrize("minutes", [0, 1, 60])
def test_a_window_is_as_long_as_the_newest_one_and_a_moment_has_none(minutes):
    last = replace(remembered(NOON, NOON + timedelta(hours=1)), span=minutes)
    assert {each.at - each.start for each in runs_of(last)} == {timedelta(minutes=minutes)}
