"""The model of docs/scale.md: its page is of today, and what it says follows from what is counted."""

import pytest

from tests.benchmarks.bench_scale import KINDS, LARGEST, compared
from tests.benchmarks.counted import FUNCTIONS, Usage
from tests.benchmarks.scale import (
    ITEM_UNITS,
    MOST,
    SIZES,
    One,
    counted,
    fleet,
    fleet_units,
    hour,
    limits,
    month,
    most_timers,
    rechecks,
    settings,
    timers,
)
from tests.benchmarks.scale_page import PAGE, page
from tests.unit.docs.pages import table

NOTHING = dict.fromkeys(FUNCTIONS, 0.0)
ONE = counted()


def usage(one, **changed):
    """A count that agrees with the page, but for what is changed."""
    calls = {"sagemaker:DescribeProcessingJob": one.calls - 1}
    same = Usage(
        calls=calls, invocations=NOTHING, seconds=NOTHING, written=one.units, stored=0, logged=0, largest=LARGEST / 2
    )
    return same._replace(**changed)


def test_the_committed_page_is_what_the_model_says_today():
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.benchmarks.bench_scale"


def test_the_model_is_made_of_the_figures_of_the_cost_page_and_of_the_template():
    assert ONE["merge job"].units == 0
    assert ONE["violated run, told"].calls > ONE["clean run"].calls > 1
    assert settings().intakes > settings().dispatches > 0


def test_what_is_counted_as_the_page_says_is_ok():
    assert all(row.ok for row in compared(ONE, {kind: usage(ONE[kind]) for kind in KINDS}))


@pytest.mark.parametrize(
    "changed",
    [
        {"calls": {"dynamodb:GetItem": 30.0}},
        {"calls": {}},
        {"written": 1_000.0},
        {"largest": LARGEST + 1.0},
    ],
    ids=str,
)
def test_a_model_that_is_not_true_any_more_is_broken(changed):
    now = {kind: usage(ONE[kind], **changed) for kind in KINDS}
    assert not all(row.ok for row in compared(ONE, now))


def test_ten_times_the_endpoints_are_ten_times_the_signals_and_as_much_work():
    small, large = hour(100, ONE), hour(1_000, ONE)
    assert (large.signals, large.busy) == (10 * small.signals, pytest.approx(10 * small.busy))
    assert small.age == large.age == 0
    assert timers(1_000) == pytest.approx(10 * timers(100))


def test_work_that_is_more_than_intake_can_do_waits_in_the_queue():
    slow = {kind: One(each.calls * 10, each.sagemaker, each.units) for kind, each in ONE.items()}
    assert hour(10_000, slow).age > 0
    assert hour(10_000, slow).units < hour(10_000, ONE).units


def test_a_fleet_that_drifts_in_the_same_features_writes_its_item_no_more_often_the_larger_it_is():
    assert fleet(SIZES[0], alike=True) == fleet(SIZES[-1], alike=True)


@pytest.mark.parametrize("alike", [True, False])
def test_the_item_of_the_largest_fleet_bears_the_rate_of_all_intakes(alike):
    assert fleet_units(SIZES[-1], ONE, alike=alike) < ITEM_UNITS


def test_each_target_of_an_upstream_incident_is_looked_at_every_few_minutes_as_long_as_there_is_time():
    assert rechecks(100) == 5
    assert rechecks(100_000) == pytest.approx(100_000 / most_timers())


def test_a_month_costs_what_the_cost_page_says():
    assert month(100) == pytest.approx(float(table(PAGE.parent / "cost.md", "item", "amount")[-1][4].strip("$*")))


def test_the_limits_are_told_in_the_order_in_which_they_are_reached():
    found = [each.endpoints for each in limits(ONE)]
    assert found == sorted(found)
    assert found[0] < MOST
