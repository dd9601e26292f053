"""The tests that decide: how probable a difference of this size is if nothing has changed.

Each p-value is for independent records. `effective` is the number of records of a two-sample test, n*m/(n+m), divided by the
over-dispersion if that is known.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from kedge_monitor.batch import Counts, Floats
from kedge_monitor.compare.tails import (
    bound_hypergeometric_upper,
    compute_binomial_upper,
    compute_hypergeometric_upper,
    compute_log_hypergeometric,
)

_FEWEST_FOR_STEPHENS: Final = 4.0
_POWER_90: Final = 1.2815515655446004  # the normal quantile of 90 %
# A 90 % power needs this much distance beyond the critical one, in units of 1/sqrt(n): simulated for shifts of the mean.
_KS_POWER: Final = 0.2


def compute_effective(window: ArrayLike, baseline: ArrayLike) -> Floats:
    """Compute n*m/(n+m), the effective number of records of a comparison of two samples; 0 if one of them is empty."""
    n, m = np.asarray(window, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    result: Floats = n * m / np.maximum(n + m, 1.0)
    return result


def compute_ks_p(distance: ArrayLike, effective: ArrayLike) -> Floats:
    """Compute the p-value of the two-sample Kolmogorov-Smirnov distance.

    p = Q((sqrt(ne) + 0.12 + 0.11/sqrt(ne)) * D), Q(l) = 2 * sum (-1)^(k-1) exp(-2 k^2 l^2).
    Source: Stephens 1970; Numerical Recipes 14.3. Below 4 effective records Massart's bound stands in. Repeated values make the
    p-value larger than it is, never smaller.

    Args:
        distance: the distance D, 0 to 1.
        effective: effective records, at least 0.
    """
    d, ne = np.asarray(distance, dtype=np.float64), np.asarray(effective, dtype=np.float64)
    root = np.sqrt(np.maximum(ne, 1e-9))
    stephens = compute_kolmogorov_q((root + 0.12 + 0.11 / root) * d)
    result: Floats = np.where(ne >= _FEWEST_FOR_STEPHENS, stephens, bound_ks_p(d, ne))
    return result


def compute_kolmogorov_q(scaled: ArrayLike) -> Floats:
    """Compute Q(l) of Kolmogorov's distribution: the probability that the scaled distance is l or more.

    Above 1 the alternating series converges at once, below 1 the one of Jacobi's theta function does.
    """
    value = np.asarray(scaled, dtype=np.float64)[..., None]
    k = np.arange(1.0, 6.0)
    upper = (2 * (-1.0) ** (k - 1) * np.exp(-2 * (k * np.maximum(value, 1.0)) ** 2)).sum(axis=-1)
    low = np.clip(value, 0.02, 1.0)
    theta = np.exp(-(((2 * k - 1) * math.pi) ** 2) / (8 * low * low)).sum(axis=-1)
    lower = 1 - math.sqrt(2 * math.pi) / low[..., 0] * theta
    return np.where(value[..., 0] >= 1, upper, lower)


def bound_ks_p(distance: ArrayLike, effective: ArrayLike) -> Floats:
    """Compute the bound min(1, 2 exp(-2 ne D^2)) of the p-value of a distance. Source: Massart 1990."""
    d, ne = np.asarray(distance, dtype=np.float64), np.asarray(effective, dtype=np.float64)
    result: Floats = np.minimum(1.0, 2 * np.exp(-2 * ne * d * d))
    return result


def compute_fisher_greater(window: ArrayLike, n: ArrayLike, baseline: ArrayLike, m: ArrayLike) -> Floats:
    """Compute the one-sided p-value of Fisher's exact test: is the share in the window greater than in the baseline?

    Args:
        window: records of the window that have the property, of `n`.
        n: records of the window.
        baseline: records of the baseline that have it, of `m`.
        m: records of the baseline.
    """
    a, n, b, m = (np.asarray(value, dtype=np.float64) for value in (window, n, baseline, m))
    return compute_hypergeometric_upper(a, a + b, n, n + m)


def compute_fisher(window: ArrayLike, n: ArrayLike, baseline: ArrayLike, m: ArrayLike) -> Floats:
    """Compute the two-sided p-value of Fisher's exact test as twice the smaller tail, at most 1; arguments as above."""
    a, n, b, m = (np.asarray(value, dtype=np.float64) for value in (window, n, baseline, m))
    greater = a * m >= b * n
    # The smaller tail is that of the side whose share is higher, at the count that this side has.
    tail = compute_hypergeometric_upper(np.where(greater, a, b), a + b, np.where(greater, n, m), n + m)
    return np.minimum(1.0, 2 * tail)


def find_smallest_fisher(window: Floats, n: Floats, baseline: Floats, m: Floats, starts: Counts) -> Floats:
    """Find the smallest two-sided p-value of each group of tests; as the minimum of `compute_fisher`, and faster.

    Args:
        window: counts of the window, the groups one after the other.
        n: records of the window, for each test.
        baseline: counts of the baseline.
        m: records of the baseline, for each test.
        starts: the place of the first test of each group; no group is empty.
    """
    greater = window * m >= baseline * n
    hits, drawn, total = np.where(greater, window, baseline), np.where(greater, n, m), n + m
    low, high = bound_hypergeometric_upper(hits, window + baseline, drawn, total)
    sizes = np.diff(np.append(starts, len(window)))
    # A tail whose first term is above another tail's upper bound is not the smallest.
    open_ = np.flatnonzero(low <= np.repeat(np.minimum.reduceat(high, starts), sizes))
    p = np.ones(len(window))
    p[open_] = compute_fisher(window[open_], n[open_], baseline[open_], m[open_])
    result: Floats = np.minimum.reduceat(p, starts)
    return result


def compute_least_fisher(total: ArrayLike, n: ArrayLike, m: ArrayLike) -> Floats:
    """Compute the smallest two-sided p-value that `total` records with a property can give, however they are divided.

    Source: Tarone 1990. `n` and `m` are the records of window and baseline.
    """
    shape = np.broadcast_shapes(*(np.shape(value) for value in (total, n, m)))
    marked, n, m = (np.broadcast_to(np.asarray(value, dtype=np.float64), shape).ravel() for value in (total, n, m))
    most, least = np.minimum(marked, n), np.maximum(0.0, marked - m)
    logs = compute_log_hypergeometric(most, marked, n, n + m)
    # All of them in the smaller sample are the least probable of all divisions, if they can all be there.
    other = np.flatnonzero((n >= m) | (marked > n))
    if len(other):
        found = compute_log_hypergeometric(least[other], marked[other], n[other], (n + m)[other])
        logs[other] = np.minimum(logs[other], found)
    result: Floats = np.minimum(1.0, 2 * np.exp(logs)).reshape(shape)
    return result


def count_reachable(least: Sequence[float], level: Callable[[int], float]) -> int:
    """Count the tests that share a level: those that could reach their part of it at all. At least 1.

    The answer is the smallest K for which at most K tests can reach level(K). Source: Tarone 1990.

    Args:
        least: the smallest p-value that each test can give with its margins.
        level: the level of one test if K tests share it; falls with K.
    """
    ordered = sorted(least)
    count = 1
    while count < len(ordered) and ordered[count] <= level(count):
        # At least count + 1 tests reach the level of count: more tests must share.
        count += 1
    return count


def compute_unseen_p(unseen: ArrayLike, n: ArrayLike, singletons: ArrayLike, m: ArrayLike) -> Floats:
    """Compute the p-value of a number of records whose value the baseline does not know.

    Without drift the expected share of unknown values is singletons / m (Good 1953). That share is itself measured, so the
    test is binomial in both counts: of unseen + singletons records the window gets ne/(ne+m). A new value of a large window
    occurs there many times. Counting ne = n*m/(n+m) of its n records keeps the test valid for n above m.

    Args:
        unseen: records of the window with a value that the baseline does not have, of `n` present values.
        n: present values of the window.
        singletons: values that the baseline has exactly once, plus its records outside the allowed values.
        m: present values of the baseline.
    """
    k, n, rare, m = (np.asarray(value, dtype=np.float64) for value in (unseen, n, singletons, m))
    effective = compute_effective(n, m)
    scaled = np.floor(k * effective / np.maximum(n, 1.0) + 1e-9)
    scaled = np.where((k > 0) & (scaled == 0), 1.0, scaled)
    p = compute_binomial_upper(scaled, scaled + rare, effective / np.maximum(effective + m, 1.0))
    return np.where(k > 0, p, 1.0)


def compute_chi_squared_p(statistic: float, degrees: int) -> float:
    """Compute the probability that a chi-squared number with these whole degrees of freedom is `statistic` or more.

    Source: the finite sums of Abramowitz and Stegun 26.4.4 and 26.4.5.
    """
    if statistic <= 0:
        return 1.0
    half, odd = statistic / 2, degrees % 2
    total = math.erfc(math.sqrt(half)) if odd else 0.0
    power = 0.5 if odd else 0.0
    terms = (degrees - odd) // 2
    return min(
        1.0,
        total + sum(math.exp((j + power) * math.log(half) - half - math.lgamma(j + power + 1)) for j in range(terms)),
    )


def find_chi_squared(level: float, degrees: int) -> float:
    """Find the statistic whose p-value is `level`, by bisection to the last digit."""
    low, high = 0.0, float(degrees)
    while compute_chi_squared_p(high, degrees) > level:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if compute_chi_squared_p(middle, degrees) > level else (low, middle)
    return high


def apply_holm(p_values: Sequence[float], count: int, level: Callable[[int, int], float]) -> list[float]:
    """Return the level that each p-value meets in Holm's step-down procedure (1979), in the order given.

    The smallest p-value meets the level for `count` tests, the next one that for count - 1 if the first was rejected, and so on. All
    those after the first that is not rejected meet the level at which the procedure stopped.

    Args:
        p_values: one for each test.
        count: how many tests share the level, at least those that can reach it.
        level: the level of the test at a place, given the number of tests that remain.
    """
    levels = [0.0] * len(p_values)
    remaining = max(1, count)
    for place in sorted(range(len(p_values)), key=lambda index: p_values[index]):
        levels[place] = level(place, remaining)
        if p_values[place] <= levels[place]:
            remaining = max(1, remaining - 1)
    return levels


def find_smallest_ks(effective: float, level: float) -> float:
    """Find the smallest KS distance that `effective` records show with 90 % power at this level; at most 1.

    D = (sqrt(-ln(level/2)/2) + 0.2) / sqrt(ne): the critical distance of Massart's bound and the margin for the power.
    """
    return min(1.0, _find_scaled_ks(level) / math.sqrt(effective)) if effective > 0 else 1.0


def find_records_needed(distance: float, level: float, baseline: float = math.inf, dispersion: float = 1.0) -> float:
    """Find how many records show this KS distance with 90 % power; infinite if the baseline of `baseline` records is too small.

    Args:
        distance: the distance D to be shown, 0 to 1.
        level: the level of the test.
        baseline: records of the baseline.
        dispersion: the over-dispersion of records that depend on each other; 1 if they are independent.
    """
    effective = dispersion * (_find_scaled_ks(level) / distance) ** 2
    if effective >= baseline:
        return math.inf
    return math.ceil(effective / (1 - effective / baseline) - 1e-9)


def find_smallest_share(share: float, effective: float, level: float, *, shared_by: float = 1.0) -> float:
    """Find the smallest change of this share that `effective` records show with 90 % power, two-sided; at most 1.

    Args:
        share: the share without a change.
        effective: effective records.
        level: the level of the check.
        shared_by: how many tests share the level; 0.5 for a one-sided test.

    Source: the arcsine form of Cohen 1988, Statistical Power Analysis, chapter 6: it holds for shares near 0 as well.
    """
    if effective <= 0:
        return 1.0
    low = min(share, 1 - share)
    critical = _find_critical(level / shared_by)
    angle = math.asin(math.sqrt(max(low, 0.0))) + (critical + _POWER_90) / (2 * math.sqrt(effective))
    return min(1.0, math.sin(min(angle, math.pi / 2)) ** 2 - low)


@lru_cache(maxsize=256)
def _find_critical(level: float) -> float:
    """Return the normal quantile of a two-sided level."""
    return -NormalDist().inv_cdf(min(0.5, max(level, 1e-300) / 2))


@lru_cache(maxsize=256)
def _find_scaled_ks(level: float) -> float:
    return math.sqrt(-math.log(level / 2) / 2) + _KS_POWER
