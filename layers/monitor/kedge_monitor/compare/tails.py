"""Exact tails of the binomial and the hypergeometric distribution, for arrays of counts up to 10^8.

A tail is its first term times the sum of the ratios of its terms to the first. Short tails are summed term by term, long ones
integrated with the midpoint form of Euler and Maclaurin's formula. The relative error is below 1e-8 down to 1e-300.
"""

import math
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kedge_monitor.batch import Floats

_BLOCK: Final = 32
_LONGEST_SUM: Final = 256.0  # terms; a longer tail is so smooth that 24 nodes integrate it to 1e-10
_DROP: Final = 30.0  # natural logarithm of the ratio between the first term and the last node of an integral
_NODES: Final = 24
_NEGLIGIBLE: Final = 1e-15
_TABLE: Final = np.array([0.0, *(math.lgamma(k + 1) - k * math.log(k) + k for k in range(1, 64))])


def compute_binomial_upper(successes: ArrayLike, trials: ArrayLike, share: ArrayLike) -> Floats:
    """Compute P(X >= successes) of a binomial X with these trials and this share of successes.

    Args:
        successes: whole numbers, 0 to trials.
        trials: whole numbers of at least 0.
        share: probabilities, 0 to 1.

    Returns:
        One probability for each element of the broadcast arguments.
    """
    (k, n, p), shape = _flatten(successes, trials, share)
    rare = k > n * p
    # Below the mean the other tail is summed: its terms fall from the first on.
    x, q = np.where(rare, k, n - k + 1), np.where(rare, p, 1 - p)
    inside = (x > 0) & (x <= n) & (q > 0) & (q < 1)
    x, q, n = np.where(inside, x, 1.0), np.where(inside, q, 0.5), np.where(inside, n, 1.0)
    first = _log_factor(n) - _log_factor(x) - _log_factor(n - x) - _deviance(x, n * q) - _deviance(n - x, n * (1 - q))
    tail = np.exp(first) * _sum_ratios((n - x)[None], x[None], np.log(q) - np.log1p(-q))
    sure = np.where(rare, np.where(inside, tail, 0.0), 1 - np.where(inside, tail, 0.0))
    return np.clip(sure, 0.0, 1.0).reshape(shape)


def compute_hypergeometric_upper(hits: ArrayLike, marked: ArrayLike, drawn: ArrayLike, population: ArrayLike) -> Floats:
    """Compute P(X >= hits) for `drawn` draws without replacement from a population with `marked` marked ones.

    Args:
        hits: whole numbers that are possible, at least `drawn + marked - population`.
        marked: whole numbers, 0 to population.
        drawn: whole numbers, 0 to population.
        population: whole numbers of at least 1.

    Returns:
        One probability for each element of the broadcast arguments.
    """
    (k, marked, drawn, total), shape = _flatten(hits, marked, drawn, population)
    rare = k * total > marked * drawn
    # Below the mean: 1 - P(X <= k - 1), and X <= k - 1 says that the draws left at least marked - k + 1 marked behind.
    x, taken = np.where(rare, k, marked - k + 1), np.where(rare, drawn, total - drawn)
    possible = (x <= np.minimum(marked, taken)) & (x > 0)
    x = np.where(possible, x, np.minimum(marked, taken))
    tail = np.where(possible, _sum_hypergeometric(x, marked, taken, total), 0.0)
    return np.clip(np.where(rare, tail, 1 - tail), 0.0, 1.0).reshape(shape)


def bound_hypergeometric_upper(hits: Floats, marked: Floats, drawn: Floats, total: Floats) -> tuple[Floats, Floats]:
    """Return a lower and an upper bound of P(X >= hits): the first term, and its geometric series with the first ratio."""
    first = np.exp(compute_log_hypergeometric(hits, marked, drawn, total))
    ratio = (marked - hits) * (drawn - hits) / ((hits + 1) * (total - marked - drawn + hits + 1))
    return first, np.where(ratio < 1, first / np.where(ratio < 1, 1 - ratio, 1.0), 1.0)


def compute_log_hypergeometric(x: Floats, marked: Floats, drawn: Floats, total: Floats) -> Floats:
    """Compute the natural logarithm of P(X = x) in Loader's saddle-point form, which loses no digits in large counts.

    Source: C. Loader, Fast and Accurate Computation of Binomial Probabilities, 2000; here with all four cells of the table.
    """
    others, rest = total - marked, total - drawn
    cells = np.stack([x, marked - x, drawn - x, others - drawn + x])
    expected = np.stack([marked * drawn, marked * rest, others * drawn, others * rest]) / np.maximum(total, 1)
    factors = _log_factor(np.stack([marked, others, drawn, rest]))
    exact = factors.sum(axis=0) - _log_factor(total) - _log_factor(cells).sum(axis=0)
    result: Floats = exact - _deviance(cells, expected).sum(axis=0)
    return result


def _sum_hypergeometric(x: Floats, marked: Floats, drawn: Floats, total: Floats) -> Floats:
    falling = np.stack([marked - x, drawn - x])
    rising = np.stack([x, total - marked - drawn + x])
    return np.exp(compute_log_hypergeometric(x, marked, drawn, total)) * _sum_ratios(falling, rising, np.zeros_like(x))


def _flatten(*values: ArrayLike) -> tuple[list[Floats], tuple[int, ...]]:
    """Return the broadcast arguments as flat arrays, and the shape of the result."""
    arrays = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    return [array.ravel() for array in arrays], arrays[0].shape


def _log_factor(count: Floats) -> Floats:
    """Return ln(k!) - k ln k + k: what Stirling's formula adds to its leading part."""
    large = np.maximum(count, 64.0)
    inverse = 1 / large
    series = inverse * (1 / 12 - inverse**2 * (1 / 360 - inverse**2 / 1260)) + 0.5 * np.log(2 * np.pi * large)
    return np.where(count < 64, _TABLE[np.minimum(count, 63).astype(np.int64)], series)


def _deviance(observed: Floats, expected: Floats) -> Floats:
    """Return x ln(x/M) + M - x; where x is near M, as a series in (x-M)/(x+M) that cancels nothing (Loader 2000)."""
    gap, total = observed - expected, np.maximum(observed + expected, 1e-300)
    v = gap / total
    near = np.abs(v) < 0.1
    square = np.where(near, v * v, 0.0)
    series = np.full_like(v, 1 / 17)
    for odd in (15, 13, 11, 9, 7, 5, 3):
        series = series * square + 1 / odd
    ratio = np.where(observed > 0, observed, 1.0) / np.where(expected > 0, expected, 1.0)
    return np.where(near, gap * v + 2 * observed * v * square * series, observed * np.log(ratio) - gap)


def _sum_ratios(falling: Floats, rising: Floats, log_scale: Floats) -> Floats:
    """Sum f(k+j)/f(k) over j >= 0, where f(k+j+1)/f(k+j) = scale * prod(falling - j) / prod(rising + 1 + j).

    Both arrays have one row for each factor. The first ratio is below 1: the sum starts above the mean.
    """
    slope = -_log_ratio(falling, rising, log_scale)
    bend = (1 / np.maximum(falling, 0.5)).sum(axis=0) + (1 / (rising + 1)).sum(axis=0)
    length = _reach(slope, bend)
    long = (length > _LONGEST_SUM) & (falling.min(axis=0) > _LONGEST_SUM)
    if not long.any():
        return _add_up(falling, rising, np.exp(log_scale))
    total = np.empty_like(log_scale)
    total[long] = _integrate(falling[:, long], rising[:, long], log_scale[long], length[long])
    if not long.all():
        total[~long] = _add_up(falling[:, ~long], rising[:, ~long], np.exp(log_scale[~long]))
    return total


def _reach(slope: Floats, bend: Floats) -> Floats:
    """Return how far a density with this slope and curvature of its logarithm goes until it has dropped by exp(-_DROP)."""
    slope = np.maximum(slope, 0.0)
    result: Floats = 2 * _DROP / (slope + np.sqrt(slope * slope + 2 * _DROP * bend))
    return result


def _log_ratio(falling: Floats, rising: Floats, log_scale: Floats) -> Floats:
    """Return the natural logarithm of the first ratio."""
    top, bottom = np.log(np.maximum(falling, 1e-300)).sum(axis=0), np.log(rising + 1).sum(axis=0)
    result: Floats = log_scale + top - bottom
    return result


def _add_up(falling: Floats, rising: Floats, scale: Floats) -> Floats:
    """Sum the ratios term by term, in blocks, until the last term of each row is negligible."""
    total, last, start = np.ones_like(scale), np.ones_like(scale), 0
    while True:
        steps = np.arange(start, start + _BLOCK, dtype=np.float64)
        terms = np.maximum(falling[:, :, None] - steps, 0.0).prod(axis=0)
        terms /= (rising[:, :, None] + 1 + steps).prod(axis=0)
        terms *= scale[:, None]
        np.cumprod(terms, axis=1, out=terms)
        terms *= last[:, None]
        total += terms.sum(axis=1)
        last = terms[:, -1]
        if (last <= _NEGLIGIBLE * total).all():
            return total
        start += _BLOCK


def _integrate(falling: Floats, rising: Floats, log_scale: Floats, length: Floats) -> Floats:
    """Sum the ratios as an integral from half a step before the first term, with the two corrections of the midpoint rule."""
    nodes, weights = _legendre()
    span = 0.5 * (length + 0.5)
    steps = np.concatenate([np.full((len(span), 1), -0.5), span[:, None] * (nodes + 1) - 0.5], axis=1)
    logs = steps * (log_scale + np.log(falling).sum(axis=0) - np.log(rising).sum(axis=0))[:, None]
    for factor in falling:
        logs += _log_descent(factor[:, None], steps)
    for factor in rising:
        logs -= _log_ascent(factor[:, None], steps)
    values = np.exp(logs)
    # The ratio of f(k) to f(k-1) is the slope of ln f half a step before k.
    slope = np.log(rising).sum(axis=0) - np.log(falling + 1).sum(axis=0) - log_scale
    result: Floats = (
        span * (values[:, 1:] * weights).sum(axis=1) - values[:, 0] * slope / 24 + values[:, 0] * slope**3 * 7 / 5760
    )
    return result


def _log_descent(top: Floats, steps: Floats) -> Floats:
    """Return ln(top! / (top-t)!) - t ln(top) by Stirling's formula for differences."""
    low, fall = top - steps, -np.log1p(-steps / top)
    return (low + 0.5) * fall - steps + (1 / top - 1 / low) / 12


def _log_ascent(bottom: Floats, steps: Floats) -> Floats:
    """Return ln((bottom+t)! / bottom!) - t ln(bottom) by Stirling's formula for differences."""
    high, rise = bottom + steps, np.log1p(steps / bottom)
    return (high + 0.5) * rise - steps + (1 / high - 1 / bottom) / 12


@cache
def _legendre() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights
