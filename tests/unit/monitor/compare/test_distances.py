"""Distances against deequ's own test vectors and scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kedge_monitor.compare.distances import (
    measure_areas,
    measure_chi_squared,
    measure_chi_squared_of_two,
    measure_gaps,
    measure_ks_of_items,
    measure_l_infinity,
    pool_small,
    subtract_noise,
)
from kedge_monitor.profile.fit import fit_edges

WINDOW = {"a": 10, "b": 20, "c": 25, "d": 10, "e": 5}


def items(*values: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array(values, dtype=float), np.ones(len(values), dtype=np.int64)


def bins(values: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    places = np.searchsorted(edges, values)
    counts = np.bincount(places, minlength=len(edges) + 1)
    return counts, np.bincount(places, weights=values, minlength=len(edges) + 1)


def gaps(window: np.ndarray, base: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return measure_gaps(np.cumsum(bins(window, edges)[0])[None], np.cumsum(bins(base, edges)[0])[None])


def test_deequs_vector_of_two_sketches():
    distance = measure_ks_of_items(items(1, 2, 3, 4), items(2, 3, 4, 5))
    assert distance == 0.25
    assert subtract_noise(distance, 4, 4) == 0.0


def test_deequs_vectors_of_categories():
    other = {"a": 11, "b": 20, "c": 25, "d": 10, "e": 10}
    assert measure_l_infinity(WINDOW, other) == 0.06015037593984962
    assert subtract_noise(measure_l_infinity(WINDOW, other), 70, 76) == 0.0
    renamed = {"f": 11, "a": 20, "c": 25, "d": 10, "e": 10}
    assert measure_l_infinity(WINDOW, renamed) == 0.2857142857142857


@pytest.mark.parametrize(("level", "wanted"), [(0.003, 0.2726338046550349), (0.1, 0.33774199396969184)])
def test_deequs_vectors_with_a_level(level: float, wanted: float):
    window, other = (
        {"a": 207, "b": 20, "c": 25, "d": 14, "e": 25, "g": 13},
        {"a": 22, "b": 20, "c": 25, "d": 12, "e": 13, "f": 15},
    )
    distance = measure_l_infinity(window, other)
    assert subtract_noise(distance, sum(window.values()), sum(other.values()), level) == pytest.approx(
        wanted, abs=1e-15
    )


def test_deequs_vector_of_chi_squared():
    window, baseline = (
        {"a": 207, "b": 20, "c": 25, "d": 14, "e": 25, "g": 13},
        {"a": 223, "b": 20, "c": 25, "d": 12, "e": 13, "f": 15},
    )
    found = measure_chi_squared(window, baseline)
    assert found is not None
    assert found[0] == pytest.approx(28.175042782458068, rel=1e-13)
    assert found[1] == pytest.approx(3.3640191298478506e-5, rel=1e-11)


def test_chi_squared_pools_the_smallest_into_the_second_smallest_until_few_are_small():
    ours, wanted = pool_small([1.0, 2.0, 30.0, 40.0], [1.0, 3.0, 30.0, 39.0])
    assert (sorted(ours), sorted(wanted)) == ([33.0, 40.0], [34.0, 39.0])


def test_chi_squared_of_two_samples_counts_all_unseen_values_as_one_cell():
    found = measure_chi_squared_of_two({"a": 40, "b": 40, "x": 10, "y": 10}, {"a": 500, "b": 500})
    assert found is not None
    wanted = stats.chi2_contingency([[40, 40, 20], [500, 500, 0]], correction=False)
    assert found[0] == pytest.approx(wanted.statistic)
    assert found[2] == wanted.dof
    assert measure_chi_squared({"x": 10}, {"a": 500, "b": 500}) is None
    assert measure_chi_squared_of_two({}, {"a": 1}) is None


def test_equal_values_all_count_in_the_distance_of_sketches():
    zeros = np.array([0.0] * 90 + [1.0] * 10)
    assert measure_ks_of_items((zeros, np.ones(100, np.int64)), items(0, 1, 2, 3)) == pytest.approx(0.65)


@given(
    st.lists(st.integers(-5, 5), min_size=3, max_size=60),
    st.lists(st.integers(-5, 5), min_size=3, max_size=60),
)
def test_the_distance_of_sketches_is_scipys_whatever_repeats(first: list[int], second: list[int]):
    found = measure_ks_of_items(items(*sorted(first)), items(*sorted(second)))
    assert found == pytest.approx(stats.ks_2samp(first, second, method="asymp").statistic)


@pytest.mark.parametrize("n", [1_000, 100_000])
def test_the_distance_over_the_baselines_quantiles_is_within_a_thousandth_of_the_exact_one(n: int):
    draw = np.random.default_rng(n)
    base, window = draw.lognormal(0, 1, 200_000), draw.lognormal(0.1, 1.1, n)
    edges = fit_edges(base)
    found = float(np.abs(gaps(window, base, edges)).max())
    assert abs(found - stats.ks_2samp(window, base, method="asymp").statistic) < 1e-3


def test_the_wasserstein_distance_from_counts_and_sums_is_near_the_exact_one():
    draw = np.random.default_rng(5)
    base, window = draw.lognormal(0, 1, 100_000), draw.lognormal(0.2, 1, 20_000)
    edges = fit_edges(base)
    moments = bins(window, edges)[1] / len(window) - bins(base, edges)[1] / len(base)
    (found,) = measure_areas(edges[None], gaps(window, base, edges), moments[None]) / base.std()
    assert found == pytest.approx(stats.wasserstein_distance(window, base) / base.std(), abs=1e-3)


def test_an_empty_side_has_no_distance():
    assert measure_ks_of_items(items(), items(1)) == 0.0
    assert measure_l_infinity({}, {"a": 1}) == 0.0
    assert subtract_noise(0.5, 0, 10) == 0.0
