"""When a schedule of SageMaker should have run: the forms of its expression, and the time that a run may take to begin."""

from datetime import UTC, datetime, timedelta

import pytest

from kedge.domain.run import MissedRuns, Window
from kedge.monitors.expected_runs import BUFFER, expected_by, missed_runs, window_of

HOURLY, DAILY, EVERY_6 = "cron(0 * ? * * *)", "cron(0 5 ? * * *)", "cron(0 2/6 ? * * *)"
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """Return a time of 20 November 2026, such as 10:15, or of a later day, such as 22T10:15."""
    day, _, clock = text.rpartition("T")
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, int(day or 20), hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "since", "now", "count"),
    [
        (HOURLY, "10:00", "11:29", 0),
        (HOURLY, "10:00", "11:30", 1),
        (HOURLY, "10:05", "12:29", 1),
        (HOURLY, "10:00", "13:30", 3),
        (HOURLY, "10:00", "22T10:30", 48),
        (DAILY, "05:00", "21T05:29", 0),
        (DAILY, "05:00", "21T05:30", 1),
        (DAILY, "05:01", "23T05:30", 3),
        (EVERY_6, "02:00", "08:29", 0),
        (EVERY_6, "02:00", "20:30", 3),
        (EVERY_6, "21:00", "21T02:30", 1),
        ("cron(0 * ? * * 2020)", "10:00", "22T10:00", 0),
    ],
)
def test_runs_are_missed_half_an_hour_after_they_were_due(expression, since, now, count):
    expected = MissedRuns(count=count) if count else None
    assert missed_runs(expression, at(since), at(now), ran=True) == expected
    assert missed_runs(expression, at(since), at(now), ran=False) == expected


@pytest.mark.parametrize("expression", ["NOW", " now "])
def test_a_schedule_that_runs_once_misses_its_only_run(expression):
    assert missed_runs(expression, at("10:10"), at("10:39"), ran=False) is None
    assert missed_runs(expression, at("10:10"), at("10:40"), ran=False) == MissedRuns(count=1, is_last=True)
    assert missed_runs(expression, at("10:10"), at("22T10:40"), ran=True) is None


@pytest.mark.parametrize(
    "expression", ["", "hourly", "cron(0 * * * ? *", "cron(0 * * * * *)", "cron()", "rate(1 hour)", "cron(0 * ?)"]
)
def test_nothing_is_expected_of_an_expression_that_kedge_cannot_read(expression):
    assert missed_runs(expression, at("10:00"), at("22T10:00"), ran=True) is None
    assert expected_by(expression, at("10:00"), ran=False) is None


@pytest.mark.parametrize(
    ("expression", "since"), [(HOURLY, "10:00"), (HOURLY, "10:01"), (DAILY, "06:00"), (EVERY_6, "21:00")]
)
def test_the_next_run_is_expected_at_exactly_the_moment_at_which_it_counts_as_missed(expression, since):
    expected = expected_by(expression, at(since), ran=True)
    assert expected is not None
    assert missed_runs(expression, at(since), expected - MINUTE, ran=True) is None
    assert missed_runs(expression, at(since), expected, ran=True) == MissedRuns(count=1)


def test_a_run_that_happens_once_is_expected_until_it_ran():
    assert expected_by("NOW", at("10:00"), ran=False) == at("10:00") + BUFFER
    assert expected_by("NOW", at("10:00"), ran=True) is None


@pytest.mark.parametrize(
    ("expression", "scheduled", "start"),
    [
        (HOURLY, "10:00", "09:00"),
        (DAILY, "21T05:00", "05:00"),
        (EVERY_6, "21T02:00", "20:00"),
        ("NOW", "10:21", "09:21"),
        ("", "10:00", "09:00"),
    ],
)
def test_a_run_reads_the_data_since_the_run_before_it(expression, scheduled, start):
    assert window_of(expression, at(scheduled)) == Window(at(start), at(scheduled))


def test_a_pause_of_years_counts_no_more_than_a_year():
    missed = missed_runs(HOURLY, datetime(2020, 1, 1, tzinfo=UTC), at("10:30"), ran=True)
    assert missed is not None
    assert 366 * 24 - 1 <= missed.count <= 366 * 24
