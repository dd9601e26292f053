"""Population stability index and Jensen-Shannon divergence over few cells, without the bias of small samples.

Both are positive without any drift, the more so the fewer records there are. Their expected values without drift are subtracted,
so that a number near 0 means no drift at any size; it can be below 0.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from kedge_monitor.batch import Counts, Floats

_PSEUDO: Final = 0.5  # records that each cell of the PSI has in advance: an empty cell gives a finite number
_FEW: Final = 20.0  # expected records below which the expected value of a cell is summed exactly
# Cells are summed in groups by their expected records, because most of them expect less than one and need few terms.
_GROUPS: Final = ((0.0, 1.0), (1.0, 4.0), (4.0, _FEW))


@dataclass(frozen=True, slots=True)
class _RareCells:
    """Cells with few expected records: their places, the counts that they can have, and the chance of each count (cells x counts)."""

    places: Counts
    hits: Floats
    chances: Floats


@dataclass(frozen=True)
class DivergenceCells:
    """The cells of several features, one after the other: counts of the window and of the baseline in each cell.

    `starts` are the positions of each feature's first cell. Every feature has at least one cell. A cell without any record, in
    window and baseline, does not count as a cell.
    """

    window: Floats
    baseline: Floats
    starts: Counts

    def spread(self, values: Floats) -> Floats:
        """Return each feature's value for each of its cells."""
        return np.repeat(values, np.diff(np.append(self.starts, len(self.window))))

    def gather(self, values: Floats) -> Floats:
        """Return the sum over each feature's cells."""
        result: Floats = np.add.reduceat(values, self.starts)
        return result

    @cached_property
    def totals(self) -> tuple[Floats, Floats]:
        """Return the records of window and baseline of each cell's feature."""
        return self.spread(self.gather(self.window)), self.spread(self.gather(self.baseline))

    @cached_property
    def shares(self) -> Floats:
        """Return the share of the baseline in each cell, below 1."""
        result: Floats = np.clip(self.baseline / np.maximum(self.totals[1], 1), 0.0, 1 - 1e-12)
        return result

    @cached_property
    def rare(self) -> tuple[_RareCells, ...]:
        """Return the cells with fewer than 20 expected records, with the binomial distribution of the window's count.

        It is cut off where less than 1e-12 is left.
        """
        n = self.totals[0]
        expected = n * self.shares
        found = []
        for low, high in _GROUPS:
            places = np.flatnonzero((expected >= low) & (expected < high) & (n > 0))
            if len(places):
                hits = np.arange(1 + min(float(n[places].max()), np.ceil(high + 9 * np.sqrt(high) + 9)))
                found.append(_RareCells(places, hits, _list_chances(n[places], self.shares[places], hits)))
        return tuple(found)


def _list_chances(n: Floats, shares: Floats, hits: Floats) -> Floats:
    """Return the binomial probability of each number of hits: tests x hits."""
    chances = np.empty((len(n), len(hits)))
    chances[:, 0] = np.exp(n * np.log1p(-shares))
    chances[:, 1:] = np.maximum(n[:, None] - hits[:-1], 0.0) / hits[1:] * (shares / (1 - shares))[:, None]
    return np.cumprod(chances, axis=1, out=chances)


def measure_psi(cells: DivergenceCells) -> Floats:
    """Measure the population stability index of each feature, less its expected value without drift.

    PSI = sum (q - g) ln(q/g), with q and g the shares of window and baseline after half a record is added to each cell. For n
    records and B cells the expected value is about (B - 1) * (1/n + 1/m) (Yurdakul 2018). Cells with fewer than 20 expected
    records are summed exactly.
    """
    used = cells.window + cells.baseline > 0
    count = cells.gather(used.astype(np.float64))
    n, m = cells.totals
    extra = _PSEUDO * cells.spread(count)
    q, g = (cells.window + _PSEUDO) / (n + extra), (cells.baseline + _PSEUDO) / (m + extra)
    terms = np.where(used, (q - g) * np.log(q / g), 0.0)

    def evaluate(hits: Floats, few: Counts) -> Floats:
        share, known = (hits + _PSEUDO) / (n + extra)[few, None], g[few, None]
        return (share - known) * np.log(share / known)

    noise = _expect(cells, evaluate, scale=n * n / (n + extra) ** 2)
    return cells.gather(terms - np.where(used, noise, 0.0))


def measure_jensen_shannon(cells: DivergenceCells) -> Floats:
    """Measure the Jensen-Shannon divergence of each feature in bits (0 to 1), less its expected value without drift.

    The distance is the root of what is above 0. For n records and B cells the expected value is about
    (B - 1)/8 * (1/n + 1/m) nats, by expansion to the second order. Cells with fewer than 20 expected records are summed exactly.
    """
    n, m = cells.totals
    q, g = cells.window / np.maximum(n, 1), cells.baseline / np.maximum(m, 1)
    terms = _mix(q, g)

    def evaluate(hits: Floats, few: Counts) -> Floats:
        return _mix(hits / n[few, None], g[few, None])

    noise = _expect(cells, evaluate, scale=np.full(len(n), 1 / 8))
    return cells.gather(terms - noise) / math.log(2)


def _mix(q: Floats, g: Floats) -> Floats:
    middle = np.where(q + g > 0, (q + g) / 2, 1.0)
    ours = q * np.log(np.where(q > 0, q, middle) / middle)
    result: Floats = (ours + g * np.log(np.where(g > 0, g, middle) / middle)) / 2
    return result


def _expect(cells: DivergenceCells, evaluate: Callable[[Floats, Counts], Floats], scale: Floats) -> Floats:
    """Return the expected value of each cell's term without drift: that of the window's counts, and that of the baseline's.

    Many expected records: the variance of the share, (1 - p)/n, times `scale`. Few: the sum over the binomial distribution of the
    window's count.
    """
    n, m = cells.totals
    share = cells.shares
    usual = np.where(n * share >= _FEW, (1 - share) / np.maximum(n, 1) * scale, 0.0)
    result: Floats = usual + (1 - share) / np.maximum(m, 1) * np.minimum(scale, 1.0)
    for rare in cells.rare:
        result[rare.places] += (rare.chances * evaluate(rare.hits, rare.places)).sum(axis=1)
    return result
