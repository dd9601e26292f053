"""Tails against scipy, from two records to 10^8, down to 1e-280."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kedge_monitor.compare.tails import (
    bound_hypergeometric_upper,
    compute_binomial_upper,
    compute_hypergeometric_upper,
)

SIZES = [2, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]


def assert_near(found: np.ndarray, wanted: np.ndarray, relative: float = 1e-6) -> None:
    judged = wanted > 1e-280
    assert judged.any()
    assert np.max(np.abs(found - wanted)[judged] / wanted[judged]) <= relative


@pytest.mark.parametrize("size", SIZES)
def test_a_binomial_tail_agrees_with_scipy_at_every_size_and_far_out(size: int):
    draw = np.random.default_rng(size)
    n = draw.integers(1, size + 1, 300)
    p = draw.uniform(0, 1, 300) ** 4
    k = np.clip(np.round(n * p + draw.uniform(-9, 30, 300) * np.sqrt(n * p * (1 - p))), 0, n)
    # scipy.special.bdtrc is wrong by 1 % at 10^8 records; the distribution's own tail is not.
    assert_near(compute_binomial_upper(k, n, p), stats.binom.sf(k - 1, n, p))


@pytest.mark.parametrize("size", SIZES[:-2])
def test_a_hypergeometric_tail_agrees_with_scipy_at_every_size_and_far_out(size: int):
    draw = np.random.default_rng(size)
    count = 200 if size < 1_000_000 else 30
    n, m = draw.integers(1, size + 1, count), draw.integers(1, size + 1, count) * draw.choice([1, 20], count)
    total = n + m
    marked = np.clip(np.round(total * draw.uniform(0, 1, count) ** 4), 0, total)
    deviation = np.sqrt(marked / total * n * (1 - marked / total) * m / total)
    hits = np.round(n * marked / total + draw.uniform(-6, 20, count) * deviation)
    hits = np.clip(hits, np.maximum(0, marked - m), np.minimum(n, marked))
    wanted = stats.hypergeom.sf(hits - 1, total, marked, n)
    assert_near(compute_hypergeometric_upper(hits, marked, n, total), wanted)


def test_a_hypergeometric_tail_of_ten_million_records_is_near_the_binomial_one_of_an_endless_population():
    n, population = 1_000, 10**13
    hits = np.array([55.0, 70.0, 90.0, 150.0])
    wanted = compute_binomial_upper(hits, n, 0.05)
    assert_near(compute_hypergeometric_upper(hits, 0.05 * population, n, population), wanted, 1e-6)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_both_tails_of_a_table_add_up_to_one_and_the_probability_of_the_table(n: int, m: int, data: st.DataObject):
    marked = data.draw(st.integers(0, n + m))
    hits = data.draw(st.integers(max(0, marked - m), min(n, marked)))
    at_least = float(compute_hypergeometric_upper(hits, marked, n, n + m))
    at_most = float(compute_hypergeometric_upper(marked - hits, marked, m, n + m))
    assert at_least + at_most == pytest.approx(1 + stats.hypergeom.pmf(hits, n + m, marked, n), abs=1e-9)


@given(st.integers(1, 300), st.floats(0.001, 0.999), st.data())
def test_a_binomial_tail_falls_with_the_number_of_hits(n: int, p: float, data: st.DataObject):
    hits = data.draw(st.integers(0, n))
    tails = compute_binomial_upper(np.arange(n + 2), n, p)
    assert tails[0] == 1
    assert tails[n + 1] == 0
    assert tails[hits] >= tails[hits + 1]


@pytest.mark.parametrize(
    ("k", "n", "p", "wanted"), [(1, 10, 0.0, 0.0), (0, 10, 0.0, 1.0), (10, 10, 1.0, 1.0), (0, 0, 0.5, 1.0)]
)
def test_a_share_of_zero_or_one_is_certain(k: int, n: int, p: float, wanted: float):
    assert float(compute_binomial_upper(k, n, p)) == wanted


def test_the_bounds_enclose_the_tail():
    hits, marked = np.arange(3.0, 20.0), np.full(17, 60.0)
    low, high = bound_hypergeometric_upper(hits, marked, np.full(17, 50.0), np.full(17, 5000.0))
    tail = compute_hypergeometric_upper(hits, marked, 50, 5000)
    assert (low <= tail * (1 + 1e-12)).all()
    assert (tail <= high * (1 + 1e-12)).all()
