"""Times of the week and the year, on the days on which clocks change, too."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.policy.days import any_day, dates, days_of_month, months, weekdays, years
from kedge.policy.spec.document import NamedInterval, TimeInterval, TimeRange
from kedge.policy.time_intervals import FARTHEST, Interval, clock, compile_intervals, zone

BERLIN = ZoneInfo("Europe/Berlin")


def interval(*ranges: str, location: str = "Europe/Berlin", **parts: tuple[str, ...]) -> Interval:
    times = tuple(TimeRange(start_time=text[:5], end_time=text[6:]) for text in ranges)
    return compile_intervals(
        NamedInterval(name="some", time_intervals=(TimeInterval(times=times, location=location, **parts),))
    )


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def test_a_night_goes_on_past_midnight_and_its_end_is_not_in_it():
    night = interval("22:00-07:00")
    assert [night.holds(berlin(f"2026-11-20T{time}")) for time in ("21:59", "22:00", "06:59", "07:00")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert night.ends(berlin("2026-11-20T23:30")) == berlin("2026-11-21T07:00")
    assert night.starts(berlin("2026-11-20T12:00")) == berlin("2026-11-20T22:00")


def test_a_night_belongs_to_the_day_on_which_it_starts():
    working_nights = interval("22:00-07:00", weekdays=("monday:friday",))
    assert working_nights.holds(berlin("2026-11-21T06:00"))  # Saturday, and Friday's night
    assert not working_nights.holds(berlin("2026-11-23T06:00"))  # Monday, and Sunday's night


def test_weekend_and_nights_that_touch_are_one_time():
    quiet = compile_intervals(
        NamedInterval(
            name="quiet",
            time_intervals=(
                TimeInterval(times=(TimeRange(start_time="18:00", end_time="24:00"),), location="Europe/Berlin"),
                TimeInterval(weekdays=("saturday:sunday",), location="Europe/Berlin"),
                TimeInterval(times=(TimeRange(start_time="00:00", end_time="08:00"),), location="Europe/Berlin"),
            ),
        )
    )
    assert quiet.ends(berlin("2026-11-20T19:00")) == berlin("2026-11-23T08:00")


def test_what_holds_has_started_and_what_does_not_has_ended():
    night = interval("22:00-07:00")
    inside, outside = berlin("2026-11-20T23:00"), berlin("2026-11-20T12:00")
    assert (night.starts(inside), night.ends(outside)) == (inside, outside)


def test_whoever_asks_for_what_never_comes_is_told_eight_days():
    at = berlin("2026-11-20T12:00")
    assert interval(years=("1999",)).starts(at) == at.astimezone(UTC) + FARTHEST
    assert interval().ends(at) == at.astimezone(UTC) + FARTHEST


def test_a_range_in_the_hour_that_the_clock_skips_is_no_time_on_that_day():
    skipped = interval("02:15-02:45")
    assert skipped.starts(berlin("2026-03-29T00:00")) == berlin("2026-03-30T02:15")


def test_a_range_that_ends_in_the_skipped_hour_ends_when_the_clock_is_put_forward():
    assert interval("22:00-02:30").ends(berlin("2026-03-28T23:00")) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_range_that_starts_in_the_skipped_hour_starts_when_the_clock_is_put_forward():
    assert interval("02:30-06:00").starts(berlin("2026-03-29T01:00")) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_in_the_hour_that_comes_twice_a_range_lasts_from_its_first_start_to_its_second_end():
    twice = interval("02:15-02:45")
    first, second = datetime(2026, 10, 25, 0, 15, tzinfo=UTC), datetime(2026, 10, 25, 1, 45, tzinfo=UTC)
    assert twice.starts(berlin("2026-10-25T00:00")) == first
    assert twice.ends(first) == second
    assert twice.holds(berlin("2026-10-25T02:50")), "between its two comings nothing flickers"


def test_a_night_in_which_the_clock_is_put_back_is_an_hour_longer():
    night = interval("22:00-07:00")
    start = night.starts(berlin("2026-10-24T12:00"))
    assert night.ends(start) - start == timedelta(hours=10)


def test_a_day_ends_at_its_midnight_also_where_the_hour_after_it_comes_twice():
    # Havana puts its clock back from 01:00 to 00:00 on 1 November 2026.
    saturday = interval(weekdays=("saturday",), location="America/Havana")
    assert saturday.ends(datetime(2026, 10, 31, 12, tzinfo=UTC)) == datetime(2026, 11, 1, 4, tzinfo=UTC)


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    start=st.integers(0, 1439),
    length=st.integers(1, 1439),
    location=st.sampled_from(["UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_ends_and_starts_agree_with_holds_minute_by_minute(at, start, length, location):
    end = (start + length) % 1440
    span = interval(
        f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}", location=location, weekdays=("friday:sunday",)
    )
    minute = timedelta(minutes=1)
    change = span.ends(at) if span.holds(at) else span.starts(at)
    assert at < change <= at + FARTHEST
    if change < at + FARTHEST:
        assert span.holds(change) is not span.holds(at)
    assert span.holds(max(at, change - minute)) is span.holds(at)


@pytest.mark.parametrize(
    ("parts", "yes", "no"),
    [
        ({"weekdays": ("saturday:monday",)}, "2026-11-22", "2026-11-24"),
        ({"weekdays": ("Friday",)}, "2026-11-20", "2026-11-21"),
        ({"months": ("november:february",)}, "2027-01-15", "2027-03-01"),
        ({"months": ("12",)}, "2026-12-01", "2026-11-30"),
        ({"days_of_month": ("-1",)}, "2028-02-29", "2028-02-28"),
        ({"days_of_month": ("25:-1",)}, "2026-11-30", "2026-11-24"),
        ({"days_of_month": ("1:7",), "weekdays": ("monday",)}, "2026-12-07", "2026-12-14"),
        ({"years": ("2026:2027",)}, "2027-01-01", "2028-01-01"),
        ({"dates": ("2026-12-24:2027-01-06",)}, "2027-01-06", "2027-01-07"),
    ],
)
def test_days_can_be_named_in_every_way(parts, yes, no):
    named = interval(**parts)
    assert named.holds(berlin(f"{yes}T12:00"))
    assert not named.holds(berlin(f"{no}T12:00"))


@pytest.mark.parametrize(
    ("read", "text", "says"),
    [
        (weekdays, "fri", "did you mean friday"),
        (weekdays, "frieday", "did you mean friday"),
        (weekdays, "x", "such as monday"),
        (months, "13", "is no month"),
        (months, "sept", "did you mean september"),
        (days_of_month, "0", "1 to 31"),
        (days_of_month, "1:x", "1 to 31"),
        (days_of_month, "7:1", "ends before it starts"),
        (days_of_month, "-1:5", "ends before it starts"),
        (years, "26", "four digits"),
        (years, "2027:2026", "ends before it starts"),
        (dates, "2026-02-30", "such as 2026-12-24"),
        (dates, "20261224", "such as 2026-12-24"),
        (dates, "2026-12-24:2026-12-23", "ends before it starts"),
        (clock, "24:01", "from 00:00 to 24:00"),
        (clock, "7:00", "did you mean 07:00"),
        (zone, "Europe/Berln", "did you mean Europe/Berlin"),
        (zone, "../etc/passwd", "is not a time zone"),
        (zone, "Europe", "is not a time zone"),
        (zone, "", "is not a time zone"),
    ],
)
def test_what_is_no_time_is_refused_with_the_mend(read, text, says):
    with pytest.raises(ValueError, match=says):
        read(text)


def test_a_range_of_no_length_is_refused():
    with pytest.raises(ValueError, match="for the whole day"):
        interval("08:00-08:00")


@pytest.mark.parametrize(
    ("parts", "possible"),
    [
        ({}, True),
        ({"days_of_month": ("29",), "months": ("february",)}, True),
        ({"days_of_month": ("31",), "months": ("february", "april")}, False),
        ({"days_of_month": ("29",), "months": ("february",), "years": ("2026:2027",)}, False),
        ({"dates": ("2026-12-24",), "weekdays": ("monday",)}, False),
        ({"dates": ("2026-12-24",), "weekdays": ("thursday",)}, True),
        ({"dates": ("0001-01-01:9999-12-31",)}, True),
    ],
)
def test_days_that_never_come_are_known(parts, possible):
    assert any_day(interval(**parts).parts[0].days) is possible
