"""What a window and a baseline have in common, in numbers: for each feature its cells, its distances and its unknown values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from kedge_monitor.batch import Counts, Floats
from kedge_monitor.compare.distances import measure_ks, measure_ks_of_items, measure_wasserstein
from kedge_monitor.compare.divergences import DivergenceCells, measure_jensen_shannon, measure_psi
from kedge_monitor.compare.settings import FeaturePlan, FeatureShape, find_few_values
from kedge_monitor.compare.verdict import Distances
from kedge_monitor.profile.categories import CategoryCounts
from kedge_monitor.profile.column import ColumnProfile, Numbers
from kedge_monitor.profile.distinct import hash_texts

_SAME: Final = 1e-6  # numbers nearer than this share of the least gap between the baseline's values are the same value
_DECILES: Final = np.arange(1, 10) / 10


@dataclass(frozen=True, slots=True)
class CommonCells:
    """Counts of window and baseline over the baseline's categories; the last cell has all other values.

    `slack` is by how much a count of the window and of the baseline can be too small, 0 where counts are exact.
    """

    window: Floats
    baseline: Floats
    window_slack: Floats | None = None
    baseline_slack: Floats | None = None

    def meet(self) -> tuple[Floats, Floats]:
        """Return counts within the bounds of the errors that differ least: a test of them never finds too much."""
        if self.window_slack is None or self.baseline_slack is None:
            return self.window, self.baseline
        ratio = self.window.sum() / max(self.baseline.sum(), 1.0)
        b = np.clip(np.round(self.window / max(ratio, 1e-300)), self.baseline, self.baseline + self.baseline_slack)
        a = np.clip(np.round(b * ratio), self.window, self.window + self.window_slack)
        return a, b


@dataclass(frozen=True, slots=True)
class UnknownValues:
    """Records of the window whose value is not known, and what the baseline expects of them.

    Counts are of a share 2^-`level` of the values, chosen by their hash, if there are too many to count them all. `rare` are
    values that the baseline has once, plus its records outside the allowed values.
    """

    unseen: int
    rare: int
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureMeasurement:
    """One feature of one window: `n` and `m` are the compared values of window and baseline; no distance without both."""

    plan: FeaturePlan
    column: ColumnProfile
    n: int
    m: int
    distance: float | None
    cells: CommonCells | None
    unknown: UnknownValues | None
    distances: Distances


def measure_features(pairs: Sequence[tuple[FeaturePlan, ColumnProfile]]) -> tuple[FeatureMeasurement, ...]:
    """Measure each feature of a window against its plan's baseline.

    Args:
        pairs: the plan of a feature and the window's column.
    """
    found = [_measure(plan, column) for plan, column in pairs]
    divergences = _measure_divergences([cells for *_, cells in found])
    return tuple(
        _finish(plan, column, measured, divergence)
        for (plan, column), measured, divergence in zip(pairs, found, divergences, strict=True)
    )


type _Found = tuple[int, int, float | None, CommonCells | None, tuple[Floats, Floats] | None]


def _measure(plan: FeaturePlan, column: ColumnProfile) -> _Found:
    """Return n, m, the deciding distance, the cells of categories, and those of the divergences."""
    base = plan.column
    match plan.shape:
        case FeatureShape.NUMBERS if column.numbers is not None and base.numbers is not None:
            return _measure_numbers(column.numbers, base.numbers)
        case FeatureShape.FEW_NUMBERS if column.numbers is not None and base.numbers is not None:
            cells = _match_numbers(column, find_few_values(base), column.numbers.count)
        case FeatureShape.CATEGORIES:
            cells = _match_categories(column.categories, base.categories)
        case _:
            return 0, 0, None, None, None
    n, m = int(cells.window.sum()), int(cells.baseline.sum())
    if not n or not m:
        return n, m, None, None, None
    return n, m, float(np.abs(cells.window / n - cells.baseline / m).max()), cells, (cells.window, cells.baseline)


def _measure_numbers(window: Numbers, base: Numbers) -> _Found:
    n, m = window.count, base.count
    if not n or not m:
        return n, m, None, None, None
    if window.histogram is None or base.histogram is None:
        return n, m, measure_ks_of_items(window.sketch.weighted(), base.sketch.weighted()), None, None
    ours, theirs = window.histogram.counts, base.histogram.counts
    return n, m, measure_ks(ours, theirs), None, _join_deciles(ours, theirs)


def _join_deciles(window: Counts, baseline: Counts) -> tuple[Floats, Floats]:
    """Return the counts over the baseline's deciles; equal deciles are one cell."""
    known = np.cumsum(baseline)
    cuts = np.searchsorted(known, known[-1] * _DECILES) + 1
    starts = np.unique(np.concatenate([[0], np.minimum(cuts, len(baseline) - 1)]))
    ours, theirs = np.add.reduceat(window, starts), np.add.reduceat(baseline, starts)
    return ours.astype(np.float64), theirs.astype(np.float64)


def _match_numbers(column: ColumnProfile, known: dict[float, int], count: int) -> CommonCells:
    """Return the cells of a number column of few values; a number that differs by rounding only is the same value."""
    values = np.array(sorted(known))
    baseline = np.array([known[value] for value in values.tolist()], dtype=np.float64)
    items, weights = _list_numbers(column)
    gap = float(np.diff(values).min()) if len(values) > 1 else max(abs(float(values[0])), 1.0)
    place = np.searchsorted((values[1:] + values[:-1]) / 2, items)
    same = np.abs(items - values[place]) <= _SAME * gap
    window = np.bincount(place[same], weights=weights[same], minlength=len(values))
    return CommonCells(np.append(window, max(0.0, count - window.sum())), np.append(baseline, 0.0))


def _list_numbers(column: ColumnProfile) -> tuple[Floats, Floats]:
    numbers = column.numbers
    if numbers is None:
        return np.zeros(0), np.zeros(0)
    if numbers.values is None:
        items, counts = numbers.sketch.weighted()
        return items, counts.astype(np.float64)
    return np.array(list(numbers.values)), np.array(list(numbers.values.values()), dtype=np.float64)


def _match_categories(window: CategoryCounts, baseline: CategoryCounts) -> CommonCells:
    ours, theirs = window.counts, baseline.counts
    a, b = [ours.get(name, 0) for name in theirs], list(theirs.values())
    cells = np.array([*a, window.total - sum(a)], dtype=np.float64)
    known = np.array([*b, baseline.total - sum(b)], dtype=np.float64)
    if window.exact and baseline.exact:
        return CommonCells(cells, known)
    return CommonCells(cells, known, _find_slack(window, theirs), _find_slack(baseline, theirs))


def _find_slack(categories: CategoryCounts, names: Iterable[str]) -> Floats:
    """Return by how much each count can be too small; the last cell is a remainder, too large by no more than all of them."""
    if categories.exact:
        return np.array([0.0 for _ in names] + [0.0])
    listed = categories.commonest
    return np.array([float(listed.get(name, (0, categories.error))[1]) for name in names] + [0.0])


def count_unknown(plan: FeaturePlan, window: CategoryCounts) -> UnknownValues | None:
    """Count the window's records with a value that is not allowed or, without a list of allowed values, not in the baseline.

    None if the baseline does not say which values it had.
    """
    base = plan.column.categories
    if not base.total and plan.domains is None:
        return None
    by_list = plan.domains is not None
    level = window.sample_level if by_list else max(window.sample_level, base.sample_level)
    # With all values of the window at hand and a list of the allowed ones, nothing needs to be sampled.
    ours, theirs = _thin(window, level), _thin(base, max(level, base.sample_level))
    known = theirs.keys() if plan.domains is None else plan.domains
    unseen = sum(count for name, count in ours.items() if name not in known)
    scale = 1 << max(level, base.sample_level) - level
    singles = sum(count == 1 for name, count in theirs.items() if name in known) * scale
    outside = sum(count for name, count in theirs.items() if name not in known) * scale
    return UnknownValues(unseen=unseen, rare=singles + outside, level=level)


def _thin(categories: CategoryCounts, level: int) -> dict[str, int]:
    """Return the sampled values whose hash begins with so many zero bits."""
    sample = categories.sample
    if level == categories.sample_level or not sample:
        return sample
    names = list(sample)
    chosen = np.flatnonzero(hash_texts(pa.array(names, pa.string())) >> np.uint64(64 - level) == 0)
    return {names[i]: sample[names[i]] for i in chosen.tolist()}


def _measure_divergences(parts: Sequence[tuple[Floats, Floats] | None]) -> list[tuple[float, float] | None]:
    """Return PSI and Jensen-Shannon divergence of each feature that has cells, in one pass over all."""
    present = [part for part in parts if part is not None]
    if not present:
        return [None for _ in parts]
    sizes = np.array([len(window) for window, _ in present])
    cells = DivergenceCells(
        np.concatenate([window for window, _ in present]),
        np.concatenate([baseline for _, baseline in present]),
        np.cumsum(sizes) - sizes,
    )
    pairs = iter(zip(measure_psi(cells).tolist(), measure_jensen_shannon(cells).tolist(), strict=True))
    return [None if part is None else next(pairs) for part in parts]


def _finish(
    plan: FeaturePlan, column: ColumnProfile, found: _Found, divergence: tuple[float, float] | None
) -> FeatureMeasurement:
    n, m, distance, cells, _ = found
    unknown = count_unknown(plan, column.categories) if plan.shape is FeatureShape.CATEGORIES else None
    psi, jensen_shannon = (None, None) if divergence is None else divergence
    wasserstein, shift = _measure_shift(column.numbers, plan.column.numbers)
    present = column.categories.total
    return FeatureMeasurement(
        plan=plan,
        column=column,
        n=n,
        m=m,
        distance=distance,
        cells=cells,
        unknown=unknown,
        distances=Distances(
            feature=plan.name,
            kolmogorov_smirnov=distance if plan.shape is FeatureShape.NUMBERS else _measure_steps(plan, cells),
            l_infinity=distance if cells is not None else None,
            psi=psi,
            jensen_shannon=None if jensen_shannon is None else max(0.0, jensen_shannon) ** 0.5,
            wasserstein=wasserstein,
            mean_shift=shift,
            unseen_share=None if unknown is None or not present else (unknown.unseen << unknown.level) / present,
            completeness=column.completeness if column.records else None,
            records=n,
        ),
    )


def _measure_steps(plan: FeaturePlan, cells: CommonCells | None) -> float | None:
    """Return the Kolmogorov-Smirnov distance of numbers with few values: their cells are in the order of the values."""
    if plan.shape is not FeatureShape.FEW_NUMBERS or cells is None:
        return None
    ours, theirs = np.cumsum(cells.window) / cells.window.sum(), np.cumsum(cells.baseline) / cells.baseline.sum()
    return float(np.abs(ours - theirs)[:-1].max())


def _measure_shift(window: Numbers | None, base: Numbers | None) -> tuple[float | None, float | None]:
    """Return the Wasserstein distance and the shift of the mean, in standard deviations of the baseline."""
    if window is None or base is None or not window.count or not base.count:
        return None, None
    deviation = base.std_dev
    if not deviation > 0:
        return None, None
    wasserstein = None
    ours, theirs = window.histogram, base.histogram
    if ours is not None and theirs is not None:
        wasserstein = measure_wasserstein(theirs.edges, (ours.counts, ours.sums), (theirs.counts, theirs.sums), deviation)
    return wasserstein, (window.mean - base.mean) / deviation
