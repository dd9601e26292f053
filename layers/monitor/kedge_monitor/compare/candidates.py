"""The checks of one window before their levels are known: p-value, effect, and the least p-value that each could reach."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import truediv
from typing import Final

import msgspec
import numpy as np

from kedge_monitor.batch import Classes, Counts, DataType, Floats
from kedge_monitor.compare.distances import measure_chi_squared_of_two
from kedge_monitor.compare.measurement import CommonCells, FeatureMeasurement
from kedge_monitor.compare.sentences import say_drift, say_type, say_value
from kedge_monitor.compare.settings import DistanceMethod, FeatureShape
from kedge_monitor.compare.significance import (
    compute_chi_squared_p,
    compute_effective,
    compute_fisher_greater,
    compute_ks_p,
    compute_least_fisher,
    compute_unseen_p,
    count_reachable,
    find_smallest_fisher,
    find_smallest_ks,
    find_smallest_share,
)
from kedge_monitor.compare.tails import compute_binomial_upper
from kedge_monitor.compare.verdict import CheckType

LEAST_COMPLETENESS: Final = 0.01  # a difference of shares of missing values that matters
LEAST_UNSEEN: Final = 0.001  # a share of unknown values beyond the expected one that matters
TYPE_TOLERANCE: Final = 0.001  # a share of values of another type that never matters
SKETCH_ERROR: Final = (
    1.3e-3  # of the ranks of a baseline that Model Monitor made: added to the limit, not to the p-value
)


class CheckCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """One check without its level.

    `p` is None if a fixed limit decides. `least` is the smallest p-value that the check could give with these totals. If a check
    cannot reach any level, it takes no part in the promise. `smallest` finds the smallest effect to be seen at a level.
    """

    feature: str
    check: CheckType
    p: float | None
    least: float
    effect: float
    material: float
    observed: float
    limit: float
    records: int
    baseline: float
    say: Callable[..., str]
    smallest: Callable[[float], float] | None = None
    method: str = ""

    @property
    def key(self) -> str:
        """Return the name of the check in the history."""
        return f"{self.check}:{self.feature}"

    @property
    def matters(self) -> bool:
        """Return whether the effect reaches its limit; rounding of the last digits aside. A fixed limit must be exceeded."""
        if self.p is None:
            return self.effect > self.material
        return self.effect >= self.material * (1 - 1e-9)


def list_candidates(
    measured: Sequence[FeatureMeasurement], dispersion: float, level: float, *, strict: bool
) -> list[CheckCandidate]:
    """List the checks of a window in the order of the features.

    Args:
        measured: the features of the window.
        dispersion: by what factor dependent records count too much, at least 1.
        level: the mildest level that a check can have; it bounds how many categories share one.
        strict: whether a whole number is no Fractional.
    """
    drift = [item for item in measured if item.plan.compare and item.distance is not None]
    evaluated = [item for item in measured if item.plan.evaluate and item.column.records]
    found = [
        *_list_completeness(evaluated, dispersion),
        *_list_types(evaluated, dispersion, strict=strict),
        *_list_unseen(evaluated, dispersion),
        *_list_numbers([item for item in drift if _decides_by_ks(item)], dispersion),
        *_list_categories([item for item in drift if _decides_by_fisher(item)], dispersion, level),
        *(_decide_chi_squared(item, dispersion) for item in drift if item.plan.method is DistanceMethod.CHI_SQUARED),
        *(fixed for item in drift if item.plan.method.fixed and (fixed := decide_by_number(item)) is not None),
    ]
    order = {item.plan.name: place for place, item in enumerate(measured)}
    return sorted(found, key=lambda candidate: order[candidate.feature])


def count_matching(classes: Classes, expected: DataType, *, strict: bool) -> int:
    """Count the present values that have the expected type: a whole number is a Fractional unless `strict`, all is a String."""
    match expected:
        case DataType.INTEGRAL:
            return classes.integral
        case DataType.FRACTIONAL:
            return classes.fractional + (0 if strict else classes.integral)
        case _:
            return classes.present


def decide_by_number(item: FeatureMeasurement) -> CheckCandidate | None:
    """Return the check of a feature whose constraint names a distance with a limit; None if the window lacks the number."""
    distances = item.distances
    number = {
        DistanceMethod.KOLMOGOROV_SMIRNOV: distances.kolmogorov_smirnov,
        DistanceMethod.PSI: distances.psi,
        DistanceMethod.JENSEN_SHANNON: distances.jensen_shannon,
        DistanceMethod.WASSERSTEIN: distances.wasserstein,
    }[item.plan.method]
    return None if number is None else _propose_drift(item, p=None, least=1.0, distance=number)


def _propose_drift(
    item: FeatureMeasurement,
    *,
    p: float | None,
    least: float,
    distance: float,
    smallest: Callable[[float], float] | None = None,
    method: str = "",
) -> CheckCandidate:
    limit = item.plan.threshold
    numbers = item.plan.reference.numbers
    blurred = (
        p is not None and item.plan.shape is FeatureShape.NUMBERS and numbers is not None and numbers.exact is None
    )
    return CheckCandidate(
        feature=item.plan.name,
        check=CheckType.BASELINE_DRIFT,
        p=p,
        least=least,
        effect=distance,
        material=limit + (SKETCH_ERROR if blurred else 0.0),
        observed=distance,
        limit=limit,
        records=item.n,
        baseline=item.m,
        say=partial(say_drift, distance, limit),
        smallest=smallest,
        method=method or item.plan.method,
    )


def _decides_by_ks(item: FeatureMeasurement) -> bool:
    return item.plan.shape is FeatureShape.NUMBERS and not item.plan.method.fixed


def _decides_by_fisher(item: FeatureMeasurement) -> bool:
    named = item.plan.method.fixed or item.plan.method is DistanceMethod.CHI_SQUARED
    return item.cells is not None and not named


def _list_numbers(items: Sequence[FeatureMeasurement], dispersion: float) -> Iterable[CheckCandidate]:
    if not items:
        return
    effective = compute_effective([item.n for item in items], [item.m for item in items]) / dispersion
    distances = np.array([item.distance for item in items], dtype=np.float64)
    p, least = compute_ks_p(np.stack([distances, np.ones_like(distances)]), effective).tolist()
    for i, item in enumerate(items):
        yield _propose_drift(
            item,
            p=p[i],
            least=least[i],
            distance=float(distances[i]),
            smallest=partial(find_smallest_ks, float(effective[i])),
            method="Kolmogorov-Smirnov",
        )


def _list_categories(items: Sequence[FeatureMeasurement], dispersion: float, level: float) -> Iterable[CheckCandidate]:
    """Test each value against the rest; the smallest p-value counts once for each value that could reach the level (Tarone)."""
    if not items:
        return
    parts = [_thin_out(item.cells, item, dispersion) for item in items if item.cells is not None]
    tested = [_choose_tested(a + b) for a, b in parts]
    sizes = [len(chosen) for chosen in tested]
    window = np.concatenate([a[chosen] for (a, _), chosen in zip(parts, tested, strict=True)])
    baseline = np.concatenate([b[chosen] for (_, b), chosen in zip(parts, tested, strict=True)])
    n = np.repeat([float(a.sum()) for a, _ in parts], sizes)
    m = np.repeat([float(b.sum()) for _, b in parts], sizes)
    ends = np.cumsum(sizes)
    least = compute_least_fisher(window + baseline, n, m)
    p_values = find_smallest_fisher(window, n, baseline, m, ends - sizes)
    for item, p, start, end in zip(items, p_values.tolist(), ends - sizes, ends, strict=True):
        reachable = count_reachable(least[start:end].tolist(), partial(truediv, level))
        shares = baseline[start:end] / m[start]
        widest = float(shares[np.abs(shares - 0.5).argmin()])
        effective = float(n[start] * m[start] / (n[start] + m[start]))
        yield _propose_drift(
            item,
            p=min(1.0, p * reachable),
            least=float(least[start:end].min()),
            distance=item.distance or 0.0,
            smallest=partial(find_smallest_share, widest, effective, shared_by=reachable),
            method="Fisher",
        )


def _choose_tested(totals: Floats) -> Counts:
    """Return the cells that are tested: those with records, and only one of two, because both say the same."""
    used = np.flatnonzero(totals > 0)
    return used[:1] if len(used) == 2 else used


def _thin_out(cells: CommonCells, item: FeatureMeasurement, dispersion: float) -> tuple[Floats, Floats]:
    """Return the counts of as many independent records; what rounding takes away goes toward no difference."""
    a, b = cells.meet()
    if dispersion <= 1:
        return a, b
    n, m = max(item.n, 1), max(item.m, 1)
    wanted = a / dispersion
    expected = b / m * n / dispersion
    rounded = np.where(wanted > expected, np.floor(wanted), np.ceil(wanted))
    return rounded, np.round(b / dispersion)


def _decide_chi_squared(item: FeatureMeasurement, dispersion: float) -> CheckCandidate:
    """Return the check of a feature that names ChiSquared: two samples, and unseen values are a cell of their own."""
    found = measure_chi_squared_of_two(item.column.categories.counts, item.plan.reference.categories.counts)
    statistic, _, degrees = found or (0.0, 1.0, 1)
    p = compute_chi_squared_p(statistic / dispersion, degrees)
    return _propose_drift(item, p=p, least=0.0, distance=item.distance or 0.0, method=DistanceMethod.CHI_SQUARED)


def _list_completeness(items: Sequence[FeatureMeasurement], dispersion: float) -> Iterable[CheckCandidate]:
    items = [item for item in items if item.plan.completeness is not None]
    if not items:
        return
    missing = np.array([item.column.missing for item in items], dtype=np.float64)
    records = np.array([item.column.records for item in items], dtype=np.float64)
    before = np.array([item.plan.column.missing for item in items], dtype=np.float64)
    baseline = np.array([item.plan.column.records for item in items], dtype=np.float64)
    allowed = 1 - np.array([item.plan.completeness for item in items], dtype=np.float64)
    k, n = np.floor(missing / dispersion), np.floor(records / dispersion)
    b, m = np.ceil(before / dispersion), np.maximum(np.floor(baseline / dispersion), 1)
    p = np.ones(len(items))
    some = np.flatnonzero(k)
    if len(some):
        b = np.minimum(b, m)
        p[some] = compute_fisher_greater(k[some], n[some], b[some], m[some])
        wider = allowed[some] > before[some] / np.maximum(baseline[some], 1)
        p[some] = np.where(wider, np.maximum(p[some], compute_binomial_upper(k[some], n[some], allowed[some])), p[some])
    usual = np.maximum(before / np.maximum(baseline, 1), allowed)
    gone = missing / records
    columns = (p, gone - usual, 1 - gone, 1 - allowed, baseline, usual, compute_effective(n, m))
    for item, numbers in zip(items, zip(*(column.tolist() for column in columns), strict=True), strict=True):
        p_value, effect, share, limit, size, expected, effective = numbers
        yield CheckCandidate(
            feature=item.plan.name,
            check=CheckType.COMPLETENESS,
            p=p_value,
            least=0.0 if item.column.missing + item.plan.column.missing else 1.0,
            effect=effect,
            material=LEAST_COMPLETENESS,
            observed=share,
            limit=limit,
            records=item.column.records,
            baseline=size,
            say=partial(say_value, share, limit),
            smallest=partial(find_smallest_share, expected, effective, shared_by=0.5),
            method="Fisher, one-sided",
        )


def _list_types(items: Sequence[FeatureMeasurement], dispersion: float, *, strict: bool) -> Iterable[CheckCandidate]:
    for item in items:
        plan, present = item.plan, item.column.present
        if not plan.expected_type.numeric or not present:
            continue
        matching = count_matching(item.column.classes, plan.expected_type, strict=strict)
        wrong, tolerance = present - matching, max(TYPE_TOLERANCE, 1 - plan.type_threshold)
        p = 1.0
        if wrong:
            p = float(compute_binomial_upper(wrong // dispersion, max(1, present // dispersion), min(tolerance, 1.0)))
        yield CheckCandidate(
            feature=plan.name,
            check=CheckType.DATA_TYPE,
            p=p,
            least=0.0 if wrong else 1.0,
            effect=wrong / present,
            material=tolerance,
            observed=matching / present,
            limit=plan.type_threshold,
            records=present,
            baseline=float(plan.column.present),
            say=partial(say_type, plan.expected_type, matching / present, plan.type_threshold),
            smallest=partial(find_smallest_share, tolerance, present / dispersion, shared_by=0.5),
            method="binomial",
        )


def _list_unseen(items: Sequence[FeatureMeasurement], dispersion: float) -> Iterable[CheckCandidate]:
    for item in items:
        plan, unknown, present = item.plan, item.unknown, item.column.categories.total
        if unknown is None or plan.excluded is not None or not present:
            continue
        m = max(plan.column.categories.total, 1)
        k, share = unknown.unseen // dispersion, (unknown.unseen << unknown.level) / present
        expected = (unknown.rare << unknown.level) / m
        tolerance = 1 - plan.domain_threshold
        p = 1.0
        if k:
            p = float(compute_unseen_p(k, present / dispersion, unknown.rare / dispersion, m / dispersion))
            p = max(p, float(compute_binomial_upper(k, max(k, present // dispersion), tolerance))) if tolerance else p
        yield CheckCandidate(
            feature=plan.name,
            check=CheckType.CATEGORICAL_VALUES,
            p=p,
            least=0.0 if unknown.unseen + unknown.rare else 1.0,
            effect=share - max(expected, tolerance),
            material=LEAST_UNSEEN,
            observed=1 - share,
            limit=plan.domain_threshold,
            records=present,
            baseline=float(m),
            say=partial(say_value, 1 - share, plan.domain_threshold),
            smallest=partial(find_smallest_share, min(1.0, expected), present / dispersion, shared_by=0.5),
            method="binomial, unseen values",
        )
