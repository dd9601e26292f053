"""The tests that decide, against scipy and against their own simulation."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from kedge_monitor.compare.significance import (
    apply_holm,
    bound_ks_p,
    compute_chi_squared_p,
    compute_effective,
    compute_fisher,
    compute_fisher_greater,
    compute_kolmogorov_q,
    compute_ks_p,
    compute_least_fisher,
    compute_unseen_p,
    count_reachable,
    find_chi_squared,
    find_records_needed,
    find_smallest_fisher,
    find_smallest_ks,
    find_smallest_share,
)


def test_kolmogorovs_distribution_agrees_with_scipy_from_one_to_1e_300():
    scaled = np.linspace(0.001, 18.5, 4000)
    wanted = special.kolmogorov(scaled)
    assert np.max(np.abs(compute_kolmogorov_q(scaled) - wanted) / wanted) < 1e-12


def test_the_p_value_of_a_distance_is_stephens_formula():
    root = np.sqrt(40.0)
    wanted = special.kolmogorov((root + 0.12 + 0.11 / root) * 0.3)
    assert float(compute_ks_p(0.3, 40.0)) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("records", [8, 20, 50, 200])
def test_the_p_value_of_a_distance_is_near_the_exact_one_at_a_paging_level_and_never_below_its_half(records: int):
    critical = stats.kstwo.isf([1e-2, 2.4e-3, 1e-5], records)
    ratio = compute_ks_p(critical, float(records)) / np.array([1e-2, 2.4e-3, 1e-5])
    assert (ratio > 0.95).all()
    assert (ratio[:2] < 1.3).all()


@given(st.floats(0.0, 1.0), st.floats(4.0, 1e8))
def test_massarts_bound_is_above_the_p_value(distance: float, effective: float):
    assert float(compute_ks_p(distance, effective)) <= float(bound_ks_p(distance, effective)) * 1.0000001


def test_a_distance_of_nothing_has_the_p_value_one():
    assert compute_ks_p([0.0, 0.0, 1.0], [100.0, 0.0, 0.0]).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("a", "n", "b", "m"), [(3, 50, 7500, 50_000), (20, 50, 7500, 50_000), (0, 500, 7500, 50_000), (4, 9, 2, 30)]
)
def test_fishers_test_is_twice_the_smaller_tail(a: int, n: int, b: int, m: int):
    upper = stats.fisher_exact([[a, b], [n - a, m - b]], alternative="greater").pvalue
    lower = stats.fisher_exact([[a, b], [n - a, m - b]], alternative="less").pvalue
    assert float(compute_fisher(a, n, b, m)) == pytest.approx(min(1.0, 2 * min(upper, lower)), rel=1e-9)
    assert float(compute_fisher_greater(a, n, b, m)) == pytest.approx(upper, rel=1e-9)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_the_level_of_fishers_test_is_kept_for_every_margin(n: int, m: int, data: st.DataObject):
    marked = data.draw(st.integers(0, n + m))
    hits = np.arange(max(0, marked - m), min(n, marked) + 1)
    p = compute_fisher(hits, n, marked - hits, m)
    chances = stats.hypergeom.pmf(hits, n + m, marked, n)
    for level in (0.3, 0.05, 0.01):
        assert chances[p <= level].sum() <= level + 1e-9
    assert p.min() == pytest.approx(float(compute_least_fisher(marked, n, m)), rel=1e-9)


def test_the_smallest_of_many_tests_is_the_smallest_of_each():
    draw = np.random.default_rng(3)
    starts = np.array([0, 2, 60])
    n, m = np.repeat([500.0, 50.0, 4000.0], [2, 58, 100]), np.full(160, 50_000.0)
    baseline = draw.integers(1, 4000, 160).astype(float)
    window = draw.binomial(n.astype(int), baseline / m).astype(float)
    wanted = np.minimum.reduceat(compute_fisher(window, n, baseline, m), starts)
    assert find_smallest_fisher(window, n, baseline, m, starts) == pytest.approx(wanted, rel=1e-12)


def test_values_that_could_never_reach_the_level_do_not_share_it():
    # Two records of 10,000 cannot be significant in a window of 5,000; the two frequent values can.
    least = compute_least_fisher([2, 2, 2, 900, 800], 5_000, 5_000).tolist()
    assert count_reachable(least, lambda count: 0.01 / count) == 2
    assert count_reachable([0.0] * 5, lambda count: 0.01 / count) == 5
    assert count_reachable([], lambda count: 0.01 / count) == 1


@pytest.mark.parametrize(("n", "m"), [(50, 50_000), (500, 1_000), (5_000, 1_000)])
def test_unseen_values_are_significant_no_more_often_than_the_level(n: int, m: int):
    draw = np.random.default_rng(n + m)
    # Zipf's law with a long tail: some values are always new.
    shares = 1 / np.arange(1.0, 3_001.0) ** 1.1
    shares /= shares.sum()
    runs, level = 1_500, 0.02
    flagged = 0
    for _ in range(runs):
        base = draw.multinomial(m, shares)
        window = draw.multinomial(n, shares)
        p = compute_unseen_p(window[base == 0].sum(), n, np.count_nonzero(base == 1), m)
        flagged += bool(p <= level)
    assert flagged / runs <= level + 4 * (level / runs) ** 0.5


def test_one_unseen_value_is_no_finding_if_the_baseline_is_no_larger_than_the_window():
    assert float(compute_unseen_p(1, 1_000, 0, 1_000)) > 0.3
    assert float(compute_unseen_p(20, 1_000, 0, 100_000)) < 1e-12


@pytest.mark.parametrize("degrees", [1, 2, 3, 10, 99, 500])
@pytest.mark.parametrize("statistic", [0.1, 1.0, 30.0, 300.0, 1_200.0])
def test_chi_squared_agrees_with_scipy(statistic: float, degrees: int):
    assert compute_chi_squared_p(statistic, degrees) == pytest.approx(stats.chi2.sf(statistic, degrees), rel=1e-9)


def test_the_chi_squared_number_of_a_level_is_its_inverse():
    assert find_chi_squared(0.1, 5) == pytest.approx(stats.chi2.isf(0.1, 5), rel=1e-12)


def test_holms_steps_loosen_the_level_after_each_rejection_and_stop_at_the_first_that_is_not_rejected():
    levels = apply_holm([0.001, 0.5, 0.012, 0.2], 4, lambda _, remaining: 0.05 / remaining)
    assert levels == pytest.approx([0.05 / 4, 0.05 / 2, 0.05 / 3, 0.05 / 2])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.0001, 0.5))
def test_holms_steps_reject_all_that_bonferroni_rejects(p_values: list[float], level: float):
    levels = apply_holm(p_values, len(p_values), lambda _, remaining: level / remaining)
    for p, own in zip(p_values, levels, strict=True):
        assert own >= level / len(p_values) * (1 - 1e-12)
        assert not (p <= level / len(p_values) and p > own)


@pytest.mark.parametrize(
    ("shift", "level", "records"),
    [
        (0.2, 0.05, 351),
        (0.2, 2.4e-3, 653),
        (0.2, 1.1e-5, 1190),
        (0.5, 0.05, 59),
        (0.5, 2.4e-3, 107),
        (0.5, 1.1e-5, 197),
    ],
)
def test_the_records_needed_are_within_a_tenth_of_the_simulated_ones(shift: float, level: float, records: int):
    distance = 2 * stats.norm.cdf(shift / 2) - 1
    assert find_records_needed(distance, level) == pytest.approx(records, rel=0.1)


def test_the_smallest_distance_is_the_one_for_which_the_records_are_needed():
    for baseline in (10_000.0, 1e9):
        needed = find_records_needed(0.15, 0.002, baseline, 2.0)
        assert find_smallest_ks(float(compute_effective(needed, baseline)) / 2, 0.002) == pytest.approx(0.15, rel=0.01)
    assert find_records_needed(0.01, 0.002, 5_000) == float("inf")


@pytest.mark.parametrize(("share", "n"), [(0.15, 50), (0.15, 500), (0.01, 500), (0.0005, 5_000), (0.5, 200)])
def test_the_smallest_change_of_a_share_is_found_in_about_nine_of_ten_windows(share: float, n: int):
    level, m = 0.0024, 50_000
    change = find_smallest_share(share, float(compute_effective(n, m)), level)
    draw = np.random.default_rng(n)
    window, base = draw.binomial(n, share + change, 4_000), draw.binomial(m, share, 4_000)
    found = np.mean(compute_fisher(window, n, base, m) <= level)
    assert 0.85 <= found <= 1.0


def test_more_records_see_smaller_changes():
    sizes = [find_smallest_share(0.1, ne, 0.001) for ne in (0.0, 8.0, 50.0, 500.0, 1e6)]
    assert all(first > second for first, second in pairwise(sizes[1:]))
    assert sizes[0] == 1.0
