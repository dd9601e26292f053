"""The verdict on bias: which metrics of a window are farther from 0 than in the baseline."""

import math
from statistics import NormalDist

import msgspec

from kedge_monitor.bias.analysis import BiasViolation, ClarifyAnalysis, ClarifyViolations, written
from kedge_monitor.bias.state import BiasMeasurement, Uncertainty
from kedge_monitor.compare.settings import CompareMode
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.quality.verdict import VerdictRule


class BiasCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one facet against the baseline. `farther`: by Clarify's rule. `violated`: the verdict counts it.

    `p_value` is two-sided, None if the window has no sampling error for the metric.
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
    records: int = 0


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
    with z for both sides of the level.
    """
    used = rule or VerdictRule()
    if not measured.records:
        return BiasComparison(outcome=Outcome.NO_DATA, checks=(), records=0, notes=measured.notes)
    window, limits = measured.analysis.metrics, baseline.metrics
    checks, absent = [], []
    for key, limit in limits.items():
        if limit.number is None:
            continue
        found = window.get(key)
        if found is None or found.number is None:
            absent.append(key)
            continue
        checks.append(_check(key, found.number, limit.number, measured, used))
    notes = [*measured.notes]
    if absent:
        named = ", ".join(f"{name} of {facet} {value}" for facet, value, name in absent)
        notes.append(f"The baseline has these metrics and the window does not: {named}. They were not judged.")
    if any(check.violated for check in checks):
        outcome = Outcome.VIOLATED
    else:
        outcome = Outcome.CLEAN if checks else Outcome.INCONCLUSIVE
    return BiasComparison(outcome=outcome, checks=tuple(checks), records=measured.records, notes=tuple(notes))


def _check(
    key: tuple[str, str, str], value: float, limit: float, measured: BiasMeasurement, rule: VerdictRule
) -> BiasCheck:
    facet, facet_value, metric = key
    farther = abs(value) > abs(limit)
    p_value = _p_value(value, limit, measured.uncertainties.get(key), measured.records, rule)
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
        records=measured.records,
    )


def _p_value(
    value: float, limit: float, uncertainty: Uncertainty | None, records: int, rule: VerdictRule
) -> float | None:
    if uncertainty is None or math.isinf(limit):
        return None
    at = abs(value) if math.isfinite(value) else uncertainty.middle
    of_baseline = records / rule.baseline_records if rule.baseline_records else 0.0
    error = uncertainty.error * math.sqrt(rule.overdispersion * (1 + of_baseline))
    beyond = at - abs(limit)
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
    )
