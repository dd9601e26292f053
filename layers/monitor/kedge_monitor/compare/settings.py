"""How windows are compared: what the caller chooses for a whole monitor, and what holds for each feature.

A setting that cannot apply is an error before the first window is measured, never a drift of 0.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from kedge_monitor.baseline import Baseline, Constraint, MonitoringConfig
from kedge_monitor.batch import DataType
from kedge_monitor.errors import MonitorError
from kedge_monitor.profile.column import ColumnProfile

SEASONAL_WEEKS: Final = 4
"""The clean weeks of an hour of the week from which on a window is compared with them, where no other number is set."""

_DEFAULT_THRESHOLD: Final = 0.1
_FEW_VALUES: Final = 5  # up to this number of distinct values, a number column is compared as categories


class SettingInapplicable(MonitorError):
    """A setting of a feature or a monitor that cannot decide anything, or that contradicts another."""


class CompareMode(StrEnum):
    """Which rules decide: those with a promise about false pages, or Model Monitor's documented ones."""

    PROMISE = "promise"
    COMPATIBLE = "compatible"


class DistanceMethod(StrEnum):
    """The distances that a constraint can name. All but the first four decide by their number and the limit alone."""

    SIMPLE = "Simple"
    ROBUST = "Robust"
    L_INFINITY = "LInfinity"
    CHI_SQUARED = "ChiSquared"
    KOLMOGOROV_SMIRNOV = "KolmogorovSmirnov"
    PSI = "PSI"
    JENSEN_SHANNON = "JensenShannon"
    WASSERSTEIN = "Wasserstein"

    @property
    def fixed(self) -> bool:
        """Return whether the number decides by itself, outside of the promise."""
        return self in _FIXED


_FIXED: Final = {
    DistanceMethod.KOLMOGOROV_SMIRNOV,
    DistanceMethod.PSI,
    DistanceMethod.JENSEN_SHANNON,
    DistanceMethod.WASSERSTEIN,
}
_OF_NUMBERS: Final = {DistanceMethod.SIMPLE, DistanceMethod.ROBUST, *_FIXED}
_OF_CATEGORIES: Final = {
    DistanceMethod.L_INFINITY,
    DistanceMethod.CHI_SQUARED,
    DistanceMethod.PSI,
    DistanceMethod.JENSEN_SHANNON,
}
_UNBOUNDED: Final = {DistanceMethod.PSI, DistanceMethod.WASSERSTEIN}
_SPELLINGS: Final = {
    "linfsimple": DistanceMethod.SIMPLE,
    "linfrobust": DistanceMethod.ROBUST,
    "ks": DistanceMethod.KOLMOGOROV_SMIRNOV,
    "js": DistanceMethod.JENSEN_SHANNON,
    "populationstabilityindex": DistanceMethod.PSI,
} | {method.value.lower(): method for method in DistanceMethod}


class FalsePagePromise(msgspec.Struct, frozen=True, kw_only=True):
    """At most `false_pages` on average of one monitor within `weeks`."""

    false_pages: float = 1.0
    weeks: float = 26.0

    def __post_init__(self) -> None:
        """Check both numbers. Raises ValueError."""
        if not (self.false_pages > 0 and self.weeks > 0):
            raise ValueError("a promise has a number of false pages and a number of weeks above 0")


class CompareSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of the caller for all windows of a monitor.

    `runs_per_week` is how often the monitor runs. `threshold` is the least distance that matters; None: that of the constraints,
    else 0.1. `excluded` are columns that are left out entirely. `strict_types`: a whole number is no Fractional, as in Model
    Monitor. `rollups` are lengths in hours of the windows that small windows are joined to. `seasonal_weeks`: compare with the
    same hour of the week once it has this number of clean weeks; None: never. `keeps_history`: each run gets the history of the run
    before; else no check can wait for a second run.
    """

    mode: CompareMode = CompareMode.PROMISE
    promise: FalsePagePromise = FalsePagePromise()
    runs_per_week: float = 168.0
    threshold: float | None = None
    excluded: tuple[str, ...] = ()
    strict_types: bool = False
    rollups: tuple[float, ...] = (2.0, 6.0, 24.0)
    seasonal_weeks: int | None = None
    keeps_history: bool = True

    def __post_init__(self) -> None:
        """Check the numbers. Raises ValueError."""
        if not self.runs_per_week > 0:
            raise ValueError("runs_per_week is above 0")
        if self.threshold is not None and not 0 < self.threshold <= 1:
            raise ValueError("threshold is a distance above 0 and at most 1")
        if any(hours <= 0 for hours in self.rollups) or (self.seasonal_weeks is not None and self.seasonal_weeks < 1):
            raise ValueError("rollups are hours above 0, and seasonal_weeks is at least 1")


class FeatureShape(StrEnum):
    """How the values of a feature are compared."""

    NUMBERS = "numbers"
    FEW_NUMBERS = "few_numbers"  # numbers of at most 5 distinct values: categories
    CATEGORIES = "categories"
    NOTHING = "nothing"  # the baseline has no distribution of it


class FeaturePlan(msgspec.Struct, frozen=True, kw_only=True):
    """How one feature is checked: the constraint, the baseline's column and the settings that hold for it.

    `reference` is what the distribution is compared with: the baseline's column, or the same hour of earlier weeks.
    `domains` are the allowed values, None if the constraints do not list them. The thresholds are shares and distances from 0 on.
    """

    name: str
    column: ColumnProfile
    reference: ColumnProfile
    shape: FeatureShape
    expected_type: DataType
    completeness: float | None
    domains: frozenset[str] | None
    evaluate: bool
    compare: bool
    type_threshold: float
    domain_threshold: float
    threshold: float
    method: DistanceMethod
    subtracts_noise: bool  # Model Monitor's Robust, for numbers and categories
    excluded: str | None = None  # why the feature has no comparison and no domain


def plan_features(baseline: Baseline, settings: CompareSettings) -> tuple[FeaturePlan, ...]:
    """Resolve the settings of each feature of the constraints, in their order; excluded columns are left out.

    Raises:
        SettingInapplicable: a setting cannot apply, a method is not known, or the baseline lacks a column of its constraints.
    """
    names = {constraint.name for constraint in baseline.constraints.features} | set(baseline.profile.schema.names)
    unknown = sorted(set(settings.excluded) - names)
    if unknown:
        raise SettingInapplicable(
            f"excluded columns that the baseline does not have: {', '.join(unknown)}. Remove or correct them."
        )
    return tuple(
        _plan(constraint, baseline, settings)
        for constraint in baseline.constraints.features
        if constraint.name not in settings.excluded
    )


def _plan(constraint: Constraint, baseline: Baseline, settings: CompareSettings) -> FeaturePlan:
    column = baseline.profile.column(constraint.name)
    if column is None:
        raise SettingInapplicable(
            f"feature {constraint.name}: constraints.json names it, statistics.json does not. Create the baseline again."
        )
    shape = find_shape(column, settings.mode)
    own, wide = constraint.overrides or MonitoringConfig(), baseline.constraints.config
    _check_overrides(constraint.name, own, shape)

    def pick(name: str, default: float) -> float:
        found = getattr(own, name)
        found = getattr(wide, name) if found is None else found
        return default if found is None else float(found)

    # Model Monitor knows no excluded columns: by its rules the file alone counts.
    excluded = None if settings.mode is CompareMode.COMPATIBLE else baseline.excluded.get(constraint.name)
    plan = FeaturePlan(
        name=constraint.name,
        column=column,
        reference=column,
        shape=shape,
        expected_type=constraint.inferred_type,
        completeness=constraint.completeness,
        domains=None if constraint.domains is None or excluded else frozenset(constraint.domains),
        evaluate=bool(pick("evaluate_constraints", 1.0)),
        compare=bool(pick("perform_comparison", 1.0)) and excluded is None,
        type_threshold=pick("datatype_check_threshold", 1.0),
        domain_threshold=pick("domain_content_threshold", 1.0),
        threshold=_find_threshold(own, wide, settings, shape),
        method=_find_method(constraint.name, own, wide, shape),
        subtracts_noise=_subtracts_noise(constraint.name, own, wide),
        excluded=excluded,
    )
    return _check_limits(plan)


def find_shape(column: ColumnProfile, mode: CompareMode) -> FeatureShape:
    """Find how a baseline's column is compared. Model Monitor compares every number column as numbers."""
    if column.numbers is None:
        # The files of Model Monitor give no counts of texts with many values.
        return FeatureShape.CATEGORIES if column.categories.size else FeatureShape.NOTHING
    if not column.numbers.count:
        return FeatureShape.NOTHING
    histogram = column.numbers.histogram
    many = histogram is not None and len(histogram.edges) > _FEW_VALUES  # each edge is a value of the baseline
    if mode is CompareMode.COMPATIBLE or many or len(find_few_values(column)) > _FEW_VALUES:
        return FeatureShape.NUMBERS
    return FeatureShape.FEW_NUMBERS


def find_few_values(column: ColumnProfile) -> Mapping[float, int]:
    """Return the counts of a number column's distinct values: exact ones if there are any, else those of its sketch."""
    if column.numbers is None:
        return {}
    if column.numbers.values is not None:
        return column.numbers.values
    items, weights = column.numbers.sketch.weighted()
    found: dict[float, int] = {}
    for value, weight in zip(items.tolist(), weights.tolist(), strict=True):
        found[value] = found.get(value, 0) + weight
        if len(found) > _FEW_VALUES:
            break
    return found


def _find_threshold(
    own: MonitoringConfig, wide: MonitoringConfig, settings: CompareSettings, shape: FeatureShape
) -> float:
    """Return the limit of the distance: the feature's own, else the monitor's, else that of the constraints, else 0.1."""
    categorical = shape is FeatureShape.CATEGORIES
    for found in (
        own.categorical_comparison_threshold if categorical or shape is FeatureShape.FEW_NUMBERS else None,
        own.comparison_threshold,
        settings.threshold,
        wide.categorical_comparison_threshold if categorical else None,
        wide.comparison_threshold,
    ):
        if found is not None:
            return found
    return _DEFAULT_THRESHOLD


def _find_method(name: str, own: MonitoringConfig, wide: MonitoringConfig, shape: FeatureShape) -> DistanceMethod:
    numeric = shape in (FeatureShape.NUMBERS, FeatureShape.FEW_NUMBERS)
    key, text, source = _name_method(name, own, wide, numeric=numeric)
    if text is None:
        return DistanceMethod.ROBUST if numeric else DistanceMethod.L_INFINITY
    method = read_method(name, text)
    allowed = _OF_NUMBERS if numeric else _OF_CATEGORIES
    if method not in allowed:
        raise SettingInapplicable(
            f"feature {name}: {key} {text} does not apply to this column. Name one of {', '.join(sorted(allowed))}."
        )
    if method.fixed and source.comparison_threshold is None and source.categorical_comparison_threshold is None:
        raise SettingInapplicable(
            f"feature {name}: {key} {text} needs a limit of its own. Write comparison_threshold beside it."
        )
    return method


def _name_method(
    name: str, own: MonitoringConfig, wide: MonitoringConfig, *, numeric: bool
) -> tuple[str, str | None, MonitoringConfig]:
    """Return the key that names the method, the method's text, and the settings that hold both."""
    if numeric:
        source = wide if own.comparison_method is None else own
        return "comparison_method", source.comparison_method, source
    # Simple and Robust say for categories only whether the noise is subtracted; the other distances take the method's place.
    if own.categorical_drift_method is None and own.comparison_method is not None:
        method = read_method(name, own.comparison_method)
        if method not in (DistanceMethod.SIMPLE, DistanceMethod.ROBUST):
            return "comparison_method", own.comparison_method, own
    source = wide if own.categorical_drift_method is None else own
    return "categorical_drift_method", source.categorical_drift_method, source


def _subtracts_noise(name: str, own: MonitoringConfig, wide: MonitoringConfig) -> bool:
    """Return whether Model Monitor's distance is the Robust one, which is its default."""
    text = wide.comparison_method if own.comparison_method is None else own.comparison_method
    return text is None or read_method(name, text) is DistanceMethod.ROBUST


def read_method(name: str, text: str) -> DistanceMethod:
    """Return the distance that a text names, in the words of the documentation or of this package.

    Raises:
        SettingInapplicable: the text names no distance.
    """
    method = _SPELLINGS.get("".join(c for c in text.lower() if c.isalnum()))
    if method is None:
        known = ", ".join(DistanceMethod)
        raise SettingInapplicable(f"feature {name}: the distance {text!r} is not known. Name one of {known}.")
    return method


def _check_overrides(name: str, own: MonitoringConfig, shape: FeatureShape) -> None:
    """Refuse settings of a feature that would silently decide nothing."""
    numeric = shape in (FeatureShape.NUMBERS, FeatureShape.FEW_NUMBERS)
    for key, useless, instead in (
        ("categorical_drift_method", numeric, "Write comparison_method"),
        ("categorical_comparison_threshold", shape is FeatureShape.NUMBERS, "Write comparison_threshold"),
        ("domain_content_threshold", numeric, "Remove it"),
    ):
        if useless and getattr(own, key) is not None:
            raise SettingInapplicable(f"feature {name}: {key} does not apply to a number. {instead}.")


def _check_limits(plan: FeaturePlan) -> FeaturePlan:
    """Refuse limits that no window can break or keep."""
    for key, share in (
        ("datatype_check_threshold", plan.type_threshold),
        ("domain_content_threshold", plan.domain_threshold),
    ):
        if not 0 <= share <= 1:
            raise SettingInapplicable(f"feature {plan.name}: {key} {share} is not a share. Write a number from 0 to 1.")
    if not plan.threshold >= 0 or (plan.threshold > 1 and plan.method not in _UNBOUNDED):
        raise SettingInapplicable(
            f"feature {plan.name}: the limit {plan.threshold} of {plan.method} can never be exceeded. "
            "Write a number from 0 to 1."
        )
    return plan
