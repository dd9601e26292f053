"""Quality of a binary classifier without labels, estimated from its own probabilities.

If p is the calibrated probability of record i, its label is positive with probability p. So the counts of the confusion
matrix have known means and variances before any label is there, and the metrics follow from them. The literature calls
this confidence-based performance estimation. Sources: Guillory et al. 2021, "Predicting with Confidence on Unseen
Distributions". Bialek et al. 2024, "Estimating Model Performance Under Covariate Shift Without Labels", arXiv
2401.08348.

ASSUMPTIONS states what must hold. The estimate sees how a change of the inputs alone (covariate shift) moves the
quality. It does not see a changed relation of inputs and label (concept drift): the probabilities stay as they are, the
labels do not.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from kedge_monitor.batch import Batch, Counts, Floats, Schema
from kedge_monitor.profile.dataset import DatasetProfile
from kedge_monitor.quality.calibration import ERROR_LIMIT, FEWEST_LABELS, Calibration
from kedge_monitor.quality.columns import WrongColumn, as_probabilities, find_column
from kedge_monitor.quality.scores import ScoreCounts

ASSUMPTIONS: Final = (
    "Estimated without labels, from the probabilities of the model.",
    "It holds if the probabilities are calibrated and if only the inputs changed, not the relation of inputs and label.",
    "It cannot see concept drift: then the quality falls and the estimate stays. Only labels show that.",
    "Do not use it for a model that is not calibrated, for inputs far outside of the training data, or to close an incident.",
)
"""Sentences that a report prints beside the estimate."""
FEWEST_RECORDS: Final = 100
_FEWEST_CASES: Final = 5.0  # expected records on each side of a ratio: below it the interval would not be honest


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """One estimated metric with its interval, each between 0 and 1."""

    value: float
    low: float
    high: float


class EstimatedQuality(msgspec.Struct, frozen=True, kw_only=True):
    """The estimated quality of a window. A metric is None if too few records decide it.

    The interval contains the metric that labels would give with the probability `level`, if the assumptions hold. It
    includes the chance of the labels and, with a calibration, its sampling error. `notes` are sentences for the report,
    assumptions first.
    """

    records: int
    level: float
    accuracy: Estimate | None
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None
    auc: Estimate | None
    notes: tuple[str, ...]


class EstimateRefused(msgspec.Struct, frozen=True, kw_only=True):
    """The reason why there is no estimate, with the action."""

    reason: str


def estimate_quality(
    scores: ScoreCounts | Floats | tuple[Floats, Counts],
    threshold: float = 0.5,
    calibration: Calibration | None = None,
    level: float = 0.95,
) -> EstimatedQuality | EstimateRefused:
    """Return the estimated quality of a window without labels, or the reason why it must not be estimated.

    Each metric is a function of sums of independent labels (Poisson-binomial). Its value is the function at their
    means. Its variance is by the delta method, from the variances p (1 - p) of the labels and those of the calibration.
    `auc` is the expected share of correctly ordered pairs of a positive and a negative record.

    Args:
        scores: probabilities of the positive label as the model gave them, shape (n,), or distinct ones with their counts.
        threshold: a record is predicted positive if its probability is above it.
        calibration: of a labelled baseline. None: the probabilities are taken as calibrated, and a note says so.
        level: the probability with which the interval contains the true value.
    """
    if isinstance(scores, ScoreCounts):
        values, counts = scores.weighted()
    elif isinstance(scores, tuple):
        values, counts = scores
    else:
        values, unsigned = np.unique(np.asarray(scores, np.float64), return_counts=True)
        counts = unsigned.astype(np.int64)
    refused = _refusal(int(counts.sum()), calibration)
    if refused is not None:
        return EstimateRefused(reason=refused)
    labels = _Labels(values, counts, calibration, NormalDist().inv_cdf((1 + level) / 2))
    above = values > threshold
    return EstimatedQuality(
        records=int(counts.sum()),
        level=level,
        accuracy=labels.estimate_accuracy(above),
        precision=labels.estimate_ratio(above, "precision"),
        recall=labels.estimate_ratio(above, "recall"),
        f1=labels.estimate_ratio(above, "f1"),
        auc=labels.estimate_auc(),
        notes=(*ASSUMPTIONS, _calibration_note(calibration)),
    )


def scores_of_profile(profile: DatasetProfile, probability_attribute: str) -> tuple[Floats, Counts]:
    """Return the probabilities of a profiled window with their counts: the mean of each of its bins.

    The bins are the baseline's 1,001 quantiles, so a probability is off by less than the width of its bin. Shapes: (bins,).

    Raises:
        WrongColumn: there is no such column, or it has values that are no probabilities.
    """
    name = find_column(profile.schema.names, probability_attribute, "probability_attribute")
    column = profile.column(name)
    if column is None or column.numbers is None or column.numbers.histogram is None:
        raise WrongColumn(f"Column {name} has no numbers. Set `probability_attribute` to the column of probabilities.")
    numbers, bins = column.numbers, column.numbers.histogram
    if numbers.count and not 0 <= numbers.minimum <= numbers.maximum <= 1:
        raise WrongColumn(
            f"Column {name} has values from {numbers.minimum} to {numbers.maximum}, which are no probabilities. "
            "Set `probability_attribute` to the column of probabilities."
        )
    full = bins.counts > 0
    return np.clip(bins.sums[full] / bins.counts[full], 0.0, 1.0), bins.counts[full]


def collect_scores(schema: Schema, batches: Iterable[Batch], probability_attribute: str) -> ScoreCounts:
    """Return the probabilities of a window from one column of its batches; records without a probability do not count.

    Raises:
        WrongColumn: there is no such column, or it has values that are no probabilities.
    """
    name = find_column(schema.names, probability_attribute, "probability_attribute")
    place, scores = schema.names.index(name), ScoreCounts()
    for batch in batches:
        scores.add(as_probabilities(batch.columns[place].values, f"Column {name}"))
    return scores


@dataclass(frozen=True, slots=True)
class _Labels:
    """The unknown labels of a window: distinct scores, their counts, and what is known of their probabilities."""

    scores: Floats
    counts: Counts
    calibration: Calibration | None
    z: float

    @property
    def probabilities(self) -> Floats:
        return self.scores if self.calibration is None else self.calibration.correct(self.scores)

    def estimate_accuracy(self, above: NDArray[np.bool_]) -> Estimate:
        p, n = self.probabilities, float(self.counts.sum())
        value = float((self.counts * np.where(above, p, 1 - p)).sum()) / n
        return self._interval(value, np.where(above, 1.0, -1.0) / n)

    def estimate_ratio(self, above: NDArray[np.bool_], metric: str) -> Estimate | None:
        """Estimate a ratio of T and F, the positive records above and not above the threshold; A records are above it.

        precision = T / A, recall = T / (T + F), f1 = 2 T / (A + T + F).
        """
        weighted = self.counts * self.probabilities
        t, f, a = float(weighted[above].sum()), float(weighted[~above].sum()), float(self.counts[above].sum())
        whole, of_t, of_f = {
            "precision": (a, a, 0.0),
            "recall": (t + f, f, -t),
            "f1": (a + t + f, 2 * (a + f), -2 * t),
        }[metric]
        if whole < _FEWEST_CASES:
            return None
        value = {"precision": t, "recall": t, "f1": 2 * t}[metric] / whole
        # Derivatives of the ratio by T and F.
        by_t, by_f = (1 / a, 0.0) if metric == "precision" else (of_t / whole**2, of_f / whole**2)
        return self._interval(value, np.where(above, by_t, by_f))

    def estimate_auc(self) -> Estimate | None:
        """Estimate the area under the ROC curve: the expected number of ordered pairs over the expected number of pairs.

        Records with the same score are ordered by half. A record is no pair with itself.
        """
        p, w = self.probabilities, self.counts.astype(np.float64)
        positive, negative = w * p, w * (1 - p)
        positives, negatives = float(positive.sum()), float(negative.sum())
        if min(positives, negatives) < _FEWEST_CASES:
            return None
        alone = p * (1 - p)
        negative_below = np.cumsum(negative) - 0.5 * negative
        positive_above = positives - np.cumsum(positive) + 0.5 * positive
        ordered = float((positive * negative_below).sum()) - 0.5 * float((w * alone).sum())
        pairs = positives * negatives - float((w * alone).sum())
        value = ordered / pairs
        # Derivatives of both sums by the probability of one record at each score, itself left out.
        by_ordered = (negative_below - 0.5 * (1 - p)) - (positive_above - 0.5 * p)
        by_pairs = (negatives - (1 - p)) - (positives - p)
        return self._interval(value, (by_ordered - value * by_pairs) / pairs)

    def _interval(self, value: float, slopes: Floats) -> Estimate:
        """Return a value with its interval. `slopes` are the derivatives by the probability of one record at each score."""
        p = self.probabilities
        variance = float((self.counts * slopes * slopes * p * (1 - p)).sum())
        if self.calibration is not None:
            pulled = self.calibration.pull(self.scores, self.counts * slopes)
            variance += float((pulled * pulled * np.asarray(self.calibration.variances)).sum())
        by = self.z * math.sqrt(variance)
        return Estimate(value=value, low=max(value - by, 0.0), high=min(value + by, 1.0))


def _refusal(records: int, calibration: Calibration | None) -> str | None:
    if records < FEWEST_RECORDS:
        return f"The window has {records} records; an estimate needs {FEWEST_RECORDS}. Use a longer window."
    if calibration is None or calibration.usable:
        return None
    if calibration.records < FEWEST_LABELS:
        return (
            f"The baseline has {calibration.records} labelled records; a calibration needs {FEWEST_LABELS}. "
            "Give a larger labelled baseline."
        )
    return (
        f"The probabilities are not calibrated: their error is {calibration.calibration_error:.3f}, the limit {ERROR_LIMIT}. "
        "Calibrate the model before you use an estimate."
    )


def _calibration_note(calibration: Calibration | None) -> str:
    if calibration is None:
        return "The calibration was not checked: no labelled baseline was given."
    return (
        f"Calibrated on {calibration.records} labelled records of the baseline; error beyond chance before the correction "
        f"{calibration.raw_error:.4f}, after it on records held out {calibration.calibration_error:.4f}."
    )
