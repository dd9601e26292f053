"""Times with their units."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.policy.durations import LONGEST, parse_duration, spell_duration


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("0", timedelta()),
        ("0s", timedelta()),
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("30m1h", timedelta(hours=1, minutes=30)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("90m", timedelta(minutes=90)),
    ],
)
def test_a_time_is_the_sum_of_its_pieces(text, time):
    assert parse_duration(text) == time


@pytest.mark.parametrize(
    "text", ["", "5", "5 m", "m", "1.5h", "-5m", "5min", "5M", "1h 30m", "\u0665m", "5m\n", "∞", "1000000000s"]
)
def test_a_time_without_a_unit_or_with_another_is_refused_with_the_mend(text):
    with pytest.raises(ValueError, match="write a number and a unit, such as 30s"):
        parse_duration(text)


def test_a_unit_is_named_once():
    with pytest.raises(ValueError, match="names a unit twice"):
        parse_duration("1h2h")


@pytest.mark.parametrize("text", ["3661d", "999999999w", "999999999w999999999d"])
def test_a_time_of_more_than_ten_years_is_refused(text):
    with pytest.raises(ValueError, match="longer than ten years"):
        parse_duration(text)


@given(st.integers(0, int(LONGEST.total_seconds())))
def test_what_is_spelled_can_be_read_again(seconds):
    assert parse_duration(spell_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


def test_a_time_is_spelled_with_the_largest_units():
    assert spell_duration(timedelta(days=8, minutes=90)) == "1w1d1h30m"
    assert spell_duration(timedelta(milliseconds=10)) == "0s"
