"""The content of Model Monitor's files for model quality: `msgspec.to_builtins` of each struct gives the JSON.

Source: AWS, SageMaker developer guide, "Model quality metrics", and the files of the SageMaker Python SDK's tests.
"""

import math
from enum import StrEnum
from typing import Final

import msgspec

NOT_A_NUMBER: Final = "NaN"
"""Stands in the files for a value or deviation that does not exist."""


class ProblemType(StrEnum):
    """The kind of a prediction, by the names of `problem_type`."""

    REGRESSION = "Regression"
    BINARY = "BinaryClassification"
    MULTICLASS = "MulticlassClassification"


class ThresholdOperator(StrEnum):
    """The bad side of a threshold; also the `constraint_check_type` of its violation."""

    GREATER = "GreaterThanThreshold"
    LESS = "LessThanThreshold"

    def breaks(self, value: float, threshold: float) -> bool:
        """Return whether a value is on the bad side of a threshold. A value equal to the threshold is good."""
        return value > threshold if self is ThresholdOperator.GREATER else value < threshold


class MetricValue(msgspec.Struct, frozen=True):
    """A metric of one window. Each field is a number, or the text "NaN" if the number does not exist.

    `standard_deviation` exists from 200 records on: the deviation of the metric over 5 random draws of 80 % of the
    records.
    """

    value: float | str
    standard_deviation: float | str = NOT_A_NUMBER

    @property
    def number(self) -> float | None:
        """Return the value, or None if it does not exist."""
        return self.value if isinstance(self.value, float) and math.isfinite(self.value) else None

    @property
    def deviation(self) -> float | None:
        """Return the standard deviation, or None if it does not exist."""
        found = self.standard_deviation
        return found if isinstance(found, float) and math.isfinite(found) else None


def metric_value(value: float, deviation: float = math.nan) -> MetricValue:
    """Return a metric as the file has it: a number that is not finite becomes the text "NaN"."""
    return MetricValue(*(float(part) if math.isfinite(part) else NOT_A_NUMBER for part in (value, deviation)))


type ConfusionMatrix = dict[str, dict[str, int]]
"""Actual label to predicted label to the number of records."""


class RocCurve(msgspec.Struct, frozen=True, kw_only=True):
    """The receiver operating characteristic, from (0, 0) to (1, 1), by falling probability threshold."""

    false_positive_rates: list[float]
    true_positive_rates: list[float]


class PrecisionRecallCurve(msgspec.Struct, frozen=True, kw_only=True):
    """Precision and recall by falling probability threshold; the first point repeats the first precision at recall 0."""

    precisions: list[float]
    recalls: list[float]


class RegressionMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """The metrics of a regression: mean absolute, mean squared and root mean squared error, and the R squared."""

    mae: MetricValue
    mse: MetricValue
    rmse: MetricValue
    r2: MetricValue


class BinaryMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """The metrics of a binary classifier. Curves and `auc` need probabilities; without them the keys are absent."""

    confusion_matrix: ConfusionMatrix
    recall: MetricValue
    precision: MetricValue
    accuracy: MetricValue
    recall_best_constant_classifier: MetricValue
    precision_best_constant_classifier: MetricValue
    accuracy_best_constant_classifier: MetricValue
    true_positive_rate: MetricValue
    true_negative_rate: MetricValue
    false_positive_rate: MetricValue
    false_negative_rate: MetricValue
    receiver_operating_characteristic_curve: RocCurve | msgspec.UnsetType = msgspec.UNSET
    precision_recall_curve: PrecisionRecallCurve | msgspec.UnsetType = msgspec.UNSET
    auc: MetricValue | msgspec.UnsetType = msgspec.UNSET
    f0_5: MetricValue
    f1: MetricValue
    f2: MetricValue
    f0_5_best_constant_classifier: MetricValue
    f1_best_constant_classifier: MetricValue
    f2_best_constant_classifier: MetricValue


class MulticlassMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """The metrics of a classifier with several classes. `weighted` means by the share of each actual class."""

    confusion_matrix: ConfusionMatrix
    accuracy: MetricValue
    weighted_recall: MetricValue
    weighted_precision: MetricValue
    weighted_f0_5: MetricValue
    weighted_f1: MetricValue
    weighted_f2: MetricValue
    accuracy_best_constant_classifier: MetricValue
    weighted_recall_best_constant_classifier: MetricValue
    weighted_precision_best_constant_classifier: MetricValue
    weighted_f0_5_best_constant_classifier: MetricValue
    weighted_f1_best_constant_classifier: MetricValue
    weighted_f2_best_constant_classifier: MetricValue


class ItemCount(msgspec.Struct, frozen=True):
    """The number of records that were measured."""

    item_count: int


class QualityStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of statistics.json of model quality. Exactly one of the three groups of metrics is set."""

    version: float = 0.0
    dataset: ItemCount
    regression_metrics: RegressionMetrics | msgspec.UnsetType = msgspec.UNSET
    binary_classification_metrics: BinaryMetrics | msgspec.UnsetType = msgspec.UNSET
    multiclass_classification_metrics: MulticlassMetrics | msgspec.UnsetType = msgspec.UNSET

    @property
    def metrics(self) -> dict[str, MetricValue]:
        """Return the metrics that are single numbers, in the order of the file."""
        groups = (
            self.regression_metrics,
            self.binary_classification_metrics,
            self.multiclass_classification_metrics,
        )
        group = next((group for group in groups if group is not msgspec.UNSET), None)
        if group is None:
            return {}
        fields = {name: getattr(group, name) for name in group.__struct_fields__}
        return {name: found for name, found in fields.items() if isinstance(found, MetricValue)}

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels of a classifier, in their order: a later window need not have each of them."""
        groups = (self.binary_classification_metrics, self.multiclass_classification_metrics)
        matrix = next((group.confusion_matrix for group in groups if group is not msgspec.UNSET), {})
        return tuple(sorted({*matrix, *(label for row in matrix.values() for label in row)}))


class ThresholdConstraint(msgspec.Struct, frozen=True, kw_only=True):
    """The limit of one metric. AWS also reads a threshold that is written as text."""

    threshold: float
    comparison_operator: ThresholdOperator


type MetricConstraints = dict[str, ThresholdConstraint]


class QualityConstraints(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of constraints.json of model quality. Each key is the name of a metric."""

    version: float = 0.0
    regression_constraints: MetricConstraints | msgspec.UnsetType = msgspec.UNSET
    binary_classification_constraints: MetricConstraints | msgspec.UnsetType = msgspec.UNSET
    multiclass_classification_constraints: MetricConstraints | msgspec.UnsetType = msgspec.UNSET

    @property
    def metrics(self) -> MetricConstraints:
        """Return the limits by metric; empty if the file has none."""
        groups = (
            self.regression_constraints,
            self.binary_classification_constraints,
            self.multiclass_classification_constraints,
        )
        return next((group for group in groups if group is not msgspec.UNSET), {})


def known(number: float | None) -> float | msgspec.UnsetType:
    """Return a number as an entry has it: without one, its key is absent."""
    return msgspec.UNSET if number is None or not math.isfinite(number) else number


class MetricViolation(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of constraint_violations.json of model quality. The keys after `metric_name` are Kedge's own.

    `standard_deviation` is that of the description, by Model Monitor's recipe. `standard_error` is the deviation of
    observed value minus limit between windows of this size, which decides.
    """

    constraint_check_type: ThresholdOperator
    description: str
    metric_name: str
    observed: float | msgspec.UnsetType = msgspec.UNSET
    limit: float | msgspec.UnsetType = msgspec.UNSET
    p_value: float | msgspec.UnsetType = msgspec.UNSET
    standard_deviation: float | msgspec.UnsetType = msgspec.UNSET
    standard_error: float | msgspec.UnsetType = msgspec.UNSET
    smallest: float | msgspec.UnsetType = msgspec.UNSET
    records: int | msgspec.UnsetType = msgspec.UNSET
