"""Sums are exact: Fractions are the judge."""

import math
import sys
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge_monitor.batch import Floats
from kedge_monitor.profile.sums import BLOCK, UNIT, BinSums, add_exactly, add_squares_exactly, round_units, to_units

FINITE = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60)
EDGES = np.array([-1e300, -1.0, 0.0, 1e-300, 2.5, 1e200])


def exact_sum(values: Floats) -> Fraction:
    return sum(map(Fraction, values.tolist()), Fraction(0))


def as_fraction(units: int) -> Fraction:
    return units * Fraction(2) ** UNIT


def bins_of(values: Floats) -> tuple[BinSums, list[Floats]]:
    ordered = np.sort(values)
    bounds = np.array([0, *np.searchsorted(ordered, EDGES, side="right"), len(ordered)])
    sums = BinSums(len(EDGES) + 1)
    sums.add_sorted(ordered.copy(), bounds)
    return sums, [ordered[low:high] for low, high in pairwise(bounds)]


def assert_same(first: BinSums, second: BinSums) -> None:
    first.normalise()
    second.normalise()
    assert first.lowest == second.lowest
    assert first.digits.tolist() == second.digits.tolist()


@given(FINITE)
def test_the_sum_of_any_values_is_exact(values: list[float]):
    assert as_fraction(add_exactly(np.array(values))) == exact_sum(np.array(values))


@given(FINITE)
def test_the_sum_of_squares_of_any_values_is_exact(values: list[float]):
    assert as_fraction(add_squares_exactly(np.array(values))) == sum(Fraction(value) ** 2 for value in values)


@given(FINITE)
def test_the_sums_of_bins_are_exact_and_rounded_within_two_units(values: list[float]):
    sums, parts = bins_of(np.array(values))
    assert as_fraction(sums.total()) == exact_sum(np.array(values))
    for found, part in zip(sums.round().tolist(), parts, strict=True):
        true = exact_sum(part)
        if abs(true) <= sys.float_info.max:
            assert abs(found - float(true)) <= 2 * math.ulp(float(true))
        else:
            assert abs(found) == sys.float_info.max


@given(FINITE, FINITE, FINITE)
def test_the_sums_of_bins_have_one_form_however_they_were_merged(a: list[float], b: list[float], c: list[float]):
    whole, _ = bins_of(np.array(a + b + c))
    left, _ = bins_of(np.array(c))
    for part in (a, b):
        left.merge(bins_of(np.array(part))[0])
    right, _ = bins_of(np.array(b + c))
    other, _ = bins_of(np.array(a))
    other.merge(right)
    assert_same(left, whole)
    assert_same(other, whole)
    assert left.round().tolist() == whole.round().tolist()


@given(FINITE)
def test_floats_become_sums_of_bins_and_come_back(values: list[float]):
    sums = BinSums.from_floats(np.array(values))
    assert sums.round().tolist() == [value + 0.0 for value in values]
    assert_same(BinSums.from_digits(sums.lowest, sums.digits), sums)


@pytest.mark.parametrize("scale", [1e-310, 1e-150, 1.0, 1e150, 1.7e308])
def test_a_full_block_of_the_greatest_values_of_a_scale_does_not_overflow(scale: float):
    values = np.full(BLOCK, scale)
    assert as_fraction(add_exactly(values.copy())) == BLOCK * Fraction(scale)
    assert as_fraction(add_squares_exactly(values)) == BLOCK * Fraction(scale) ** 2
    sums = BinSums(1)
    for _ in range(3):
        sums.add_sorted(values.copy(), np.array([0, BLOCK]))
    assert as_fraction(sums.total()) == 3 * BLOCK * Fraction(scale)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_and_the_split_of_numbers_of_every_size_do_not_change_a_bit(seed: int):
    random = np.random.default_rng(seed)
    values = np.ldexp(random.normal(size=2000), random.integers(-1060, 960, 2000))
    parts = np.split(random.permutation(values), [3, 700, 701])
    assert sum(add_exactly(part.copy()) for part in parts) == add_exactly(values.copy())
    assert sum(map(add_squares_exactly, parts)) == add_squares_exactly(values)


def test_thousands_of_blocks_in_one_bin_do_not_overflow():
    sums = BinSums(2)
    for _ in range(5000):
        sums.add_sorted(np.full(4, 1.9e9), np.array([0, 4, 4]))
    assert sums.round().tolist() == [20000 * 1.9e9, 0.0]


def test_a_sum_is_rounded_once():
    assert round_units(add_exactly(np.array([1e16, 1.0, -1e16, 2.0**-60]))) == 1.0
    assert round_units(add_exactly(np.array([0.1] * 10))) == 1.0
    assert round_units(to_units(-1e-320)) == -1e-320


def test_a_sum_beyond_float64_is_the_greatest_float64():
    assert round_units(add_exactly(np.array([1.7e308, 1.7e308]))) == sys.float_info.max
    assert round_units(add_exactly(np.array([-1.7e308, -1.7e308]))) == -sys.float_info.max


def test_nothing_has_the_sum_zero():
    assert add_exactly(np.empty(0)) == 0
    assert add_squares_exactly(np.empty(0)) == 0
    assert BinSums(3).round().tolist() == [0.0, 0.0, 0.0]
