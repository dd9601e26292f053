"""Compares a window with a baseline: the one entry of this package."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kedge_monitor.baseline import Baseline
from kedge_monitor.compare.candidates import list_candidates
from kedge_monitor.compare.compatible_mode import judge_documented
from kedge_monitor.compare.history import DriftHistory, FinishedRun, WindowNoise, WindowSpan, add_run, open_history
from kedge_monitor.compare.measurement import FeatureMeasurement, measure_features
from kedge_monitor.compare.promise_mode import PromisedWindow
from kedge_monitor.compare.sentences import EXTRA_COLUMNS, MISSING_COLUMNS, say_columns
from kedge_monitor.compare.settings import (
    CompareMode,
    CompareSettings,
    FeaturePlan,
    FeatureShape,
    find_shape,
    plan_features,
)
from kedge_monitor.compare.verdict import CheckType, Distances, FeatureCheck, Outcome, WindowComparison
from kedge_monitor.errors import MonitorError
from kedge_monitor.profile.column import ColumnProfile
from kedge_monitor.profile.dataset import DatasetProfile

_KOLMOGOROV_90: Final = 1.2239**2  # squared 90 % quantile of Kolmogorov's distribution
_CHI_SQUARED_90: Final = 2.7055  # 90 % quantile of chi-squared with one degree of freedom


class NothingToCompare(MonitorError):
    """A baseline without records or features, or a window that has no column of it."""


def compare(
    baseline: Baseline,
    window: DatasetProfile,
    history: DriftHistory | None = None,
    settings: CompareSettings | None = None,
    *,
    span: WindowSpan | None = None,
    joined: Mapping[float, DatasetProfile] | None = None,
    season: DatasetProfile | None = None,
) -> tuple[WindowComparison, DriftHistory]:
    """Compare a window with a baseline, and return the verdict and the history for the next run.

    Args:
        baseline: what the window is compared with.
        window: the window's profile, over the baseline's edges.
        history: what the last run returned; None for the first run.
        settings: the mode, the promise and the schedule; the defaults if None.
        span: the times of the window; without them nothing is remembered for joined windows and seasons.
        joined: by hours, the merged profiles of the windows that `find_rollups` names and of this one. They are only read
            if the window is too small to show the limit.
        season: the merged profile of the windows that `find_season` names; the distributions are compared with it.

    Raises:
        SettingInapplicable: a setting of the constraints cannot apply.
        NothingToCompare: the baseline is empty, or the window has other columns.
    """
    settings = settings or CompareSettings()
    past = open_history(history or DriftHistory(), baseline.digest)
    plans = plan_features(baseline, settings)
    if not plans or not baseline.profile.records:
        raise NothingToCompare("the baseline has no records or no features. Create it from data that has some.")
    if not window.records:
        nothing = tuple(Distances(feature=plan.name) for plan in plans)
        said = ("The window has no records. Check that there were requests, and that data capture is on.",)
        return WindowComparison(outcome=Outcome.NO_DATA, checks=(), distances=nothing, records=0, notes=said), past
    columns = _check_columns(plans, window, settings)
    season = None if settings.mode is CompareMode.COMPATIBLE else season
    measured = measure_features(_pair(plans, window, season))
    if not measured:
        raise NothingToCompare(
            f"the window has no column of the baseline, but {', '.join(window.schema.names[:5])}. Name the baseline of this data."
        )
    if settings.mode is CompareMode.COMPATIBLE:
        candidates = {item.key: item for item in list_candidates(measured, 1.0, 1.0, strict=settings.strict_types)}
        checks = [*columns, *judge_documented(measured, candidates, strict=settings.strict_types)]
        comparison = _conclude(checks, measured, window.records, (), too_few=False)
    else:
        reference = baseline.profile.records if season is None else season.records
        promised = PromisedWindow(measured, past, settings, window.records, reference, span)
        checks = [*columns, *promised.checks]
        for hours, profile in sorted((joined or {}).items()) if promised.is_small else ():
            checks += promised.judge_joined(hours, profile.records, measure_features(_pair(plans, profile, season)))
        notes = promised.write_notes(None if season is None else season.records)
        comparison = _conclude(checks, measured, window.records, notes, too_few=promised.too_few)
    run = FinishedRun(
        span=span,
        flagged=tuple(
            f"{item.check}:{item.feature}" for item in comparison.checks if item.flagged and item.hours is None
        ),
        clean=comparison.outcome is Outcome.CLEAN,
        usual=2 * len({check.feature for check in comparison.violations}) <= len(measured),
        noise=_measure_noise(measured),
    )
    return comparison, add_run(past, run, settings)


def _pair(
    plans: Sequence[FeaturePlan], window: DatasetProfile, season: DatasetProfile | None
) -> list[tuple[FeaturePlan, ColumnProfile]]:
    """Return each plan with the window's column, where there is one; with a season, the distribution's reference is its column."""
    columns = {column.name: column for column in window.columns}
    others = {} if season is None else {column.name: column for column in season.columns}
    pairs = []
    for plan in plans:
        column, other = columns.get(plan.name), others.get(plan.name)
        if column is None:
            continue
        if other is not None and plan.shape is not FeatureShape.NOTHING:
            shape = find_shape(other, CompareMode.PROMISE)
            pairs.append((msgspec.structs.replace(plan, reference=other, shape=shape), column))
        else:
            pairs.append((plan, column))
    return pairs


def _check_columns(
    plans: Sequence[FeaturePlan], window: DatasetProfile, settings: CompareSettings
) -> list[FeatureCheck]:
    """Compare the columns: by name, and in the mode `compatible` by their number as Model Monitor does."""
    expected = {plan.name for plan in plans}
    present = set(window.schema.names) - set(settings.excluded)
    missing, extra = sorted(expected - present), sorted(present - expected)
    if settings.mode is CompareMode.COMPATIBLE:
        missing, extra = (
            (missing if len(present) < len(expected) else []),
            (extra if len(present) > len(expected) else []),
        )
    return [
        FeatureCheck(
            feature=feature,
            check=check,
            violated=True,
            flagged=True,
            sentence=say_columns(check, len(present), len(expected)),
            observed=float(len(present)),
            limit=float(len(expected)),
            records=window.records,
            method="names",
            columns=tuple(names),
        )
        for feature, check, names in (
            (MISSING_COLUMNS, CheckType.MISSING_COLUMN, missing),
            (EXTRA_COLUMNS, CheckType.EXTRA_COLUMN, extra),
        )
        if names
    ]


def _conclude(
    checks: list[FeatureCheck],
    measured: Sequence[FeatureMeasurement],
    records: int,
    notes: tuple[str, ...],
    *,
    too_few: bool,
) -> WindowComparison:
    """Return the comparison with the worst checks first."""
    violated = any(check.violated for check in checks)
    outcome = Outcome.VIOLATED if violated else Outcome.INCONCLUSIVE if too_few else Outcome.CLEAN
    return WindowComparison(
        outcome=outcome,
        checks=tuple(sorted(checks, key=_rank)),
        distances=tuple(item.distances for item in measured),
        records=records,
        notes=notes,
    )


def _rank(check: FeatureCheck) -> tuple[bool, bool, float]:
    excess = 0.0 if check.effect is None else check.effect / max(check.material or 0.0, 1e-3)
    return not check.violated, not check.flagged, -excess if check.effect is not None else -float("inf")


def _measure_noise(measured: Sequence[FeatureMeasurement]) -> WindowNoise:
    """Measure how far each feature is from the baseline, in units of the noise of independent records.

    Distances: l^2 with l = (sqrt(ne) + 0.12 + 0.11/sqrt(ne)) * D. Points: z^2 = gap^2 * ne / (F*(1 - F)).
    """
    distances, points = [], []
    for item in measured:
        if item.distance is None or item.plan.excluded is not None:
            continue
        effective = item.n * item.m / (item.n + item.m)
        if item.cells is None:
            root = effective**0.5
            distances.append(((root + 0.12 + 0.11 / root) * item.distance) ** 2 / _KOLMOGOROV_90)
        if item.point is not None:
            gap, share = item.point
            points.append(gap * gap * effective / (share * (1 - share)) / _CHI_SQUARED_90)
    return WindowNoise(tuple(distances), tuple(points))
