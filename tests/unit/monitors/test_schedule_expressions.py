"""Schedules run when EventBridge and SageMaker would run them, in UTC."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.monitors import lint
from kedge.monitors.schedule_expressions import ANCHOR, RateExpression, parse_schedule, pauses

MINUTE = timedelta(minutes=1)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def runs(expression: str, after: str, until: str) -> list[str]:
    found = parse_schedule(expression).newest(moment(after), moment(until))
    return [f"{each:%Y-%m-%d %H:%M}" for each in reversed(list(found))]


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        # SageMaker's own forms
        ("cron(0 * ? * * *)", ["2026-11-01 01:00", "2026-11-01 02:00"]),
        ("cron(0 9 ? * * *)", ["2026-11-01 09:00", "2026-11-02 09:00"]),
        ("cron(0 17/6 ? * * *)", ["2026-11-01 17:00", "2026-11-01 23:00", "2026-11-02 17:00"]),
        # EventBridge's forms
        ("cron(0 * * * ? *)", ["2026-11-01 01:00", "2026-11-01 02:00"]),
        ("cron(15 10 ? * 6L 2026-2027)", ["2026-11-27 10:15", "2026-12-25 10:15"]),
        ("cron(15 10 ? * FRIL *)", ["2026-11-27 10:15", "2026-12-25 10:15"]),
        ("cron(0/15 8-9 ? * MON-FRI *)", ["2026-11-02 08:00", "2026-11-02 08:15", "2026-11-02 08:30"]),
        ("cron(0 0 L * ? *)", ["2026-11-30 00:00", "2026-12-31 00:00", "2027-01-31 00:00", "2027-02-28 00:00"]),
        ("cron(0 0 LW * ? *)", ["2026-11-30 00:00", "2026-12-31 00:00", "2027-01-29 00:00", "2027-02-26 00:00"]),
        ("cron(0 0 1W * ? *)", ["2026-11-02 00:00", "2026-12-01 00:00", "2027-01-01 00:00", "2027-02-01 00:00"]),
        ("cron(0 0 15W * ? *)", ["2026-11-16 00:00", "2026-12-15 00:00", "2027-01-15 00:00"]),
        ("cron(0 0 ? * TUE#2 *)", ["2026-11-10 00:00", "2026-12-08 00:00"]),
        ("cron(0 0 ? * 1#5 *)", ["2026-11-29 00:00", "2027-01-31 00:00"]),
        ("cron(0 0 ? * L *)", ["2026-11-07 00:00", "2026-11-14 00:00"]),
        ("cron(30,45 6 1,15 JAN-MAR ? *)", ["2027-01-01 06:30", "2027-01-01 06:45", "2027-01-15 06:30"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("CRON(0 0 1 1 ? 2030)", ["2030-01-01 00:00"]),
        # rates and durations count from a Monday
        ("rate(1 hour)", ["2026-11-01 01:00", "2026-11-01 02:00"]),
        ("rate(6 hours)", ["2026-11-01 06:00", "2026-11-01 12:00"]),
        ("rate(1 day)", ["2026-11-02 00:00", "2026-11-03 00:00"]),
        ("7d", ["2026-11-02 00:00", "2026-11-09 00:00"]),
        ("1h30m", ["2026-11-01 01:30", "2026-11-01 03:00"]),
    ],
)
def test_a_schedule_runs_at_its_moments(expression, first):
    schedule, found, at = parse_schedule(expression), [], moment("2026-11-01")
    while len(found) < len(first):
        at = schedule.following(at)
        found.append(f"{at:%Y-%m-%d %H:%M}")
    assert found == first


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("hourly", "'hourly' is not a schedule: write one such as cron(0 * ? * * *), rate(1 hour) or 15m"),
        ("0 * * * *", "is a cron expression without brackets: write cron(0 * ? * * *), with six fields"),
        ("cron(0 * * * ?)", "has 6 fields, and this one has 5: write cron(0 * ? * * *); the sixth is the year, such as *"),
        ("cron(0 * * * * *)", "one of the two days is `?`, and the other is not: write ? in the third or in the fifth field"),
        ("cron(0 * ? * ? *)", "one of the two days is `?`"),
        ("cron(60 * ? * * *)", "'60' is not a value of the field minutes: write numbers from 0 to 59, or *"),
        ("cron(0 24 ? * * *)", "'24' is not a value of the field hours"),
        ("cron(0 0 ? * MUN *)", "'MUN' is not a value of the field day of the week: write numbers from 1 to 7, or SUN to SAT, or *"),
        ("cron(0 0 0 * ? *)", "'0' is not a value of the field day of the month"),
        ("cron(0 0 1 FOO ? *)", "or JAN to DEC, or *"),
        ("cron(0 0 ? * FRI-MON *)", "'FRI-MON' ends before it begins"),
        ("cron(0/0 * ? * * *)", "'0/0' steps by 0"),
        ("cron(0 0 32W * ? *)", "'32' is not a value of the field day of the month"),
        ("cron(*-5 0 ? * * *)", "'*-5' is not a value of the field minutes"),
        ("rate(1 second)", "is not a rate: write a number and minutes, hours or days"),
        ("rate(0 minutes)", "a schedule has whole minutes"),
        ("rate(999999 days)", "longer than ten years"),
        ("30s", "a schedule has whole minutes: write 1m or more"),
        ("NOW", "NOW runs once"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_schedule_is_refused_with_the_reason(text, fault):
    with pytest.raises(ValueError, match=r"\w") as refused:
        parse_schedule(text)
    assert fault in str(refused.value)


def test_a_day_that_never_comes_has_no_run():
    assert parse_schedule("cron(0 0 30 2 ? *)").following(ANCHOR) is None
    assert parse_schedule("cron(0 0 1 1 ? 2020)").following(moment("2026-01-01")) is None


def test_a_change_of_the_clock_in_some_country_changes_nothing():
    assert len(runs("cron(0 * ? * * *)", "2026-03-29", "2026-03-30")) == 24
    assert len(runs("rate(1 hour)", "2026-10-25", "2026-10-26")) == 24


@pytest.mark.parametrize(
    ("expression", "shortest", "longest"),
    [
        ("rate(1 hour)", timedelta(hours=1), timedelta(hours=1)),
        ("cron(0 9 ? * MON-FRI *)", timedelta(days=1), timedelta(days=3)),
        ("cron(0/5 9-17 ? * MON-FRI *)", timedelta(minutes=5), timedelta(days=2, hours=15, minutes=5)),
    ],
)
def test_the_pauses_of_a_schedule_are_those_between_its_runs(expression, shortest, longest):
    assert pauses(parse_schedule(expression)) == (shortest, longest)


def test_one_run_has_no_pause():
    assert pauses(parse_schedule("cron(0 0 1 1 ? 2030)")) is None


_FIELD = st.sampled_from(["*", "0", "5", "0/7", "3-9", "1,4,8", "2-20/3"])
_DAYS = st.sampled_from(
    ["? * *", "? * MON-FRI", "? * 2#1", "? * 7L", "* * ?", "L * ?", "LW * ?", "1,15 * ?", "31W * ?", "29 FEB ?"]
)
EXPRESSIONS = st.one_of(
    st.builds("cron({} {} {} *)".format, _FIELD, _FIELD, _DAYS),
    st.integers(1, 5_000).map("{}m".format),
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
SPANS = st.timedeltas(timedelta(), timedelta(days=40))


@given(EXPRESSIONS, MOMENTS, SPANS)
def test_the_runs_of_a_span_are_counted_and_come_one_after_another(expression, after, span):
    schedule = parse_schedule(expression)
    found = list(schedule.newest(after, after + span))
    assert found == sorted(set(found), reverse=True)
    assert all(after < each <= after + span and not each.second and not each.microsecond for each in found)
    assert schedule.count(after, after + span) == len(found)
    at, forwards = after, []
    for _ in found[:50]:
        at = schedule.following(at)
        forwards.append(at)
    assert forwards == found[::-1][:50]
    following = schedule.following(found[0] if found else after)
    assert following is None or following > after + span


@given(EXPRESSIONS, MOMENTS, SPANS, SPANS)
def test_two_spans_have_together_the_runs_of_the_whole(expression, after, first, second):
    schedule, middle, until = parse_schedule(expression), after + first, after + first + second
    apart = [*schedule.newest(middle, until), *schedule.newest(after, middle)]
    assert apart == list(schedule.newest(after, until))


def test_a_rate_of_less_than_a_minute_cannot_be_built():
    with pytest.raises(ValueError, match="whole minutes"):
        RateExpression(timedelta(seconds=90))


def test_the_pauses_are_those_between_consecutive_runs_of_any_expression():
    for text in (
        "cron(0/15 8-17 ? * MON-FRI *)", "cron(7,50 3,22 L * ? *)", "cron(0 0 29 2 ? *)", "cron(30 12 ? * 2#1 2026-2028)",
        "cron(0 6 15W * ? *)", "cron(* * * * ? *)", "cron(0 0,12 1 1 ? 2030)",
    ):  # fmt: skip
        schedule = parse_schedule(text)
        moments = [schedule.following(ANCHOR)]
        while (
            (later := schedule.following(moments[-1])) is not None
            and len(moments) < 12_000
            and later - moments[0] < timedelta(days=730)
        ):
            moments.append(later)
        found = [later - earlier for earlier, later in pairwise(moments)]
        assert pauses(schedule) == ((min(found), max(found)) if found else None), text


def test_many_monitors_of_each_minute_are_linted_in_seconds():
    monitor = "  - {{name: m{}, target: {{endpoint: e}}, baseline: s3://a-bucket/c, reports: s3://a-bucket/k, schedule: 'cron({} * * * ? *)'}}\n"
    text = "apiVersion: kedge/v1\nkind: Monitors\nmonitors:\n" + "".join(
        monitor.format(number, f"{number % 60}-59") for number in range(300)
    )
    before = time.process_time()
    assert lint.read(text, "m").document is not None
    assert time.process_time() - before < 5
