"""The result of a comparison: each check of each feature with its numbers, and the verdict of the window."""

from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """What a window's comparison says."""

    CLEAN = "clean"
    VIOLATED = "violated"
    NO_DATA = "no_data"
    INCONCLUSIVE = "inconclusive"


class CheckType(StrEnum):
    """The checks of data quality, by the names of `constraint_check_type` in Model Monitor's file."""

    DATA_TYPE = "data_type_check"
    COMPLETENESS = "completeness_check"
    BASELINE_DRIFT = "baseline_drift_check"
    CATEGORICAL_VALUES = "categorical_values_check"
    MISSING_COLUMN = "missing_column_check"
    EXTRA_COLUMN = "extra_column_check"


class FeatureCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one feature in one window, violated or not.

    `violated` is the verdict. `flagged` says that this run alone is significant and material: under the two-of-three rule a first
    flag waits for a second one. `columns` names the columns that are missing or extra.

    `observed` and `limit` are what the sentence of the file says: a distance (0 to 1) or a share (0 to 1). `effect` is how far the
    window is from the baseline in the unit of `material`, the least effect that matters. `p_value` and `level` are None where no
    test decides. `smallest` is the smallest effect that a window of `records` would have shown with 90 % power at this level.
    """

    feature: str
    check: CheckType
    violated: bool
    sentence: str
    observed: float | None = None
    limit: float | None = None
    effect: float | None = None
    material: float | None = None
    p_value: float | None = None
    level: float | None = None
    records: int = 0
    smallest: float | None = None
    method: str = ""
    hours: float | None = None  # the length of a rolled-up window; None for the window itself
    flagged: bool = False
    columns: tuple[str, ...] = ()


class Distances(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of one feature that are reported and never decide by themselves.

    PSI and Jensen-Shannon (distance, base 2) are over the baseline's deciles or the categories, with the bias of small samples
    subtracted. `wasserstein` and `mean_shift` are in standard deviations of the baseline. None where a number does not exist.
    """

    feature: str
    kolmogorov_smirnov: float | None = None
    l_infinity: float | None = None
    psi: float | None = None
    jensen_shannon: float | None = None
    wasserstein: float | None = None
    mean_shift: float | None = None
    unseen_share: float | None = None
    completeness: float | None = None
    records: int = 0


class WindowComparison(msgspec.Struct, frozen=True, kw_only=True):
    """A window against a baseline: every check, every distance, and what the window was too small for.

    `notes` are sentences for the report: assumptions of the promise, windows too small, records that could not be read.
    """

    outcome: Outcome
    checks: tuple[FeatureCheck, ...]
    distances: tuple[Distances, ...]
    records: int
    notes: tuple[str, ...] = ()

    @property
    def violations(self) -> tuple[FeatureCheck, ...]:
        """Return the checks that are violated, worst first."""
        return tuple(check for check in self.checks if check.violated)
