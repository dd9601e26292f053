"""The features as the page shows them: state, numbers, and place in the order from worst to best."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from kedge_monitor.baseline import Baseline
from kedge_monitor.compare.verdict import CheckType, Distances, FeatureCheck, WindowComparison
from kedge_monitor.profile.column import ColumnProfile
from kedge_monitor.profile.dataset import DatasetProfile

WORDS: Final = {
    CheckType.DATA_TYPE: "data type",
    CheckType.COMPLETENESS: "completeness",
    CheckType.BASELINE_DRIFT: "drift",
    CheckType.CATEGORICAL_VALUES: "unknown values",
    CheckType.MISSING_COLUMN: "missing columns",
    CheckType.EXTRA_COLUMN: "extra columns",
}
TONES: Final = {"bad": "alarm", "warn": "warn", "good": "soft", "none": "dim"}
"""The class of the words of a state."""

_LARGE: Final = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureView:
    """One feature of the page. `state` is a sign of `charts.mark`, `words` say it. `anchor` is the id of its card."""

    name: str
    anchor: str
    before: ColumnProfile
    after: ColumnProfile | None
    checks: tuple[FeatureCheck, ...]
    distances: Distances
    state: str
    words: str
    excluded: str | None

    @property
    def drift(self) -> FeatureCheck | None:
        """Return the check of the distribution in this window, or in the rolled-up window that is worst."""
        drifts = [check for check in self.checks if check.check is CheckType.BASELINE_DRIFT]
        own = [check for check in drifts if check.hours is None]
        return min(own or drifts, key=_gravity, default=None)

    @property
    def drifts(self) -> bool:
        """Return whether the distribution of this window is flagged or violated."""
        return self.drift is not None and (self.drift.violated or self.drift.flagged)

    @property
    def distance(self) -> float | None:
        """Return the distance of the drift check, else the one that is reported."""
        if self.drift is not None and self.drift.observed is not None:
            return self.drift.observed
        found = self.distances.kolmogorov_smirnov
        return self.distances.l_infinity if found is None else found


def views_of(baseline: Baseline, window: DatasetProfile, comparison: WindowComparison) -> tuple[FeatureView, ...]:
    """Return the features, worst first: violated, then by how near they are to their limit, then those not compared."""
    distances = {each.feature: each for each in comparison.distances}
    views = []
    for number, before in enumerate(baseline.profile.columns):
        checks = tuple(sorted((c for c in comparison.checks if c.feature == before.name), key=_gravity))
        excluded = baseline.excluded.get(before.name)
        after = window.column(before.name)
        state, words = _state(checks, after, excluded)
        views.append(
            FeatureView(
                name=before.name,
                anchor=f"f{number}",
                before=before,
                after=after,
                checks=checks,
                distances=distances.get(before.name, Distances(feature=before.name)),
                state=state,
                words=words,
                excluded=excluded,
            )
        )
    return tuple(sorted(views, key=_order))


def worst_first(checks: Iterable[FeatureCheck]) -> list[FeatureCheck]:
    """Return checks by their effect in units of the least effect that matters, the largest first."""
    return sorted(checks, key=_gravity)


def _state(checks: tuple[FeatureCheck, ...], after: ColumnProfile | None, excluded: str | None) -> tuple[str, str]:
    violated = list(dict.fromkeys(WORDS[check.check] for check in checks if check.violated))
    if violated:
        return "bad", ", ".join(violated)
    if any(check.flagged for check in checks):
        return "warn", "flagged once"
    if excluded is not None:
        return "none", "not compared"
    if after is None or not after.present:
        return "none", "no values"
    return "good", "as the baseline"


def _gravity(check: FeatureCheck) -> tuple[bool, float]:
    """Return the key that sorts the worst check first."""
    effect, material = check.effect, check.material
    if effect is None or not material:
        effect, material = check.observed, check.limit
    size = min(_LARGE, effect / material) if effect is not None and material and not math.isnan(effect) else 0.0
    return not check.violated, -size


def _order(view: FeatureView) -> tuple[int, float, str]:
    rank = ("bad", "warn", "good", "none").index(view.state)
    nearest = min((_gravity(check)[1] for check in view.checks if check.check is CheckType.BASELINE_DRIFT), default=0.0)
    return rank, nearest if view.state != "good" else -(view.distance or 0.0), view.name
