"""Metrics of classifiers that follow from counts of actual and predicted labels. Counts of parts of the data can be added."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from kedge_monitor.batch import Counts, Floats
from kedge_monitor.quality.draws import FEWEST_RECORDS, deviation_of, draw_counts, seeded
from kedge_monitor.quality.forms import ConfusionMatrix

BETAS: Final = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
CONSTANT: Final = "_best_constant_classifier"
_POSTERIOR_DRAWS: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class ClassSums:
    """Records of each class: predicted correctly, in all, and predicted as this class. Shape (classes,), counts or weights."""

    correct: Floats
    actual: Floats
    predicted: Floats

    @property
    def total(self) -> float:
        """Return the number of records."""
        return float(self.actual.sum())

    def constant(self, label: int) -> "ClassSums":
        """Return the sums of the classifier that predicts one class for each record."""
        only = np.zeros_like(self.actual)
        only[label] = 1.0
        return ClassSums(self.actual * only, self.actual, only * self.total)


@dataclass(frozen=True, slots=True, eq=False)
class LabelCounts:
    """Records by pair of actual and predicted label: `counts[i]` records of class `actual[i]` were predicted as `predicted[i]`.

    `labels` are the texts of the classes, sorted; `actual` and `predicted` are indices into them.
    """

    labels: tuple[str, ...]
    actual: Counts
    predicted: Counts
    counts: Counts

    @classmethod
    def from_pairs(cls, pairs: dict[tuple[str, str], int], also: tuple[str, ...] = ()) -> "LabelCounts":
        """Return the counts of (actual, predicted) pairs; `also` are labels that need not occur."""
        labels = tuple(sorted({label for pair in pairs for label in pair} | set(also)))
        index = {label: place for place, label in enumerate(labels)}
        order = sorted(pair for pair, count in pairs.items() if count)
        return cls(
            labels,
            np.array([index[actual] for actual, _ in order], np.int64),
            np.array([index[predicted] for _, predicted in order], np.int64),
            np.array([pairs[pair] for pair in order], np.int64),
        )

    @property
    def records(self) -> int:
        """Return the number of records."""
        return int(self.counts.sum())

    def sums(self, weights: Counts | Floats | None = None) -> ClassSums:
        """Return the sums of each class, with other weights in place of the counts if given."""
        used = np.asarray(self.counts if weights is None else weights, np.float64)
        size = len(self.labels)
        right = self.actual == self.predicted
        # Without cells, bincount returns whole numbers whatever the weights are.
        return ClassSums(
            np.bincount(self.actual[right], used[right], size).astype(np.float64),
            np.bincount(self.actual, used, size).astype(np.float64),
            np.bincount(self.predicted, used, size).astype(np.float64),
        )

    def matrix(self) -> ConfusionMatrix:
        """Return the confusion matrix with all its cells: actual label to predicted label to count."""
        cells = {label: dict.fromkeys(self.labels, 0) for label in self.labels}
        for actual, predicted, count in zip(self.actual, self.predicted, self.counts, strict=True):
            cells[self.labels[actual]][self.labels[predicted]] = int(count)
        return cells

    def deviations(self, measure: Callable[[ClassSums], dict[str, float]]) -> dict[str, float]:
        """Return the deviation of each metric over 5 draws of 80 %; NaN below 200 records."""
        if self.records < FEWEST_RECORDS:
            return dict.fromkeys(measure(self.sums()), math.nan)
        return _spread([measure(self.sums(draw)) for draw in draw_counts(self.counts, seeded(1))])

    def standard_errors(self, measure: Callable[[ClassSums], dict[str, float]]) -> dict[str, float]:
        """Return the standard error of each metric, from 200 draws of the cells' shares given the counts.

        The shares follow a Dirichlet distribution with 1/2 (two classes; Jeffreys 1946) or 1/classes added to each cell
        that occurs or is correct. So a metric that is 1 in a small window has an error above 0. With many records the
        error is that of the bootstrap (Rubin 1981, "The Bayesian Bootstrap").
        """
        size = len(self.labels)
        if not size:
            return dict.fromkeys(measure(self.sums()), math.nan)
        cells = {
            (int(a), int(p)): float(count) for a, p, count in zip(self.actual, self.predicted, self.counts, strict=True)
        }
        for label in range(size):
            cells.setdefault((label, label), 0.0)
        if size == 2:
            for pair in ((0, 1), (1, 0)):
                cells.setdefault(pair, 0.0)
        pairs = np.array(sorted(cells), np.int64)
        prior = np.array([cells[pair] for pair in sorted(cells)]) + 1.0 / size
        smoothed = LabelCounts(self.labels, pairs[:, 0], pairs[:, 1], np.zeros(len(pairs), np.int64))
        draws = seeded(2).standard_gamma(prior, (_POSTERIOR_DRAWS, len(prior)))
        return _spread([measure(smoothed.sums(draw)) for draw in draws])


def measure_binary(sums: ClassSums, positive: int) -> dict[str, float]:
    """Return the metrics of a binary classifier by name, with those of the constant classifier; NaN where a ratio is 0/0.

    The constant classifier predicts the positive label for each record, as the example of the developer guide does. Its
    recall is 1; its precision and accuracy are the share of positive labels.
    """
    constant = _binary(sums.constant(positive), positive)
    negatives = sums.total - sums.actual[positive]
    found = _binary(sums, positive)
    false_positive_rate = _ratio(sums.predicted[positive] - sums.correct[positive], negatives)
    rates = {
        "true_positive_rate": found["recall"],
        "true_negative_rate": 1.0 - false_positive_rate,
        "false_positive_rate": false_positive_rate,
        "false_negative_rate": 1.0 - found["recall"],
    }
    return found | rates | {name + CONSTANT: value for name, value in constant.items()}


def measure_multiclass(sums: ClassSums, constant_class: int | None = None) -> dict[str, float]:
    """Return the metrics of a classifier with several classes by name, with those of the constant classifier.

    Metrics of a class are weighted by its share of the actual labels, as Spark's MulticlassMetrics does. The precision
    of a class that is never predicted is 0. The constant classifier predicts the commonest actual class, unless a class
    is given. (The example of the developer guide predicts the rarer one of its two classes and gives no rule.)
    """
    common = constant_class
    if common is None:
        common = int(np.argmax(sums.actual)) if sums.actual.size else 0
    constant = _multiclass(sums.constant(common) if sums.actual.size else sums)
    return _multiclass(sums) | {name + CONSTANT: value for name, value in constant.items()}


def _binary(sums: ClassSums, positive: int) -> dict[str, float]:
    correct, actual, predicted = (float(part[positive]) for part in (sums.correct, sums.actual, sums.predicted))
    recall, precision = _ratio(correct, actual), _ratio(correct, predicted)
    return {
        "recall": recall,
        "precision": precision,
        "accuracy": _ratio(float(sums.correct.sum()), sums.total),
        **{name: _f_score(precision, recall, beta) for name, beta in BETAS.items()},
    }


def _multiclass(sums: ClassSums) -> dict[str, float]:
    total = sums.total
    if not total:
        return dict.fromkeys(
            ("accuracy", "weighted_recall", "weighted_precision", *map("weighted_{}".format, BETAS)), math.nan
        )
    share = sums.actual / total
    accuracy = float(sums.correct.sum()) / total
    precision = _ratios(sums.correct, sums.predicted)
    scores = {
        f"weighted_{name}": float(
            (share * _ratios((1 + b * b) * sums.correct, b * b * sums.actual + sums.predicted)).sum()
        )
        for name, b in BETAS.items()
    }
    return {
        "accuracy": accuracy,
        # The shares of the classes cancel out: the weighted recall is the accuracy.
        "weighted_recall": accuracy,
        "weighted_precision": float((share * precision).sum()),
        **scores,
    }


def _f_score(precision: float, recall: float, beta: float) -> float:
    """Return F beta. It is 0 if no positive record is found, also while precision or recall does not exist."""
    if math.isnan(precision) and math.isnan(recall):
        return math.nan
    if not precision > 0 or not recall > 0:
        return 0.0
    square = beta * beta
    return (1 + square) * precision * recall / (square * precision + recall)


def _ratio(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else math.nan


def _ratios(parts: Floats, wholes: Floats) -> Floats:
    return np.divide(parts, wholes, out=np.zeros_like(parts), where=wholes > 0)


def _spread(draws: list[dict[str, float]]) -> dict[str, float]:
    return {name: deviation_of([draw[name] for draw in draws]) for name in draws[0]}
