"""Times in every form of AWS's events."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.sources.moments import moment, stamp

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


@given(st.one_of(st.text(), st.integers(), st.floats(), st.datetimes(), st.none()))
def test_nothing_makes_it_fail(told: Any):
    found = moment(told)
    assert found is None or found.utcoffset() == timedelta(0)


def test_a_stamp_is_as_fine_as_the_finest_source():
    assert stamp(AT + timedelta(microseconds=149999)) == "2024-01-03T22:25:46.149Z"
