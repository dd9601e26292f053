"""Numbers and times, short enough for a glance and exact enough to decide by."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from kedge.formatting import format_age, format_count, format_duration, format_number, format_pair, format_time


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"), (0.4137862, "0.414"), (0.1, "0.1"), (1.0, "1"), (-0.2817, "-0.282"), (812.4, "812"),
        (12_345.6, "12,346"), (1e12, "1e+12"), (0.0000123, "1.23e-05"), (math.inf, "infinite"),
        (-math.inf, "-infinite"), (math.nan, "not a number"),
    ],
)  # fmt: skip
def test_a_number_is_short(value: float | None, shown: str) -> None:
    assert format_number(value) == shown


def test_an_observed_value_is_never_shown_equal_to_the_limit_that_it_broke() -> None:
    assert format_pair(0.10003, 0.1) == ("0.10003", "0.1")
    assert format_pair(0.1 + 2e-16, 0.1) == ("0.1000000000000002", "0.1")
    assert format_pair(0.5, 0.5) == ("0.5", "0.5")


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(seconds=-5), "less than a minute"), (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=7, seconds=40), "7 min"), (timedelta(hours=5), "5 h"),
        (timedelta(hours=2, minutes=3), "2 h 3 min"), (timedelta(days=1, minutes=3), "1 d"),
        (timedelta(days=12, hours=4, minutes=9), "12 d 4 h"),
    ],
)  # fmt: skip
def test_a_span_is_told_in_its_two_largest_units(span: timedelta, shown: str) -> None:
    assert format_duration(span) == shown


def test_a_moment_is_utc_and_its_age_is_that_at_the_time_of_writing() -> None:
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert format_time(at) == "2026-11-20 08:00 UTC"
    assert format_age(at, at + timedelta(hours=2)) == "2 h ago"
    assert format_age(at, at - timedelta(hours=2)) == "just now"


def test_one_is_not_many() -> None:
    assert (format_count(1, "run"), format_count(2, "run"), format_count(12_345, "record")) == (
        "1 run",
        "2 runs",
        "12,345 records",
    )
