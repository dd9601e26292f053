"""Suggests the constraints that follow from a profile of good data."""

from collections.abc import Collection

import msgspec

from kedge_monitor.baseline import Baseline, Constraint, Constraints, MonitoringConfig
from kedge_monitor.baseline.exclusions import reasons_to_exclude
from kedge_monitor.baseline.folder import SWITCHED_OFF, BaselineUnusable, digest_of
from kedge_monitor.baseline.from_sketch import with_histograms
from kedge_monitor.baseline.notices import MOST_SINGLETONS, notices_of
from kedge_monitor.batch import DataType
from kedge_monitor.files.constraints import AWS_DEFAULTS, write_constraints
from kedge_monitor.files.statistics import counted_categories, written_type
from kedge_monitor.profile.column import ColumnProfile
from kedge_monitor.profile.dataset import DatasetProfile
from kedge_monitor.profile.stored import encode_profile

_NO_COMPARISON = MonitoringConfig(perform_comparison=False)
_NO_CHECK = MonitoringConfig(evaluate_constraints=False, perform_comparison=False)


def suggest_baseline(profile: DatasetProfile, config: MonitoringConfig = AWS_DEFAULTS) -> Baseline:
    """Return the baseline of a profile: constraints, notices, and the columns that are not compared.

    Completeness is the observed share. A column of numbers is non-negative if its minimum is at least 0. A text column
    gets a domain if it has up to 120 categories, and at most 10 % of them were seen once (deequ, CategoricalRangeRule). A number column without a histogram gets one from its sketch.

    Args:
        profile: the columns of good data.
        config: the settings that constraints.json has for all features.

    Raises:
        BaselineUnusable: the profile has no records or no columns.
    """
    if not profile.records or not profile.columns:
        raise BaselineUnusable("The data of the baseline has no records", "Give data with at least 1,000 records")
    profile = with_histograms(profile)
    excluded = reasons_to_exclude(profile)
    constraints = Constraints(
        features=tuple(_constraint(column, excluded=column.name in excluded) for column in profile.columns),
        config=config,
    )
    return Baseline(
        profile=profile,
        constraints=constraints,
        notices=notices_of(profile, excluded),
        excluded=excluded,
        digest=digest_of(write_constraints(constraints), encode_profile(profile)),
    )


def switch_off(baseline: Baseline, names: Collection[str]) -> Baseline:
    """Return a baseline without checks of some columns.

    They keep their place and their statistics: captured CSV has no names, so a column that is absent would move the others.
    """
    features = tuple(
        msgspec.structs.replace(rule, domains=None, overrides=_NO_CHECK) if rule.name in names else rule
        for rule in baseline.constraints.features
    )
    constraints = msgspec.structs.replace(baseline.constraints, features=features)
    off = dict.fromkeys(names, SWITCHED_OFF)
    excluded = {
        name: off.get(name, baseline.excluded.get(name, ""))
        for name in baseline.profile.schema.names
        if name in off or name in baseline.excluded
    }
    return Baseline(
        profile=baseline.profile,
        constraints=constraints,
        notices=notices_of(baseline.profile, excluded),
        excluded=excluded,
        digest=digest_of(write_constraints(constraints), encode_profile(baseline.profile)),
    )


def _constraint(column: ColumnProfile, *, excluded: bool) -> Constraint:
    kind = written_type(column)
    constraint = Constraint(name=column.name, inferred_type=kind, completeness=column.completeness)
    if excluded:
        # Written into the file, so that other readers of it skip the column, too, and its owner can switch it on.
        constraint = msgspec.structs.replace(constraint, overrides=_NO_COMPARISON)
    if kind.numeric and column.numbers is not None:
        return msgspec.structs.replace(constraint, is_non_negative=True if column.numbers.minimum >= 0 else None)
    if kind is DataType.STRING and not excluded:
        return msgspec.structs.replace(constraint, domains=_domain(column))
    return constraint


def _domain(column: ColumnProfile) -> tuple[str, ...] | None:
    counts = counted_categories(column)
    if counts is None or column.categories.singletons > MOST_SINGLETONS * len(counts):
        return None
    return tuple(counts)
