from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.capture.window import (
    CaptureWindow,
    RecordTimes,
    WindowInvalid,
    hour_of,
    hour_prefixes,
    may_hold,
    parse_time,
)

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
ONE_HOUR = CaptureWindow(start=NOON, end=NOON + timedelta(hours=1))


@pytest.mark.parametrize("prefix", ["capture", "/capture/", "capture//"])
def test_the_hours_reach_from_the_start_to_one_hour_after_the_end(prefix: str):
    assert hour_prefixes(prefix, "churn", "AllTraffic/", ONE_HOUR)[1:] == (
        "capture/churn/AllTraffic/2026/05/06/12/",
        "capture/churn/AllTraffic/2026/05/06/13/",
    )


def test_the_last_object_of_the_hour_before_is_looked_for():
    # An object of 11:59 holds records of the first seconds of 12:00.
    assert hour_prefixes("", "churn", "AllTraffic", ONE_HOUR)[0] == "churn/AllTraffic/2026/05/06/11/"
    assert may_hold("churn/AllTraffic/2026/05/06/11/59-30-000-a.jsonl", ONE_HOUR)
    assert not may_hold("churn/AllTraffic/2026/05/06/11/20-30-000-a.jsonl", ONE_HOUR)


@pytest.mark.parametrize(
    ("key", "may"),
    [
        ("x/2026/05/06/12/00-00-000-a.jsonl", True),
        ("x/2026/05/06/13/09-00-000-a.jsonl", True),
        ("x/2026/05/06/13/10-00-000-a.jsonl", False),
        ("x/2026/05/06/13//part.jsonl", True),
        ("x/2026/05/06/14/00-00-000-a.jsonl", False),
        ("x/2026/05/06/11//part.jsonl", False),
        ("x/2026/05/06/12//part.jsonl", True),
        ("laptop.jsonl", True),
        ("x/2026/99/06/12/00-00-000-a.jsonl", True),
    ],
)
def test_an_object_is_judged_by_its_hour_and_minute(key: str, may: bool):
    assert may_hold(key, ONE_HOUR) is may


def test_a_window_that_begins_within_an_hour_needs_this_hour():
    start = NOON + timedelta(minutes=20)
    found = hour_prefixes("", "churn", "v", CaptureWindow(start=start, end=start + timedelta(minutes=5)))
    assert found == ("churn/v/2026/05/06/12/", "churn/v/2026/05/06/13/")


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(1, 100 * 3600), st.integers(0, 599))  # noqa: DTZ001
def test_the_object_of_each_moment_of_a_window_is_in_a_listed_hour(begin: datetime, seconds: int, after: int):
    start = begin.replace(tzinfo=UTC, microsecond=0)
    window = CaptureWindow(start=start, end=start + timedelta(seconds=seconds))
    moment = start + timedelta(seconds=min(after, seconds - 1))
    key = f"p/e/v/{moment:%Y/%m/%d/%H/%M-%S}-000-a.jsonl"
    assert may_hold(key, window)
    assert key.rpartition("/")[0] + "/" in hour_prefixes("p", "e", "v", window)
    assert hour_of(key) == moment.replace(minute=0, second=0)


def test_a_window_that_ends_before_it_begins_is_an_error():
    with pytest.raises(WindowInvalid, match="Set a later end"):
        CaptureWindow(start=NOON, end=NOON)


def test_a_window_without_a_time_zone_is_an_error():
    with pytest.raises(WindowInvalid, match="no time zone"):
        CaptureWindow(start=NOON.replace(tzinfo=None), end=NOON)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("2026-05-06T12:00:00Z", True),
        ("2026-05-06T12:59:59.999999Z", True),
        ("2026-05-06T13:00:00Z", False),
        ("2026-05-06T14:30:00+02:00", True),
        ("2026-05-06T12:30:00", True),
        ("2026-05-06 12:30:00Z ", True),
        ("noon", None),
    ],
)
def test_each_form_of_a_time_is_placed(text: str, inside: bool | None):
    times = RecordTimes(ONE_HOUR)
    assert times.place(text, None) is inside
    assert times.all_inside([text, text]) is (inside is True)


def test_many_different_times_do_not_fill_the_memory():
    times = RecordTimes(ONE_HOUR)
    texts = [f"2026-05-06T12:00:00.{number:06}Z" for number in range(250_000)]
    assert all(times.place(text, None) for text in texts)
    assert len(times._inside) <= 100_001
    assert times.all_inside(texts[-100:])
    assert parse_time(texts[-1]) == NOON + timedelta(microseconds=249_999)
