"""What is due when, against the plainest way to know it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workbench.replay.schedule import Schedule

START = datetime(2026, 11, 20, tzinfo=UTC)
THINGS = st.sampled_from("abcd")
# A thing and its new moment in minutes, None for never: one after the other.
CHANGES = st.lists(st.tuples(THINGS, st.none() | st.integers(0, 20)), max_size=40)


def at(minute):
    return START + timedelta(minutes=minute)


def scheduled(changes):
    moments = {}
    schedule = Schedule(moments.get)
    for thing, minute in changes:
        moments[thing] = None if minute is None else at(minute)
        if minute is not None:
            schedule.add(at(minute), thing)
    return schedule, {thing: moment for thing, moment in moments.items() if moment is not None}


@given(CHANGES)
def test_the_next_is_the_first_of_all_newest_moments(changes):
    schedule, moments = scheduled(changes)
    assert schedule.next() == min(moments.values(), default=None)


@given(CHANGES, st.integers(0, 20))
def test_everything_that_is_due_is_found_once_in_order_and_stays_due(changes, minute):
    schedule, moments = scheduled(changes)
    due = sorted(moment for moment in moments.values() if moment <= at(minute))
    for _ in range(2):
        found = schedule.until(at(minute))
        assert [moment for moment, _ in found] == due
        assert {thing: moment for moment, thing in found}.items() <= moments.items()


@given(CHANGES, st.integers(1, 3))
def test_no_more_is_found_than_asked_for_and_the_rest_later(changes, most):
    schedule, _moments = scheduled(changes)
    everything = schedule.until(at(20))
    assert schedule.until(at(20), most) == everything[:most]
    assert sorted(schedule.until(at(20))) == sorted(everything)
