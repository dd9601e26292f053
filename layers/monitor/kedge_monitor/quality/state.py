"""The quality of a model in one window: a state that takes records with labels, can be merged, and gives statistics.json."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from kedge_monitor.batch import Batch, Counts, Floats, Schema
from kedge_monitor.quality.columns import (
    Flags,
    LabelCodes,
    QualityColumns,
    Values,
    WrongColumn,
    as_numbers,
    as_probabilities,
    label_text,
    select_column,
)
from kedge_monitor.quality.confusion import LabelCounts, measure_binary, measure_multiclass
from kedge_monitor.quality.forms import (
    BinaryMetrics,
    ItemCount,
    MulticlassMetrics,
    ProblemType,
    QualityStatistics,
    RegressionMetrics,
    metric_value,
)
from kedge_monitor.quality.ranking import (
    area_deviation,
    area_error,
    area_rounding,
    area_under_roc,
    precision_recall_curve,
    roc_curve,
)
from kedge_monitor.quality.regression import RegressionState
from kedge_monitor.quality.scores import LabelledScores

_OTHER: Final = "\0"
"""The predicted label of a record below the threshold until the window's own negative label is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityMeasurement:
    """The result of one window.

    `standard_errors` are the sampling errors by metric, which verdicts use; the file contains the deviations of Model
    Monitor's recipe. `unlabelled` and `unpredicted` records were left out. `notes` are sentences for the report.
    """

    statistics: QualityStatistics
    standard_errors: dict[str, float]
    unlabelled: int
    unpredicted: int
    notes: tuple[str, ...] = ()

    @property
    def records(self) -> int:
        """Return how many records were measured."""
        return self.statistics.dataset.item_count


class QualityState:
    """Counts, probabilities and residuals of a window. States of parts of the window can be merged.

    The result depends on the records only, not on their order or split. See RegressionState and ScoreCounts for windows
    above a million records. `known_labels` are the labels of the baseline: a rare label need not occur in each window.
    """

    def __init__(self, columns: QualityColumns, known_labels: tuple[str, ...] = ()) -> None:
        self.columns = columns
        self.unlabelled = 0
        self.unpredicted = 0
        self.known_labels = tuple(label_text(label) for label in known_labels)
        self._positive = label_text(columns.positive_label)
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.scores = LabelledScores()
        self.residuals = RegressionState()

    def add(self, labels: Values, predictions: Values | None = None, probabilities: Values | None = None) -> None:
        """Add records. All arrays have the shape (n,) and the same order; missing values are NaN or null.

        Raises:
            WrongColumn: a column is missing, has another length, or has values that cannot be what its attribute says.
        """
        if self.columns.problem_type is not ProblemType.BINARY:
            probabilities = None
        self._check_lengths(labels, predictions, probabilities)
        if self.columns.problem_type is ProblemType.REGRESSION:
            self._add_numbers(labels, predictions)
        else:
            self._add_labels(labels, predictions, probabilities)

    def add_batch(self, schema: Schema, batch: Batch) -> None:
        """Add the records of a batch whose columns have the names of the settings; each needs a value in each record.

        Raises:
            WrongColumn: a column is missing, has no value in a record, or has values that cannot be what its attribute
            says.
        """
        names = self.columns

        def select(attribute: str | None, setting: str) -> Values | None:
            return None if attribute is None else select_column(schema, batch, attribute, setting)

        labels = select_column(schema, batch, names.ground_truth_attribute, "ground_truth_attribute")
        binary = names.problem_type is ProblemType.BINARY
        probability = names.probability_attribute if binary else None
        self.add(
            labels,
            select(names.inference_attribute, "inference_attribute"),
            select(probability, "probability_attribute"),
        )

    def merge(self, other: "QualityState") -> None:
        """Add the records of another state with the same settings."""
        self.unlabelled += other.unlabelled
        self.unpredicted += other.unpredicted
        self.pairs.update(other.pairs)
        self.scores.merge(other.scores)
        self.residuals.merge(other.residuals)

    def measure(self) -> QualityMeasurement:
        """Return the metrics of all records that were added.

        Raises:
            WrongColumn: the positive label never occurs, or a binary problem has more than two labels.
        """
        match self.columns.problem_type:
            case ProblemType.REGRESSION:
                return self._regression()
            case ProblemType.BINARY:
                return self._binary()
            case ProblemType.MULTICLASS:
                return self._multiclass()

    def _check_lengths(self, labels: Values, predictions: Values | None, probabilities: Values | None) -> None:
        names = self.columns
        binary = names.problem_type is ProblemType.BINARY
        for values, attribute, setting in (
            (predictions, names.inference_attribute, "inference_attribute"),
            (probabilities, names.probability_attribute if binary else None, "probability_attribute"),
        ):
            if attribute is not None and values is None:
                raise WrongColumn(f"`{setting}` is {attribute!r}, but its values were not given. Give this column.")
            if values is not None and len(values) != len(labels):
                raise WrongColumn(
                    f"{len(labels)} labels and {len(values)} values of `{setting}` cannot be paired. Check the join."
                )

    def _add_numbers(self, labels: Values, predictions: Values | None) -> None:
        actual = as_numbers(labels, "`ground_truth_attribute`")
        predicted = as_numbers([] if predictions is None else predictions, "`inference_attribute`")
        kept = self._keep(np.isnan(actual), np.isnan(predicted))
        self.residuals.add(actual[kept], predicted[kept])

    def _add_labels(self, labels: Values, predictions: Values | None, probabilities: Values | None) -> None:
        actual = LabelCodes(labels, "`ground_truth_attribute`")
        missing = np.zeros(len(labels), np.bool_)
        codes = np.zeros(len(labels), np.int64)
        texts: tuple[str, ...] = (_OTHER, self._positive)
        scores: Floats | None = None
        if probabilities is not None and self.columns.probability_attribute is not None:
            scores = as_probabilities(probabilities, "`probability_attribute`")
            codes = (scores > self.columns.probability_threshold_attribute).astype(np.int64)
            missing = np.isnan(scores)
        if predictions is not None and self.columns.inference_attribute is not None:
            found = LabelCodes(predictions, "`inference_attribute`")
            codes, texts, missing = found.codes, found.texts, missing | found.missing
        kept = self._keep(actual.missing, missing)
        self._count(actual, codes, texts, kept)
        if scores is not None:
            self.scores.add(scores[kept], actual.equals(self._positive)[kept])

    def _count(self, actual: LabelCodes, codes: Counts, texts: tuple[str, ...], kept: Flags) -> None:
        width = max(len(texts), 1)
        places, counts = np.unique_counts((actual.codes * width + codes)[kept])
        for place, count in zip(places.tolist(), counts.tolist(), strict=True):
            self.pairs[actual.texts[place // width], texts[place % width]] += count

    def _keep(self, unlabelled: Flags, unpredicted: Flags) -> Flags:
        self.unlabelled += int(unlabelled.sum())
        self.unpredicted += int((unpredicted & ~unlabelled).sum())
        kept: Flags = ~(unlabelled | unpredicted)
        return kept

    def _regression(self) -> QualityMeasurement:
        measured = self.residuals.measure()
        metrics = {name: metric_value(value, deviation) for name, (value, deviation, _) in measured.items()}
        statistics = QualityStatistics(
            dataset=ItemCount(self.residuals.records), regression_metrics=RegressionMetrics(**metrics)
        )
        return self._result(statistics, {name: error for name, (_, _, error) in measured.items()})

    def _multiclass(self) -> QualityMeasurement:
        counts = LabelCounts.from_pairs(self.pairs, self.known_labels)
        values, deviations = measure_multiclass(counts.sums()), counts.deviations(measure_multiclass)
        metrics = {name: metric_value(value, deviations[name]) for name, value in values.items()}
        statistics = QualityStatistics(
            dataset=ItemCount(counts.records),
            multiclass_classification_metrics=MulticlassMetrics(confusion_matrix=counts.matrix(), **metrics),
        )
        return self._result(statistics, counts.standard_errors(measure_multiclass))

    def _binary(self) -> QualityMeasurement:
        negative = self._negative_label()
        pairs: Counter[tuple[str, str]] = Counter()
        for (actual, predicted), count in self.pairs.items():
            pairs[actual, negative if predicted == _OTHER else predicted] += count
        counts = LabelCounts.from_pairs(pairs, (negative, self._positive))
        positive = counts.labels.index(self._positive)
        measures = partial(measure_binary, positive=positive)
        values, deviations = measures(counts.sums()), counts.deviations(measures)
        errors, notes = counts.standard_errors(measures), []
        metrics: dict[str, Any] = {name: metric_value(value, deviations[name]) for name, value in values.items()}
        if self.columns.probability_attribute is not None:
            _, above, below = self.scores.cells()
            metrics["receiver_operating_characteristic_curve"] = roc_curve(above, below)
            metrics["precision_recall_curve"] = precision_recall_curve(above, below)
            metrics["auc"] = metric_value(area_under_roc(above, below), area_deviation(above, below))
            errors["auc"] = area_error(above, below)
            if self.scores.binned:
                rounding = area_rounding(above, below)
                notes.append(
                    f"The window is large: probabilities were rounded to 2^-17, so auc is exact to {rounding:.1e}."
                )
        group = BinaryMetrics(confusion_matrix=counts.matrix(), **metrics)
        statistics = QualityStatistics(dataset=ItemCount(counts.records), binary_classification_metrics=group)
        return self._result(statistics, errors, notes)

    def _negative_label(self) -> str:
        occurring = {label for pair in self.pairs for label in pair} - {_OTHER} | set(self.known_labels)
        others = sorted(occurring - {self._positive})
        if len(others) > 1 and (self._positive in occurring or len(others) > 2):
            raise WrongColumn(
                f"A binary classifier has two labels, but the data has {len(occurring)}. "
                "Set `positive_label` to one of the labels, correct the labels, or set problem_type MulticlassClassification."
            )
        if occurring and self._positive not in occurring:
            raise WrongColumn(
                f"`positive_label` is {self._positive!r}, but none of the {len(others)} labels and predictions is. "
                "Set `positive_label` to the label that counts as positive."
            )
        return others[0] if others else ("1" if self._positive == "0" else "0")

    def _result(
        self, statistics: QualityStatistics, errors: dict[str, float], notes: list[str] | None = None
    ) -> QualityMeasurement:
        said = list(notes or ())
        if self.unpredicted:
            said.append(f"{self.unpredicted} labelled records have no prediction and were left out.")
        if self.unlabelled:
            said.append(f"{self.unlabelled} records have no label and were left out.")
        return QualityMeasurement(
            statistics=statistics,
            standard_errors=errors,
            unlabelled=self.unlabelled,
            unpredicted=self.unpredicted,
            notes=tuple(said),
        )


def measure_quality_batches(
    columns: QualityColumns, schema: Schema, batches: Iterable[Batch], known_labels: tuple[str, ...] = ()
) -> QualityMeasurement:
    """Return the quality of a model from batches whose columns have the names of the settings; see QualityState.

    Raises:
        WrongColumn: a column or a label is not what the settings say, or a column has no value in a record.
    """
    state = QualityState(columns, known_labels)
    for batch in batches:
        state.add_batch(schema, batch)
    return state.measure()


def measure_quality(
    columns: QualityColumns,
    labels: Values,
    predictions: Values | None = None,
    probabilities: Values | None = None,
    known_labels: tuple[str, ...] = (),
) -> QualityMeasurement:
    """Return the quality of a model from plain arrays of the shape (n,); see QualityState.

    Raises:
        WrongColumn: a column or a label is not what the settings say.
    """
    state = QualityState(columns, known_labels)
    state.add(labels, predictions, probabilities)
    return state.measure()
