"""Times in every form of AWS's events."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.ids import stamp
from kedge.sources.timestamps import LONGEST_TIME, impossible, moment, written

AT = datetime(2024, 1, 3, 22, 25, 46, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        pytest.param(1704320746000, AT, id="processing job: integer milliseconds"),
        pytest.param(1704320746000.0, AT, id="endpoint: float milliseconds"),
        pytest.param("1704320746000", AT, id="training job: text of milliseconds"),
        pytest.param("1704320746000.0", AT, id="text of float milliseconds"),
        pytest.param(1704320746, AT, id="seconds"),
        pytest.param("1704320746.5", AT + timedelta(seconds=0.5), id="text of seconds with a fraction"),
        pytest.param("2024-01-03T22:25:46Z", AT, id="pipeline: Z"),
        pytest.param("2024-01-03T22:25:46.149+0000", AT + timedelta(milliseconds=149), id="alarm: +0000"),
        pytest.param(
            "2024-01-03T22:25:46.893854735Z", AT + timedelta(microseconds=893854), id="model card: nanoseconds"
        ),
        pytest.param("2024-01-03T23:25:46+01:00", AT, id="another zone"),
        pytest.param("2024-01-03T22:25:46", AT, id="no zone is UTC"),
        pytest.param(" 2024-01-03T22: 25: 46Z ", AT, id="the docs' spaces behind colons"),
        pytest.param(datetime(2024, 1, 3, 22, 25, 46, tzinfo=timezone(timedelta(0))), AT, id="already a time"),
    ],
)
def test_a_time_is_understood_in_every_form(told: Any, meant: datetime):
    assert moment(told) == meant


@pytest.mark.parametrize(
    "told",
    [None, "", "soon", True, [], {}, 0, -5, float("nan"), float("inf"), 10**400, "9" * 40, "2024-13-01T00:00:00Z"],
)
def test_what_is_no_time_is_none(told: Any):
    assert moment(told) is None


@pytest.mark.parametrize(
    ("told", "year"),
    [
        pytest.param("0001-01-01T00:00:00Z", 1, id="the first hour of the calendar"),
        pytest.param("1999-12-31T23:59:59Z", 1999, id="text before 2000"),
        pytest.param("2101-01-01T00:00:00Z", 2101, id="text after 2100"),
        pytest.param("9999-12-31T23:59:59Z", 9999, id="the last second of the calendar"),
        pytest.param(946684799, 1999, id="seconds before 2000"),
        pytest.param(4133980800000, 2101, id="milliseconds after 2100"),
        pytest.param(datetime(1999, 12, 31, 23, tzinfo=UTC), 1999, id="already a time"),
        pytest.param("2000-01-01T00:30:00+01:00", 1999, id="a year that UTC does not share"),
    ],
)
def test_a_time_outside_2000_to_2100_is_no_time_of_an_event(told: Any, year: int):
    assert moment(told) is None
    found = written(told)
    assert found is not None
    assert found.year == year


@pytest.mark.parametrize("told", ["2000-01-01T00:00:00Z", "2100-12-31T23:59:59Z"])
def test_the_first_and_the_last_second_of_2000_to_2100_are_times(told: str):
    assert stamp(moment(told)) == told.replace("Z", ".000Z")


def test_a_text_of_more_than_40_characters_is_no_time():
    longest = "2024-01-03T22: 25: 46.893854735 +00: 00"
    assert moment(longest) == AT + timedelta(microseconds=893854)
    assert moment(f"{longest:<{LONGEST_TIME}}") is not None
    assert moment(longest.replace(": ", f":{' ' * 3}")) is None


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (AT, None),
        (AT - timedelta(days=3650), None),
        (AT + timedelta(minutes=5), None),
        (AT + timedelta(minutes=6), ", 6 minutes after the event"),
        (AT + timedelta(hours=1), ", 1 hour after the event"),
        (AT + timedelta(days=2), ", 2 days after the event"),
        (AT.replace(year=2099), ", 75 years after the event"),
        (AT.replace(year=2101), ", outside the years 2000 to 2100"),
        (AT.replace(year=1), ", outside the years 2000 to 2100"),
    ],
)
def test_what_cannot_be_over_yet_is_told_with_how_far_it_lies_ahead(at: datetime, why: str | None):
    assert impossible(at, received=AT) == why


@given(st.one_of(st.text(), st.integers(), st.floats(), st.datetimes(), st.none()))
def test_nothing_makes_it_fail(told: Any):
    found = moment(told)
    assert found is None or (found.utcoffset() == timedelta(0) and 2000 <= found.year <= 2100)


def test_a_stamp_is_as_fine_as_the_finest_source():
    assert stamp(AT + timedelta(microseconds=149999)) == "2024-01-03T22:25:46.149Z"
