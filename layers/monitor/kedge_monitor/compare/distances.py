"""Distances between a window and a baseline: Kolmogorov-Smirnov, L-infinity, Wasserstein, chi-squared.

Counts of window and baseline are given in the same cells: those of a histogram with the baseline's edges, or of categories.
"""

import math
from collections.abc import Mapping
from itertools import repeat
from typing import Final

import numpy as np

from kedge_monitor.batch import Counts, Floats
from kedge_monitor.compare.significance import compute_chi_squared_p

DEEQU_CRITICAL: Final = (
    1.8  # deequ's c(0.003) of the Robust distance; Knuth, The Art of Computer Programming 2, 3.3.1 (15)
)
_FEWEST_EXPECTED: Final = 5.0  # Yates, Moore and McCabe 1999: at most a fifth of the expected counts below 5
_FEWEST_UNSEEN: Final = 1.0
_FEWEST_OF_TWO: Final = 10.0  # Cochran 1952: both expected counts of a table of two categories


def measure_gaps(window: Counts, baseline: Counts) -> Floats:
    """Measure the differences of two distribution functions at the edges of their bins, of several features at once.

    Their greatest absolute value is the Kolmogorov-Smirnov distance. Equal values all count. It is exact at the edges; with 1,001
    quantiles of the baseline it is at most 0.001 too small.

    Args:
        window: features x bins cumulative counts, in each row at least one value.
        baseline: the same of the baseline.
    """
    result: Floats = window / window[:, -1:] - baseline / baseline[:, -1:]
    return result


def measure_ks_of_items(window: tuple[Floats, Counts], baseline: tuple[Floats, Counts]) -> float:
    """Measure the Kolmogorov-Smirnov distance of two sketches: the greatest difference of their inclusive ranks.

    Args:
        window: values in ascending order and their weights, equal values allowed; all of them count.
        baseline: the same of the baseline.

    Source: deequ, Distance.scala, with the correction of its pull request 765: earlier releases dropped repeated values.
    """
    (x, x_weights), (y, y_weights) = window, baseline
    if not len(x) or not len(y):
        return 0.0
    points = np.concatenate([x, y])
    ours = np.concatenate([[0], np.cumsum(x_weights)])[np.searchsorted(x, points, "right")] / x_weights.sum()
    theirs = np.concatenate([[0], np.cumsum(y_weights)])[np.searchsorted(y, points, "right")] / y_weights.sum()
    return float(np.abs(ours - theirs).max())


def subtract_noise(distance: float, n: int, m: int, level: float | None = None) -> float:
    """Return the Robust distance of Model Monitor: max(0, D - c * sqrt((n+m)/(n*m))).

    Args:
        distance: the Simple distance D.
        n: values of the window.
        m: values of the baseline.
        level: c is sqrt(-ln(level/2)/2); None: 1.8, the constant of deequ, for the level 0.003.
    """
    if not n or not m:
        return 0.0
    critical = DEEQU_CRITICAL if level is None else math.sqrt(-math.log(level / 2) / 2)
    return max(0.0, distance - critical * math.sqrt((n + m) / (n * m)))


def measure_l_infinity(window: Mapping[str, int], baseline: Mapping[str, int]) -> float:
    """Measure the greatest difference of a category's shares over the union of categories; each category counts once.

    Source: deequ, Distance.scala, LInfinity.
    """
    n, m = sum(window.values()), sum(baseline.values())
    if not n or not m:
        return 0.0
    theirs = np.fromiter(map(baseline.get, window, repeat(0)), np.float64, len(window))
    known = np.abs(np.fromiter(window.values(), np.float64, len(window)) / n - theirs / m).max()
    absent = max(map(baseline.__getitem__, baseline.keys() - window.keys()), default=0)
    return max(float(known), absent / m)


def measure_chi_squared(window: Mapping[str, int], baseline: Mapping[str, int]) -> tuple[float, float, int] | None:
    """Compute Pearson's goodness of fit of the window to the baseline as deequ does.

    The baseline's counts are scaled to the window's size and taken as exact. Categories that the baseline does not have are
    ignored. Small expected counts are pooled by `pool_small`.

    Returns:
        The statistic, its p-value and the degrees of freedom; None if fewer than two categories are left.

    Source: deequ 2.0.3, Distance.scala, ChiSquared.
    """
    names = list(baseline)
    observed = [float(window.get(name, 0)) for name in names]
    total, m = sum(observed), sum(baseline.values())
    if not total or not m:
        return None
    return _finish(*pool_small(observed, [baseline[name] / m * total for name in names]))


def measure_chi_squared_of_two(
    window: Mapping[str, int], baseline: Mapping[str, int]
) -> tuple[float, float, int] | None:
    """Compute Pearson's test of homogeneity of two samples; all values that the baseline does not have are one cell.

    The other cells are pooled by `pool_small`. The cell of new values stays apart if at least one is expected (Yates, Moore and
    McCabe 1999: each expected count is at least 1).

    Returns:
        The statistic, its p-value and the degrees of freedom; None if fewer than two cells are left.
    """
    n, m = sum(window.values()), sum(baseline.values())
    if not n or not m:
        return None
    ours = [float(window.get(name, 0)) for name in baseline]
    expected = [(a + b) * n / (n + m) for a, b in zip(ours, baseline.values(), strict=True)]
    pooled, wanted = pool_small(ours, expected)
    unseen = n - sum(ours)
    rare = unseen * n / (n + m)
    if rare >= _FEWEST_UNSEEN:
        pooled, wanted = [*pooled, unseen], [*wanted, rare]
    elif unseen:
        smallest = min(range(len(wanted)), key=wanted.__getitem__)
        pooled[smallest] += unseen
        wanted[smallest] += rare
    found = _finish(pooled, wanted)
    if found is None:
        return None
    # The deviations of the baseline's cells are the same; their expected counts are m/n times as large.
    statistic = found[0] * (1 + n / m)
    return statistic, compute_chi_squared_p(statistic, found[2]), found[2]


def pool_small(observed: list[float], expected: list[float]) -> tuple[list[float], list[float]]:
    """Merge the smallest expected count into the second smallest until few enough are small.

    More than two categories: at most 20 % of the expected counts below 5. Two categories: both at least 10.
    Source: deequ, Distance.scala, regroupCategories.
    """
    ours, wanted = list(observed), list(expected)
    while len(wanted) >= 2:
        several = len(wanted) > 2
        fewest, allowed = (_FEWEST_EXPECTED, int(0.2 * len(wanted))) if several else (_FEWEST_OF_TWO, 0)
        if sum(count < fewest for count in wanted) <= allowed:
            break
        smallest = min(range(len(wanted)), key=wanted.__getitem__)
        count, hits = wanted.pop(smallest), ours.pop(smallest)
        second = min(range(len(wanted)), key=wanted.__getitem__)
        wanted[second] += count
        ours[second] += hits
    return ours, wanted


def _finish(observed: list[float], expected: list[float]) -> tuple[float, float, int] | None:
    degrees = len(expected) - 1
    if degrees < 1:
        return None
    statistic = sum((x - e) ** 2 / e for x, e in zip(observed, expected, strict=True))
    return statistic, compute_chi_squared_p(statistic, degrees), degrees


def measure_areas(edges: Floats, gaps: Floats, moments: Floats) -> Floats:
    """Measure the area between two distribution functions, of several features at once: the first Wasserstein distance.

    The integral of the difference d over a bin (a, b] is b*d(b) - a*d(a) - (difference of the bin's sums). It is exact.
    Only a change of sign within a bin is lost.

    Args:
        edges: features x B ascending edges.
        gaps: features x (B + 1) differences of the distribution functions at the upper ends of the bins.
        moments: features x (B + 1) differences of the bins' sums, each divided by its number of values.
    """
    bounds = np.zeros((len(edges), edges.shape[1] + 2))
    bounds[:, 1:-1] = edges * gaps[:, :-1]
    result: Floats = np.abs(np.diff(bounds, axis=1) - moments).sum(axis=1)
    return result
