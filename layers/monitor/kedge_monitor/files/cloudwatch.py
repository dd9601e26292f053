"""The metrics of a run for CloudWatch: the lines of a container's file, and the same as data for PutMetricData.

Source: SageMaker Developer Guide, "CloudWatch Metrics for Bring Your Own Containers", "Interpret results" and the pages
about drift. Model Monitor's namespace is Amazon's, so a program outside of it gives its own to PutMetricData.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from kedge_monitor.baseline import Constraint, Constraints
from kedge_monitor.bias.analysis import BiasStage, ClarifyAnalysis
from kedge_monitor.compare.verdict import CheckType, WindowComparison
from kedge_monitor.profile.column import ColumnProfile
from kedge_monitor.profile.dataset import DatasetProfile
from kedge_monitor.quality.forms import QualityStatistics

_LONGEST_NAME: Final = 255
_INFINITY: Final = 2.348543e108
"""Clarify publishes this number in place of infinity, the largest that CloudWatch takes."""


class StatisticValues(msgspec.Struct, frozen=True, rename="pascal"):
    """A set of values in one datum, so that CloudWatch knows their sum, minimum and maximum."""

    sample_count: float
    sum: float
    minimum: float
    maximum: float


class MetricDatum(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """One metric, with the fields of PutMetricData's MetricDatum. It has either `value` or `statistic_values`."""

    metric_name: str
    timestamp: datetime
    dimensions: tuple[Mapping[str, str], ...]
    value: float | None = None
    statistic_values: StatisticValues | None = None


def run_dimensions(endpoint: str | None, schedule: str, **others: str) -> tuple[Mapping[str, str], ...]:
    """Return the dimensions of a run's metrics; batch transform has no endpoint. `others` are those of bias."""
    named = ({"Endpoint": endpoint} if endpoint else {}) | {"MonitoringSchedule": schedule} | others
    return tuple({"Name": name, "Value": value} for name, value in named.items())


def metric_lines(data: Iterable[MetricDatum]) -> bytes:
    """Return the lines of a file for /opt/ml/output/metrics/cloudwatch. SageMaker chooses the namespace."""
    return b"".join(msgspec.json.encode(datum) + b"\n" for datum in data)


def data_quality_metrics(
    profile: DatasetProfile,
    comparison: WindowComparison,
    constraints: Constraints,
    *,
    dimensions: tuple[Mapping[str, str], ...],
    timestamp: datetime,
    everything: bool = False,
) -> tuple[MetricDatum, ...]:
    """Return the metrics of a window: one distance for each feature, or all 11 with `everything`.

    Each feature costs one custom metric, or 11, so only the distances are sent by default. `emit_metrics` of
    constraints.json, also for one feature, switches them off. `timestamp` is the metric's time, in UTC.
    """
    rules = {rule.name: rule for rule in constraints.features}
    distances = _distances(comparison)
    found: list[MetricDatum] = []
    for column in profile.columns:
        if _emits(rules.get(column.name), constraints):
            values = [("feature_baseline_drift", distances.get(column.name))]
            values += _values(column) if everything else []
            found += _data(((f"{name}_{column.name}", value) for name, value in values), dimensions, timestamp)
            found += _statistics(column, dimensions, timestamp) if everything else ()
    return tuple(found)


def quality_metrics(
    statistics: QualityStatistics, *, dimensions: tuple[Mapping[str, str], ...], timestamp: datetime
) -> tuple[MetricDatum, ...]:
    """Return the metrics of model quality under their own names (`f2`); those that do not exist are left out."""
    values = {name: found.number for name, found in statistics.metrics.items()}
    return tuple(_data(values.items(), dimensions, timestamp))


def clarify_metrics(
    analysis: ClarifyAnalysis, *, endpoint: str | None, schedule: str, timestamp: datetime
) -> tuple[MetricDatum, ...]:
    """Return the metrics of an analysis.json, each with the dimensions of Clarify.

    Bias has `bias_metric_CI` by stage, label and facet. Attribution has `feature_x` and `ExpectedValue` by label. An
    infinite value becomes the largest number of CloudWatch; a metric without a value is left out.
    """
    found: list[MetricDatum] = []
    stages = {"Pre-training": analysis.pre_training_bias_metrics, "Post-Training": analysis.post_training_bias_metrics}
    for name, stage in stages.items():
        if stage is not msgspec.UNSET:
            found += _bias(name, stage, endpoint, schedule, timestamp)
    if analysis.explanations is not msgspec.UNSET:
        for label, explanation in analysis.explanations.kernel_shap.items():
            own = {"ExplainabilityMethod": "KernelShap", "Label": label}
            shares = {f"feature_{feature}": value for feature, value in explanation.global_shap_values.items()}
            dimensions = run_dimensions(endpoint, schedule, **own, ValueType="GlobalShapValues")
            found += _data(shares.items(), dimensions, timestamp)
            if isinstance(explanation.expected_value, float):
                dimensions = run_dimensions(endpoint, schedule, **own, ValueType="ExpectedValue")
                found += _data([("ExpectedValue", explanation.expected_value)], dimensions, timestamp)
    return tuple(found)


def _bias(
    name: str, stage: BiasStage, endpoint: str | None, schedule: str, timestamp: datetime
) -> Iterator[MetricDatum]:
    for facet, entries in stage.facets.items():
        for entry in entries:
            dimensions = run_dimensions(
                endpoint,
                schedule,
                BiasStage=name,
                Label=stage.label,
                LabelValue=stage.label_value_or_threshold,
                Facet=facet,
                FacetValue=entry.value_or_threshold,
            )
            values = [(f"bias_metric_{metric.common_name}", metric.number) for metric in entry.metrics]
            yield from _data(values, dimensions, timestamp)


def _emits(rule: Constraint | None, constraints: Constraints) -> bool:
    own = rule.overrides.emit_metrics if rule is not None and rule.overrides is not None else None
    return (constraints.config.emit_metrics if own is None else own) is not False


def _distances(comparison: WindowComparison) -> dict[str, float | None]:
    """Return the distance of each feature: that of its drift check, else the distance that is reported."""
    found = {each.feature: _first(each.kolmogorov_smirnov, each.l_infinity) for each in comparison.distances}
    for check in comparison.checks:
        if check.check is CheckType.BASELINE_DRIFT and check.hours is None and check.observed is not None:
            found[check.feature] = check.observed
    return found


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _values(column: ColumnProfile) -> list[tuple[str, float | None]]:
    classes = column.classes
    return [
        ("feature_non_null", column.present),
        ("feature_null", column.missing),
        ("feature_completeness", column.completeness),
        ("feature_fractional_counts", classes.fractional),
        ("feature_integral_counts", classes.integral),
        ("feature_string_counts", classes.string),
        ("feature_boolean_counts", classes.boolean),
        # The class of values without a type; only missing values have none.
        ("feature_unknown_counts", column.missing),
        ("feature_estimated_unique_values", column.distinct.estimate()),
    ]


def _statistics(
    column: ColumnProfile, dimensions: tuple[Mapping[str, str], ...], timestamp: datetime
) -> Iterator[MetricDatum]:
    numbers = column.numbers
    if numbers is not None and numbers.count:
        values = (numbers.count, numbers.total, numbers.minimum, numbers.maximum)
        yield MetricDatum(
            metric_name=_metric_name(f"feature_data_{column.name}"),
            timestamp=timestamp.astimezone(UTC),
            dimensions=dimensions,
            statistic_values=StatisticValues(*(_bounded(float(value)) for value in values)),
        )


def _data(
    values: Iterable[tuple[str, float | None]], dimensions: tuple[Mapping[str, str], ...], timestamp: datetime
) -> Iterator[MetricDatum]:
    for name, value in values:
        if value is not None and not math.isnan(value):
            yield MetricDatum(
                metric_name=_metric_name(name),
                timestamp=timestamp.astimezone(UTC),
                dimensions=dimensions,
                value=_bounded(float(value)),
            )


def _bounded(value: float) -> float:
    return max(-_INFINITY, min(_INFINITY, value))


def _metric_name(name: str) -> str:
    """Return a name that CloudWatch takes: printable ASCII, at most 255 characters."""
    return "".join(letter if letter.isascii() and letter.isprintable() else "_" for letter in name)[:_LONGEST_NAME]


def drift_metrics(comparison: WindowComparison) -> dict[str, float]:
    """Return the numbers of a window by name: three of the whole, and the distance of each violated feature.

    CloudWatch charges for each metric, so features without news cost nothing. Names of features are those of Model Monitor.
    """
    distances = {name: value for name, value in _distances(comparison).items() if value is not None}
    violated = {check.feature for check in comparison.violations}
    return {
        "records": float(comparison.records),
        "violations": float(len(comparison.violations)),
        **({"largest_baseline_drift": max(distances.values())} if distances else {}),
        **{f"feature_baseline_drift_{name}": value for name, value in distances.items() if name in violated},
    }
