"""Calibration of a binary classifier's probabilities: fitted on labelled records, checked on others, with its sampling error."""

import math
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from kedge_monitor.batch import Floats
from kedge_monitor.errors import MonitorError
from kedge_monitor.quality.draws import seeded

RECORDS_PER_KNOT: Final = 150
MOST_KNOTS: Final = 100
"""Bins of equal count over the labelled records: many, because the window can lie where the baseline had few records."""
FEWEST_LABELS: Final = 1000
"""Labelled records that a calibration needs: below it the noise of the check is as large as its limit."""
CHECKED_BINS: Final = 15
ERROR_LIMIT: Final = 0.02
"""The calibration error above which probabilities must not be used."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """A correction that is added to probabilities, and how well it does.

    `knots` are probabilities, increasing; `corrections` are added there, interpolated linearly between and constant
    beyond them. `variances` are the sampling variances of the corrections. `calibration_error` is the expected
    calibration error after the correction, on records that the checked correction had not seen. `noise` is subtracted
    from it: its expected value if the probabilities were exact. `raw_error` is the same error of the probabilities as
    the model gave them. `records` is the number of labelled records.
    """

    knots: list[float]
    corrections: list[float]
    variances: list[float]
    calibration_error: float
    noise: float
    raw_error: float
    records: int

    @property
    def usable(self) -> bool:
        """Return whether corrected probabilities are good enough to estimate quality."""
        return self.records >= FEWEST_LABELS and self.calibration_error <= ERROR_LIMIT

    def correct(self, scores: Floats) -> Floats:
        """Return corrected probabilities, shape (n,), within 0 and 1."""
        corrected = scores + np.interp(scores, self.knots, self.corrections)
        clipped: Floats = np.clip(corrected, 0.0, 1.0)
        return clipped

    def pull(self, scores: Floats, weights: Floats) -> Floats:
        """Return the derivative by each correction of a sum over records, given its derivative by each corrected probability.

        Both arguments have the shape (n,), the result (knots,). A record between two knots counts for both by its
        distance; a record whose probability was clipped counts for none.
        """
        corrected = scores + np.interp(scores, self.knots, self.corrections)
        used = np.where((corrected > 0) & (corrected < 1), weights, 0.0)
        knots = np.asarray(self.knots)
        if knots.size == 1:
            return np.array([used.sum()])
        right = np.clip(np.searchsorted(knots, scores), 1, knots.size - 1)
        share = np.clip((scores - knots[right - 1]) / (knots[right] - knots[right - 1]), 0.0, 1.0)
        pulled: Floats = np.bincount(right, used * share, knots.size) + np.bincount(
            right - 1, used * (1 - share), knots.size
        )
        return pulled


def fit_calibration(scores: Floats, is_positive: NDArray[np.bool_]) -> Calibration:
    """Return the calibration of a labelled baseline; shapes (n,), probabilities of the positive label.

    The labelled records are cut into bins of equal count by probability. The correction of a bin is its share of
    positive labels less its mean probability. This is the histogram binning of Zadrozny and Elkan (2001), applied to
    the difference, so that exact probabilities stay exact. The check fits on one half of the records, drawn with a
    fixed seed. It measures the expected calibration error (Naeini, Cooper and Hauskrecht 2015) on the other half.

    Raises:
        MonitorError: there are no labelled records, or all have the same label.
    """
    positives = int(is_positive.sum())
    if not 0 < positives < scores.size:
        raise MonitorError(
            f"The labelled baseline has {positives} positive of {scores.size} labels. Give a baseline in which both labels occur."
        )
    order = seeded(5).permutation(scores.size)
    half = scores.size // 2
    trial = _fit(scores[order[:half]], is_positive[order[:half]])
    held = order[half:]
    error, noise = _calibration_error(trial.correct(scores[held]), is_positive[held])
    raw, raw_noise = _calibration_error(scores, is_positive)
    return msgspec.structs.replace(
        _fit(scores, is_positive),
        calibration_error=max(error - noise, 0.0),
        noise=noise,
        raw_error=max(raw - raw_noise, 0.0),
    )


def _fit(scores: Floats, is_positive: NDArray[np.bool_]) -> Calibration:
    bins = _equal_bins(scores, min(max(scores.size // RECORDS_PER_KNOT, 1), MOST_KNOTS))
    counts = np.bincount(bins).astype(np.float64)
    used = counts > 0
    positives = np.bincount(bins, is_positive)[used]
    counts, sums = counts[used], np.bincount(bins, scores)[used]
    # Half a record of each label keeps the variance of a bin with one label above 0 (Jeffreys 1946).
    smooth = (positives + 0.5) / (counts + 1)
    return Calibration(
        knots=(sums / counts).tolist(),
        corrections=((positives - sums) / counts).tolist(),
        variances=(smooth * (1 - smooth) / counts).tolist(),
        calibration_error=math.nan,
        noise=math.nan,
        raw_error=math.nan,
        records=scores.size,
    )


def _equal_bins(scores: Floats, number: int) -> NDArray[np.int64]:
    edges = np.unique(np.quantile(scores, np.arange(1, number) / number))
    bins: NDArray[np.int64] = np.searchsorted(edges, scores, "left").astype(np.int64)
    return bins


def _calibration_error(scores: Floats, is_positive: NDArray[np.bool_]) -> tuple[float, float]:
    bins = _equal_bins(scores, CHECKED_BINS)
    gaps = np.abs(np.bincount(bins, is_positive) - np.bincount(bins, scores))
    # The sum of a bin deviates by chance with this variance; a normal deviate has the mean absolute value sqrt(2 / pi).
    chance = np.sqrt(2 / math.pi * np.bincount(bins, scores * (1 - scores)))
    return float(gaps.sum()) / scores.size, float(chance.sum()) / scores.size
