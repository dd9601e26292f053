"""The verdict on the quality of a model: suggested limits, and which of them a window breaks."""

import math
from statistics import NormalDist
from typing import Final

import msgspec

from kedge_monitor.compare.settings import CompareMode
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.errors import MonitorError
from kedge_monitor.quality.forms import (
    MetricConstraints,
    MetricValue,
    MetricViolation,
    QualityConstraints,
    QualityStatistics,
    ThresholdConstraint,
    ThresholdOperator,
    known,
)
from kedge_monitor.quality.state import QualityMeasurement

_ERRORS: Final = ("mae", "mse", "rmse", "false_positive_rate", "false_negative_rate")
_SCORES: Final = (
    *("r2", "recall", "precision", "accuracy", "true_positive_rate", "true_negative_rate", "auc", "f0_5", "f1", "f2"),
    *("weighted_recall", "weighted_precision", "weighted_f0_5", "weighted_f1", "weighted_f2"),
)
OPERATORS: Final = dict.fromkeys(_ERRORS, ThresholdOperator.GREATER) | dict.fromkeys(_SCORES, ThresholdOperator.LESS)
"""The metrics that get a limit. Those of the constant classifier describe the labels, not the model, and get none."""
POWER: Final = NormalDist().inv_cdf(0.9)
"""In standard errors: a change this far beyond the border of significance is found in 9 of 10 windows."""
_PROBABLE: Final = 0.05  # the level below which a compatible verdict would have been significant; only for notes


class WrongConstraint(MonitorError):
    """A limit that cannot be applied."""


class VerdictRule(msgspec.Struct, frozen=True, kw_only=True):
    """How a broken limit becomes a violation: in promise mode only if it is significant, in compatible mode by the letter.

    `level` is the share of false alarms of one metric in one window (0 to 1). `baseline_records` is the size of the
    labelled baseline that the limits come from: a limit has an error of its own. None: the limits are exact.
    `overdispersion` is by how much dependent records inflate the variance of a window (1: independent).
    """

    mode: CompareMode = CompareMode.PROMISE
    level: float = 0.001
    baseline_records: int | None = None
    overdispersion: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.level < 0.5:
            raise WrongConstraint(f"The level is {self.level}. Set a number above 0 and below 0.5.")

    @property
    def z(self) -> float:
        """Return by how many standard errors a metric must be on the bad side of its limit: one-sided, normal."""
        return NormalDist().inv_cdf(1 - self.level)


class MetricCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one window against its limit.

    `broken`: the value is on the bad side. `violated`: the verdict counts it. `error` is the standard error of value
    minus limit, None if it does not exist. `p_value` is one-sided: how probable a value this bad is without a change.
    `smallest` is the change that the window would have shown with 90 % power, and `deviation` that of Model Monitor's
    recipe. Values are in the unit of the metric.
    """

    metric: str
    operator: ThresholdOperator
    value: float | None
    threshold: float
    broken: bool
    violated: bool
    sentence: str
    error: float | None = None
    p_value: float | None = None
    smallest: float | None = None
    deviation: float | None = None
    records: int = 0

    @property
    def name(self) -> str:
        """Return the metric."""
        return self.metric

    @property
    def limit(self) -> float:
        """Return the threshold."""
        return self.threshold


class QualityComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on a window, each check, and sentences for the report."""

    outcome: Outcome
    checks: tuple[MetricCheck, ...]
    records: int
    notes: tuple[str, ...] = ()

    @property
    def violations(self) -> tuple[MetricViolation, ...]:
        """Return the entries of constraint_violations.json, in the order of the limits."""
        return tuple(_entry(check) for check in self.checks if check.violated)


def suggest_quality_constraints(baseline: QualityStatistics) -> QualityConstraints:
    """Return constraints.json: each metric's limit is its value in the baseline; metrics that do not exist get none."""
    limits: MetricConstraints = {
        name: ThresholdConstraint(threshold=found.number, comparison_operator=OPERATORS[name])
        for name, found in baseline.metrics.items()
        if name in OPERATORS and found.number is not None
    }
    if baseline.regression_metrics is not msgspec.UNSET:
        return QualityConstraints(regression_constraints=limits)
    if baseline.binary_classification_metrics is not msgspec.UNSET:
        return QualityConstraints(binary_classification_constraints=limits)
    return QualityConstraints(multiclass_classification_constraints=limits)


def compare_quality(
    measured: QualityMeasurement, constraints: QualityConstraints, rule: VerdictRule | None = None
) -> QualityComparison:
    """Return the verdict on a window.

    In promise mode a metric is violated if it breaks its limit by more than z standard errors. The baseline's own value
    is the limit, so about half of all unchanged windows break it: only the second condition separates change from
    chance. The error of a proportion is at least the one it would have at the limit. In compatible mode each broken
    limit is a violation.

    Raises:
        WrongConstraint: a limit names a metric that these statistics do not have.
    """
    used = rule or VerdictRule()
    metrics, limits = measured.statistics.metrics, constraints.metrics
    for name in limits:
        if name not in metrics:
            raise WrongConstraint(
                f"constraints.json limits {name}, which is not among the metrics of this window: {', '.join(metrics)}. "
                "Remove the limit, or set problem_type and columns as in the baseline."
            )
    records = measured.records
    if not records:
        return QualityComparison(outcome=Outcome.NO_DATA, checks=(), records=0, notes=measured.notes)
    checks = tuple(_check(name, limit, metrics[name], measured, used) for name, limit in limits.items())
    outcome = Outcome.VIOLATED if any(check.violated for check in checks) else Outcome.CLEAN
    return QualityComparison(
        outcome=outcome, checks=checks, records=records, notes=(*measured.notes, *_notes(checks, measured, used))
    )


def describe_breach(name: str, found: MetricValue, limit: ThresholdConstraint) -> str:
    """Return the sentence of Model Monitor for a broken limit.

    The form without a deviation is that of AWS's package MonitoringCustomMetrics. No public file shows the form with
    a deviation; its numbers stand at the same places.
    """
    operator = limit.comparison_operator.value
    if found.deviation is None:
        return f"Metric {name} with {found.value} was {operator} {limit.threshold}"
    return f"Metric {name} with {found.value} +/- {found.standard_deviation} was {operator} '{limit.threshold}'"


def _check(
    name: str, limit: ThresholdConstraint, found: MetricValue, measured: QualityMeasurement, rule: VerdictRule
) -> MetricCheck:
    value, operator, threshold = found.number, limit.comparison_operator, limit.threshold
    broken = value is not None and operator.breaks(value, threshold)
    error = _error(name, threshold, measured, rule)
    p_value = None
    if value is not None and error is not None:
        by = value - threshold if operator is ThresholdOperator.GREATER else threshold - value
        p_value = NormalDist().cdf(-by / error) if error else float(by <= 0)
    significant = p_value is not None and p_value <= rule.level
    return MetricCheck(
        metric=name,
        operator=operator,
        value=value,
        threshold=threshold,
        broken=broken,
        violated=broken and (significant or rule.mode is CompareMode.COMPATIBLE),
        sentence=describe_breach(name, found, limit),
        error=error,
        p_value=p_value,
        smallest=None if error is None else (rule.z + POWER) * error,
        deviation=found.deviation,
        records=measured.records,
    )


def _error(name: str, threshold: float, measured: QualityMeasurement, rule: VerdictRule) -> float | None:
    error = measured.standard_errors.get(name)
    if error is None or not math.isfinite(error):
        return None
    cases = _cases(name, measured)
    if cases and 0 <= threshold <= 1:
        error = max(error, math.sqrt(threshold * (1 - threshold) / cases))
    of_baseline = measured.records / rule.baseline_records if rule.baseline_records else 0.0
    return error * math.sqrt(rule.overdispersion * (1 + of_baseline))


def _cases(name: str, measured: QualityMeasurement) -> int:
    """Return the number of records that a proportion is taken of; 0 if the metric is not a proportion."""
    if name in ("accuracy", "weighted_recall"):
        return measured.records
    group = measured.statistics.binary_classification_metrics
    if group is msgspec.UNSET:
        return 0
    # The constant classifier's accuracy is the share of positive labels, whatever their text.
    share = group.accuracy_best_constant_classifier.number or 0.0
    positives = round(share * measured.records)
    if name in ("recall", "true_positive_rate", "false_negative_rate"):
        return positives
    if name in ("true_negative_rate", "false_positive_rate"):
        return measured.records - positives
    if name == "precision" and group.recall.number and group.precision.number:
        return round(group.recall.number * positives / group.precision.number)
    return 0


def _notes(checks: tuple[MetricCheck, ...], measured: QualityMeasurement, rule: VerdictRule) -> list[str]:
    notes = [
        f"Metric {check.metric} does not exist in this window: a class has no record or no prediction. It was not judged."
        for check in checks
        if check.value is None
    ]
    chance = [check.metric for check in checks if check.broken and not check.violated]
    if chance:
        notes.append(
            f"Beyond their limits, but within {rule.z:.2f} standard errors of it at {measured.records} records: {', '.join(chance)}."
        )
    if rule.mode is CompareMode.COMPATIBLE:
        weak = [c.metric for c in checks if c.violated and c.p_value is not None and c.p_value > _PROBABLE]
        if weak:
            notes.append(f"Violated by the letter, but chance explains them (p above {_PROBABLE}): {', '.join(weak)}.")
    return notes


def _entry(check: MetricCheck) -> MetricViolation:
    return MetricViolation(
        constraint_check_type=check.operator,
        description=check.sentence,
        metric_name=check.metric,
        observed=known(check.value),
        limit=check.threshold,
        p_value=known(check.p_value),
        standard_deviation=known(check.deviation),
        standard_error=known(check.error),
        smallest=known(check.smallest),
        records=check.records,
    )
