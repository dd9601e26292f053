"""A clock that is turned goes on from there by itself, and is right again when it is told to be."""

import time
from datetime import UTC, datetime, timedelta

from workbench.local_sagemaker.story_clock import StoryClock

YESTERDAY = datetime(2026, 11, 20, 7, 20, tzinfo=UTC)


def test_a_clock_that_was_turned_back_goes_on_from_there():
    clock = StoryClock()
    clock.turn_to(YESTERDAY)
    first = clock()
    time.sleep(0.01)
    assert YESTERDAY <= first < clock() < YESTERDAY + timedelta(minutes=1)


def test_a_clock_is_right_at_first_and_whenever_it_is_told_to_be():
    clock = StoryClock()
    assert abs(clock() - datetime.now(UTC)) < timedelta(minutes=1)
    clock.turn_to(YESTERDAY)
    clock.turn_to_now()
    assert abs(clock() - datetime.now(UTC)) < timedelta(minutes=1)
