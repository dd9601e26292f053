"""Each window is measured when its data are complete, none is missed, and none is measured twice."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.run import Window
from kedge.monitors.due_windows import due_windows, next_due
from kedge.monitors.schedule_expressions import parse_schedule
from kedge.monitors.spec import MonitoringType
from tests.unit.monitors.conftest import QUALITY, TRUTH, definition
from tests.unit.monitors.test_schedule_expressions import EXPRESSIONS, MOMENTS

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HOURLY = definition()


def hours(found) -> list[int]:
    return [each.window.end.hour for each in found.windows]


def test_a_window_ends_with_its_run_and_is_due_after_the_wait_for_late_data():
    (found,) = due_windows(HOURLY, NOON, NOON + 15 * MINUTE).windows
    assert found.window == Window(NOON - HOUR, NOON)
    assert found.due == NOON + 15 * MINUTE
    assert found.kind is MonitoringType.DATA_QUALITY


def test_a_window_whose_data_may_still_come_is_not_due():
    assert due_windows(HOURLY, NOON, NOON + 14 * MINUTE).windows == ()


def test_a_window_is_not_due_again():
    due = NOON + 15 * MINUTE
    assert due_windows(HOURLY, due, due + 59 * MINUTE).windows == ()


def test_after_a_week_of_rest_the_newest_windows_are_measured_and_the_others_are_said_to_be_skipped():
    now = NOON + 15 * MINUTE
    found = due_windows(HOURLY, now - timedelta(days=7), now)
    assert hours(found) == [*range(13, 24), *range(13)]
    (skipped,) = found.skipped
    assert (skipped.kind, skipped.count) == (MonitoringType.DATA_QUALITY, 7 * 24 - 24)
    assert skipped.oldest.end == NOON - timedelta(days=7) + HOUR
    assert skipped.newest.end == NOON - 24 * HOUR


def test_the_number_of_windows_to_catch_up_is_the_documents():
    now = NOON + 15 * MINUTE
    found = due_windows(definition("    catch_up: 2\n"), now - 5 * HOUR, now)
    assert (hours(found), found.skipped[0].count) == ([11, 12], 3)


def test_exactly_the_windows_that_can_be_caught_up_skip_none():
    now = NOON + 15 * MINUTE
    assert due_windows(HOURLY, now - 24 * HOUR, now).skipped == ()


def test_a_type_that_needs_labels_waits_for_them_and_the_others_do_not():
    both = definition("    types: [data_quality, model_quality]\n", TRUTH, QUALITY)
    now = NOON + timedelta(days=1)
    found = due_windows(both, now - MINUTE, now)
    assert [(each.kind, each.window.end) for each in found.windows] == [(MonitoringType.MODEL_QUALITY, NOON)]
    found = due_windows(both, now, now + 15 * MINUTE)
    assert [(each.kind, each.window.end) for each in found.windows] == [(MonitoringType.DATA_QUALITY, now)]


def test_the_next_due_moment_is_that_of_the_first_type():
    both = definition("    types: [data_quality, model_quality]\n", TRUTH, QUALITY)
    assert next_due(HOURLY, NOON) == NOON + 15 * MINUTE
    assert next_due(HOURLY, NOON + 15 * MINUTE) == NOON + HOUR + 15 * MINUTE
    assert next_due(both, NOON - MINUTE) == NOON


def test_a_schedule_that_has_ended_is_never_due():
    ended = msgspec.structs.replace(HOURLY, schedule=parse_schedule("cron(0 0 1 1 ? 2020)"))
    assert next_due(ended, NOON) is None
    assert due_windows(ended, NOON - timedelta(days=30), NOON).windows == ()


def test_moments_without_a_zone_are_refused():
    with pytest.raises(ValueError, match="time zone"):
        due_windows(HOURLY, NOON.replace(tzinfo=None), NOON)


def test_nothing_is_due_before_it_was_asked_for():
    assert due_windows(HOURLY, NOON + HOUR, NOON).windows == ()


@given(EXPRESSIONS, MOMENTS, st.lists(st.timedeltas(timedelta(), timedelta(days=9)), max_size=6), st.integers(0, 90))
def test_however_late_reconcile_looks_no_window_is_missing_and_none_comes_twice(expression, since, waits, offset):
    wait = timedelta(minutes=offset)
    made = msgspec.structs.replace(HOURLY, schedule=parse_schedule(expression), offset=wait, catch_up=168)
    looks = [since]
    for pause in waits:
        looks.append(looks[-1] + pause)
    seen, skipped = [], 0
    for earlier, later in pairwise(looks):
        found = due_windows(made, earlier, later)
        assert all(earlier < each.due <= later for each in found.windows)
        assert list(found.windows) == sorted(found.windows)
        seen += [each.window for each in found.windows]
        skipped += sum(each.count for each in found.skipped)
    expected = [Window(end - made.window, end) for end in made.schedule.newest(since - wait, looks[-1] - wait)]
    assert len(seen) == len(set(seen))
    assert set(seen) <= set(expected)
    assert len(seen) + skipped == len(expected)
    if not skipped:
        assert seen == expected[::-1]
