"""Passes of watch: calls for each schedule, memory against the number of executions, and the cost of a month."""

import gc
import tracemalloc
from datetime import timedelta

from tests.benchmarks.bill import ENDPOINTS, total
from tests.benchmarks.ratios import Row
from tests.benchmarks.watch_bill import SCHEDULES, whole_of
from tests.benchmarks.watched_fleet import WatchedFleet, usage_of_passes
from tests.support.ledgers import NOW

MANY = 1_000
MOST_CALLS = 1.2
MOST_MEMORY = 1.25
MOST_DOLLARS = 1.0
_AT = NOW.replace(minute=33)


def run() -> list[Row]:
    """Return the rows of passes over a fleet with nothing new."""
    first, second = calls()
    ratio = memory()
    dollars = total(whole_of(usage_of_passes(SCHEDULES)), free_tier=False)
    return [
        Row(
            f"watch: calls for each of {MANY:,} schedules, nothing new",
            f"{first:.3f} in the first pass of a process, {second:.3f} in the next",
            f"<= {MOST_CALLS}",
            max(first, second) <= MOST_CALLS,
        ),
        Row(
            "watch: peak memory, 10,000 executions against 1,000",
            f"{ratio:.2f} times",
            f"<= {MOST_MEMORY}",
            ratio <= MOST_MEMORY,
        ),
        Row(
            f"cost of watch, {ENDPOINTS} endpoints with 4 hourly monitors, a month",
            f"${dollars:.2f} where nothing is free",
            f"< ${MOST_DOLLARS:.2f}",
            dollars < MOST_DOLLARS,
        ),
    ]


def calls() -> tuple[float, float]:
    """Return the calls to AWS for each schedule in the first pass of a process, and in the next one."""
    watched = WatchedFleet(MANY)
    counted = []
    for at in (_AT, _AT + timedelta(minutes=10)):
        before = watched.fleet.calls.total()
        assert watched.look(at).sent == 0
        counted.append((watched.fleet.calls.total() - before) / MANY)
    return counted[0], counted[1]


def memory() -> float:
    """Return the peak of a pass over 10,000 new executions, as a multiple of that over 1,000 of as many schedules."""
    return peak(hours=100) / peak(hours=10)


def peak(hours: int) -> int:
    """Return the peak bytes of a pass over 100 schedules after some hours of pause. Every event was lost."""
    watched = WatchedFleet(100, hours)
    watched.look(_AT - timedelta(hours=hours))
    watched.fleet.received = lambda _: {}  # type: ignore[method-assign]
    watched.queue.send = lambda _: set()  # type: ignore[method-assign]  the queue of a test keeps its messages
    gc.collect()
    tracemalloc.start()
    try:
        listed = watched.look(_AT).listed
        assert listed >= hours * 100, listed
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
