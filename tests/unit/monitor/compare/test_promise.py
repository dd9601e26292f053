"""From the promise to levels: the table of the contract, less the tenth that is kept for overwhelming changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.compare.promise import allows_two_of_three, find_budget
from kedge_monitor.compare.settings import CompareSettings, FalsePagePromise


@pytest.mark.parametrize(
    ("runs", "checks", "at_once", "repeated"),
    [(168, 20, 1.14e-5, 2.39e-3), (168, 60, 3.8e-6, 1.38e-3), (7, 20, 2.7e-4, 1.17e-2)],
)
def test_the_levels_are_those_of_one_false_page_in_half_a_year(
    runs: float, checks: int, at_once: float, repeated: float
):
    budget = find_budget(CompareSettings(runs_per_week=runs))
    assert budget.find_at_once(checks) == pytest.approx(at_once, rel=0.02)
    assert budget.find_repeated(checks) == pytest.approx(repeated * 0.9**0.5, rel=0.01)


@given(st.floats(0.01, 100), st.floats(1, 520), st.floats(0.1, 10_000), st.integers(1, 3_000), st.floats(0, 3))
def test_all_ways_to_a_page_together_spend_no_more_than_the_promise(
    pages: float, weeks: float, runs: float, checks: int, rollups: float
):
    promise = FalsePagePromise(false_pages=pages, weeks=weeks)
    budget = find_budget(CompareSettings(promise=promise, runs_per_week=runs), rollups)
    repeated = 2 * budget.find_repeated(checks) ** 2 + budget.find_immediate(checks)
    joined = rollups * budget.find_at_once(checks)
    assert weeks * runs * checks * (repeated + joined) <= pages * (1 + 1e-9)


def test_a_monitor_that_runs_seldom_has_no_level_above_one_in_twenty():
    budget = find_budget(CompareSettings(runs_per_week=1 / 52))
    assert budget.find_repeated(1) == budget.find_at_once(1) == 0.05


def test_two_of_three_runs_need_a_baseline_of_twenty_windows():
    assert allows_two_of_three(2_500, 50_000)
    assert not allows_two_of_three(2_501, 50_000)


@pytest.mark.parametrize("wrong", [{"false_pages": 0.0}, {"weeks": -1.0}])
def test_a_promise_of_nothing_is_refused(wrong: dict[str, float]):
    with pytest.raises(ValueError, match="above 0"):
        FalsePagePromise(**wrong)


def test_without_a_history_each_check_pages_at_once_or_never():
    budget = find_budget(CompareSettings(keeps_history=False))
    assert budget.find_repeated(20) == budget.find_immediate(20) == budget.find_at_once(20)
