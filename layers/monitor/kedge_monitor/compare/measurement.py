"""A window and a baseline side by side in numbers: for each feature its cells, its distances and its unknown values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from kedge_monitor.batch import Counts, Floats
from kedge_monitor.compare.distances import measure_areas, measure_gaps, measure_ks_of_items, measure_l_infinity
from kedge_monitor.compare.divergences import DivergenceCells, measure_jensen_shannon, measure_psi
from kedge_monitor.compare.settings import FeaturePlan, FeatureShape, find_few_values
from kedge_monitor.compare.verdict import Distances
from kedge_monitor.profile.categories import CategoryCounts
from kedge_monitor.profile.column import ColumnProfile, Histogram, NumberSummary
from kedge_monitor.profile.distinct import hash_texts

_SAME: Final = 1e-6  # numbers nearer than this share of the least gap between the baseline's values are the same value
_DECILES: Final = np.arange(1, 10) / 10
_HALF: Final = 5  # deciles up to the median


@dataclass(frozen=True, slots=True)
class CommonCells:
    """Counts of window and baseline over the baseline's categories; the last cell has all other values.

    `slack` is by how much a count of the window and of the baseline can be too small, None where counts are exact.
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


class FeatureMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """One feature of one window: `n` and `m` are the compared values of window and baseline; no distance without both.

    `distance` is that of Kolmogorov and Smirnov, or the greatest difference of a category's shares. Texts that the baseline does not
    have are in `unknown` only, so that they count once: the shares are those among the known values. `point` is the difference in one
    point of the distribution and the baseline's share there: up to the median, or of the commonest category.
    """

    plan: FeaturePlan
    column: ColumnProfile
    n: int
    m: int
    distance: float | None
    cells: CommonCells | None
    unknown: UnknownValues | None
    point: tuple[float, float] | None
    distances: Distances


class _Found(msgspec.Struct):
    """What is measured of one feature before the divergences. `parts` are the cells of those, with unknown values as the last one."""

    n: int = 0
    m: int = 0
    distance: float | None = None
    wasserstein: float | None = None
    cells: CommonCells | None = None
    unknown: UnknownValues | None = None
    point: tuple[float, float] | None = None
    parts: tuple[Floats, Floats] | None = None


def measure_features(pairs: Sequence[tuple[FeaturePlan, ColumnProfile]]) -> tuple[FeatureMeasurement, ...]:
    """Measure each feature of a window against its plan's reference.

    Args:
        pairs: the plan of a feature and the window's column.
    """
    found = [_measure(plan, column) for plan, column in pairs]
    _measure_histograms(pairs, found)
    divergences = _measure_divergences([item.parts for item in found])
    return tuple(
        _finish(plan, column, measured, divergence)
        for (plan, column), measured, divergence in zip(pairs, found, divergences, strict=True)
    )


def _measure(plan: FeaturePlan, column: ColumnProfile) -> _Found:
    """Measure a feature of categories; of numbers only their count, and without histograms the sketches' distance."""
    base = plan.reference
    match plan.shape:
        case FeatureShape.NUMBERS if column.numbers is not None and base.numbers is not None:
            return _measure_numbers(column.numbers, base.numbers)
        case FeatureShape.FEW_NUMBERS if column.numbers is not None and base.numbers is not None:
            cells = _match_numbers(column, find_few_values(base), column.numbers.count)
            return _measure_cells(cells, (cells.window, cells.baseline), None)
        case FeatureShape.NOTHING if column.numbers is None and plan.domains is not None:
            return _Found(unknown=count_unknown(plan, column.categories))
        case FeatureShape.CATEGORIES if column.numbers is None:
            unknown = count_unknown(plan, column.categories)
            cells, new = _match_categories(plan, column.categories, unknown)
            return _measure_cells(cells, (np.append(cells.window, new), np.append(cells.baseline, 0.0)), unknown)
        case _:
            return _Found()


def _measure_cells(cells: CommonCells, parts: tuple[Floats, Floats], unknown: UnknownValues | None) -> _Found:
    n, m = int(cells.window.sum()), int(cells.baseline.sum())
    if not n or not m:
        return _Found(n=n, m=m, unknown=unknown, parts=parts if m and parts[0].any() else None)
    gaps = cells.window / n - cells.baseline / m
    place = int(cells.baseline.argmax())
    point = _choose_point(float(gaps[place]), float(cells.baseline[place]) / m)
    return _Found(n=n, m=m, distance=float(np.abs(gaps).max()), cells=cells, unknown=unknown, point=point, parts=parts)


def _choose_point(gap: float, share: float) -> tuple[float, float] | None:
    return (gap, share) if 0 < share < 1 else None


def _measure_numbers(window: NumberSummary, base: NumberSummary) -> _Found:
    found = _Found(n=window.count, m=base.count)
    if found.n and found.m and (window.histogram is None or base.histogram is None):
        found.distance = measure_ks_of_items(window.sketch.weighted(), base.sketch.weighted())
    return found


def _measure_histograms(pairs: Sequence[tuple[FeaturePlan, ColumnProfile]], found: Sequence[_Found]) -> None:
    """Measure the distances of all number columns, those with the same number of edges at once."""
    groups: dict[int, list[tuple[_Found, Histogram, Histogram, NumberSummary]]] = {}
    for (plan, column), item in zip(pairs, found, strict=True):
        ours, theirs = column.numbers, plan.reference.numbers
        if ours is None or theirs is None or ours.histogram is None or theirs.histogram is None:
            continue
        if ours.count and theirs.count and len(theirs.histogram.edges):
            groups.setdefault(len(theirs.histogram.edges), []).append((item, ours.histogram, theirs.histogram, theirs))
    for group in groups.values():
        window = np.cumsum([ours.counts for _, ours, _, _ in group], axis=1)
        baseline = np.cumsum([theirs.counts for _, _, theirs, _ in group], axis=1)
        gaps = measure_gaps(window, baseline)
        distances = np.abs(gaps).max(axis=1).tolist()
        areas = measure_areas(
            np.stack([theirs.edges for _, _, theirs, _ in group]),
            gaps,
            np.stack([ours.sums for _, ours, _, _ in group]) / window[:, -1:]
            - np.stack([theirs.sums for _, _, theirs, _ in group]) / baseline[:, -1:],
        ).tolist()
        deciles = _join_deciles(window, baseline)
        for i, (item, _, _, numbers) in enumerate(group):
            deviation = numbers.std_dev
            item.wasserstein = areas[i] / deviation if deviation > 0 else None
            if item.cells is None:
                item.distance = distances[i]
                item.parts = ours, theirs = deciles[i, 0], deciles[i, 1]
                share = float(theirs[:_HALF].sum()) / item.m
                item.point = _choose_point(float(ours[:_HALF].sum()) / item.n - share, share)


def _join_deciles(window: Counts, baseline: Counts) -> Floats:
    """Return the counts over the baseline's deciles: features x (window, baseline) x cells.

    Both arguments are cumulative counts, features x bins. Equal deciles leave cells without records.
    """
    last = baseline.shape[1] - 1
    cuts = [np.searchsorted(known, known[-1] * _DECILES) for known in baseline]
    bounds = np.full((len(baseline), len(_DECILES) + 1), last)
    bounds[:, :-1] = np.minimum(cuts, last)
    rows = np.arange(len(baseline))[:, None]
    counts = np.stack([window[rows, bounds], baseline[rows, bounds]], axis=1).astype(np.float64)
    counts[:, :, 1:] -= counts[:, :, :-1].copy()
    return counts


def _match_numbers(column: ColumnProfile, known: Mapping[float, int], count: int) -> CommonCells:
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
    return numbers.values.numbers, numbers.values.counts.astype(np.float64)


def _match_categories(
    plan: FeaturePlan, window: CategoryCounts, unknown: UnknownValues | None
) -> tuple[CommonCells, float]:
    """Return the cells of a text column, and how many values are new: neither in the baseline nor in the list of allowed values."""
    base = plan.reference.categories
    ours, theirs = window.unsorted_counts, base.unsorted_counts
    a, b = list(map(ours.get, theirs, repeat(0))), list(theirs.values())
    rest = window.total - sum(a)
    if window.exact and base.exact:
        allowed = plan.domains or frozenset()
        new = sum(map(ours.__getitem__, ours.keys() - theirs.keys() - allowed))
    else:
        new = 0 if unknown is None else min(rest, unknown.unseen << unknown.level)
    cells = np.array([*a, rest - new], dtype=np.float64)
    known = np.array([*b, base.total - sum(b)], dtype=np.float64)
    if window.exact and base.exact:
        return CommonCells(cells, known), float(new)
    return CommonCells(cells, known, _find_slack(window, theirs), _find_slack(base, theirs)), float(new)


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
    if not base.sample and plan.domains is None:
        return None
    by_list = plan.domains is not None
    level = window.sample_level if by_list else max(window.sample_level, base.sample_level)
    # With all values of the window at hand and a list of the allowed ones, nothing needs to be sampled.
    ours, theirs = _thin(window, level), _thin(base, max(level, base.sample_level))
    known = theirs.keys() if plan.domains is None else plan.domains
    unseen = sum(map(ours.__getitem__, ours.keys() - known))
    scale = 1 << max(level, base.sample_level) - level
    foreign = [theirs[name] for name in theirs.keys() - known]
    singles = (list(theirs.values()).count(1) - foreign.count(1)) * scale
    return UnknownValues(unseen=unseen, rare=singles + sum(foreign) * scale, level=level)


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
    psi, jensen_shannon = (None, None) if divergence is None else divergence
    unknown, present = found.unknown, column.categories.total
    return FeatureMeasurement(
        plan=plan,
        column=column,
        n=found.n,
        m=found.m,
        distance=found.distance,
        cells=found.cells,
        unknown=unknown,
        point=found.point,
        distances=Distances(
            feature=plan.name,
            kolmogorov_smirnov=found.distance if found.cells is None else _measure_steps(plan, found.cells),
            l_infinity=_measure_union(plan, column, found.distance),
            psi=psi,
            jensen_shannon=None if jensen_shannon is None else max(0.0, jensen_shannon) ** 0.5,
            wasserstein=found.wasserstein,
            mean_shift=_measure_shift(column.numbers, plan.reference.numbers),
            unseen_share=None if unknown is None or not present else (unknown.unseen << unknown.level) / present,
            completeness=column.completeness if column.records else None,
            records=found.n,
        ),
    )


def _measure_union(plan: FeaturePlan, column: ColumnProfile, distance: float | None) -> float | None:
    """Return the L-infinity distance over the union of categories where all are counted, else over the known ones."""
    ours, theirs = column.categories, plan.reference.categories
    if plan.shape is FeatureShape.CATEGORIES and ours.exact and theirs.exact:
        return measure_l_infinity(ours.sample, theirs.sample)
    return None if plan.shape is FeatureShape.NUMBERS else distance


def _measure_steps(plan: FeaturePlan, cells: CommonCells) -> float | None:
    """Return the Kolmogorov-Smirnov distance of numbers with few values: their cells are in the order of the values."""
    if plan.shape is not FeatureShape.FEW_NUMBERS:
        return None
    ours, theirs = np.cumsum(cells.window) / cells.window.sum(), np.cumsum(cells.baseline) / cells.baseline.sum()
    return float(np.abs(ours - theirs)[:-1].max())


def _measure_shift(window: NumberSummary | None, base: NumberSummary | None) -> float | None:
    """Return the shift of the mean in standard deviations of the baseline."""
    if window is None or base is None or not window.count or not base.count or not base.std_dev > 0:
        return None
    return (window.mean - base.mean) / base.std_dev
