"""The verdict on bias: which metrics of a window are farther from 0 than in the baseline."""

import math
from statistics import NormalDist
from typing import Final

import msgspec

from kedge_monitor.bias.analysis import BiasMetric, BiasViolation, ClarifyAnalysis, ClarifyViolations, written
from kedge_monitor.bias.flip_test import NAME as FLIP_TEST
from kedge_monitor.bias.formulas import CONDITIONAL
from kedge_monitor.bias.state import BiasMeasurement, Uncertainty
from kedge_monitor.compare.settings import CompareMode
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.quality.forms import known
from kedge_monitor.quality.verdict import POWER, VerdictRule

_ASKED: Final = (*CONDITIONAL, FLIP_TEST)
"""Metrics that only a setting of their own gives, so that they are missed if the baseline does not have them."""


class BiasCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one facet against the baseline. `farther`: by Clarify's rule. `violated`: the verdict counts it.

    `group` and `description` are the group and the metric for a person. `p_value` is two-sided. `error` is the standard
    error of the distance from 0. `smallest` is the change of it that the window would have shown with 90 % power. They
    are None if the window has no sampling error for the metric.
    """

    facet: str
    facet_value: str
    metric: str
    value: float
    limit: float
    farther: bool
    violated: bool
    sentence: str
    p_value: float | None = None
    error: float | None = None
    smallest: float | None = None
    group: str = ""
    description: str = ""
    records: int = 0

    @property
    def name(self) -> str:
        """Return metric, facet and group as measured values are named."""
        return f"{self.metric} of {self.facet} {self.facet_value}"


class BiasComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on a window, each check, and sentences for the report."""

    outcome: Outcome
    checks: tuple[BiasCheck, ...]
    records: int
    notes: tuple[str, ...] = ()

    @property
    def violations(self) -> ClarifyViolations:
        """Return constraint_violations.json."""
        return ClarifyViolations(violations=[_entry(check) for check in self.checks if check.violated])


def compare_bias(
    measured: BiasMeasurement, baseline: ClarifyAnalysis, rule: VerdictRule | None = None
) -> BiasComparison:
    """Return the verdict on a window.

    Clarify's rule, in compatible mode: a metric is violated if its value is farther from 0 than the baseline's,
    whatever the sign. (0 is the reference for DI, too, although 1 is its neutral value.) About half of all unchanged
    windows are farther. So promise mode asks in addition that the distance exceeds z standard errors of the window,
    with z for both sides of the level. The baseline's own error counts, too, if its file says how many records it has.
    """
    used = rule or VerdictRule()
    if used.baseline_records is None and baseline.records is not msgspec.UNSET and baseline.records:
        used = msgspec.structs.replace(used, baseline_records=baseline.records)
    if not measured.records:
        outcome = Outcome.INCONCLUSIVE if measured.incomplete else Outcome.NO_DATA
        return BiasComparison(outcome=outcome, checks=(), records=0, notes=measured.notes)
    window, limits = measured.analysis.metrics, baseline.metrics
    groups = {(facet, entry.identity): entry.words for facet, entry in measured.analysis.groups}
    checks, absent = [], []
    for key, limit in limits.items():
        if limit.number is None:
            continue
        found = window.get(key)
        if found is None or found.number is None:
            absent.append(key)
            continue
        checks.append(_check(key, found, limit.number, groups[key[:2]], measured, used))
    notes, judged = [*measured.notes], {(check.facet, check.facet_value, check.metric) for check in checks}
    if absent:
        named = ", ".join(f"{name} of {facet} {value}" for facet, value, name in absent)
        notes.append(f"The baseline has these metrics and the window does not: {named}. They were not judged.")
    unlimited = [
        key for key, each in window.items() if key[2] in _ASKED and each.number is not None and key not in judged
    ]
    if unlimited:
        named = ", ".join(f"{name} of {facet} {value}" for facet, value, name in unlimited)
        notes.append(
            f"The window has these metrics and the baseline does not: {named}. They were not judged. "
            "Make the baseline again, with the same group and features."
        )
    if any(check.violated for check in checks):
        outcome = Outcome.VIOLATED
    else:
        outcome = Outcome.CLEAN if checks else Outcome.INCONCLUSIVE
    return BiasComparison(outcome=outcome, checks=tuple(checks), records=measured.records, notes=tuple(notes))


def _check(
    key: tuple[str, str, str], found: BiasMetric, limit: float, group: str, measured: BiasMeasurement, rule: VerdictRule
) -> BiasCheck:
    facet, facet_value, metric = key
    value = found.number or 0.0
    farther = abs(value) > abs(limit)
    uncertainty = None if math.isinf(limit) else measured.uncertainties.get(key)
    error = None if uncertainty is None else _error(uncertainty, measured.records, rule)
    p_value = None
    if uncertainty is not None and error is not None:
        p_value = _p_value(abs(value) if math.isfinite(value) else uncertainty.middle, abs(limit), error)
    significant = p_value is not None and p_value <= rule.level
    return BiasCheck(
        facet=facet,
        facet_value=facet_value,
        metric=metric,
        value=value,
        limit=limit,
        farther=farther,
        violated=farther and (significant or rule.mode is CompareMode.COMPATIBLE),
        sentence=f"Metric value {written(value)} doesn't meet the baseline constraint requirement {written(limit)}",
        p_value=p_value,
        error=error,
        smallest=None if error is None else (NormalDist().inv_cdf(1 - rule.level / 2) + POWER) * error,
        group=f"{facet} {group}",
        description=found.description,
        records=measured.records,
    )


def _error(uncertainty: Uncertainty, records: int, rule: VerdictRule) -> float:
    of_baseline = records / rule.baseline_records if rule.baseline_records else 0.0
    return uncertainty.error * math.sqrt(rule.overdispersion * (1 + of_baseline))


def _p_value(distance: float, limit: float, error: float) -> float:
    beyond = distance - limit
    if not error:
        return float(beyond <= 0)
    return min(2 * NormalDist().cdf(-beyond / error), 1.0)


def _entry(check: BiasCheck) -> BiasViolation:
    return BiasViolation(
        facet=check.facet,
        facet_value=check.facet_value,
        metric_name=check.metric,
        description=check.sentence,
        observed=written(check.value),
        limit=written(check.limit),
        records=check.records,
        p_value=known(check.p_value),
        standard_error=known(check.error),
        smallest=known(check.smallest),
    )
