"""Errors of a regression: the state of a window's residuals, with standard deviations and standard errors. Mergeable."""

import math
from typing import Final

import numpy as np

from kedge_monitor.batch import Floats
from kedge_monitor.profile.sums import BLOCK, UNIT, add_exactly, add_squares_exactly, round_ratio
from kedge_monitor.quality.draws import FEWEST_RECORDS, SUBSAMPLE_TO_ERROR, deviation_of, draw_rows, seeded

ROWS: Final = 2**20
"""The number of records whose label and prediction are kept as they are: 16 MB. Above it, only sums are kept."""
_NAMES: Final = ("mae", "mse", "rmse", "r2")


class RegressionState:
    """Labels and predictions of a window in bounded memory.

    The metrics do not depend on the order of the records or on the split, to the last bit: their sums are exact. The
    deviations and errors do not up to `rows` records. Above that they follow from sums that agree to about 1e-8
    whatever the split.
    """

    def __init__(self, rows: int = ROWS) -> None:
        self._rows = rows
        self.parts: list[Floats] = []
        self.kept = 0
        self.exact = ResidualSums()
        self.moments: ResidualMoments | None = None

    @property
    def records(self) -> int:
        """Return the number of records."""
        return self.kept + (self.moments.count if self.moments else 0)

    def add(self, labels: Floats, predictions: Floats) -> None:
        """Add records. Both arrays have the shape (n,), finite, in the unit of the label."""
        self.parts.append(np.stack([labels, predictions]).astype(np.float64))
        self.kept += labels.size
        self.exact.add(labels, predictions)
        self._bound()

    def merge(self, other: "RegressionState") -> None:
        """Add the records of another state."""
        self.parts.extend(other.parts)
        self.kept += other.kept
        self.exact.merge(other.exact)
        if other.moments is not None:
            self.moments = _join(self.moments, other.moments)
        self._bound()

    def measure(self) -> dict[str, tuple[float, float, float]]:
        """Return value, deviation of 5 draws of 80 %, and standard error of each metric.

        mae, mse and rmse are the mean absolute, the mean squared and the root mean squared error. The metric r2 is 1 -
        mse / variance, with the variance of the labels. It is NaN if all labels are equal. The standard errors are by
        the delta method. If only sums are kept, the deviation is half of the standard error, which is what drawing 80 %
        estimates.
        """
        moments, deviations = self.moments, dict.fromkeys(_NAMES, math.nan)
        if moments is None:
            rows = self.sorted()
            moments = _moments_of(rows)
            if self.records >= FEWEST_RECORDS:
                draws = [_moments_of(rows[:, mask]).metrics() for mask in draw_rows(self.records, seeded(4))]
                deviations = {name: deviation_of([draw[name] for draw in draws]) for name in _NAMES}
        values, errors = self.exact.metrics(), moments.errors()
        if self.moments is not None:
            deviations = {name: SUBSAMPLE_TO_ERROR * error for name, error in errors.items()}
        return {name: (values[name], deviations[name], errors[name]) for name in _NAMES}

    def sorted(self) -> Floats:
        """Return labels and predictions that were kept, shape (2, n), in an order that follows from the values alone."""
        rows: Floats = np.concatenate([np.empty((2, 0)), *self.parts], axis=1)
        ordered: Floats = rows[:, np.lexsort(rows[::-1])]
        return ordered

    def _bound(self) -> None:
        if self.moments is not None or self.kept > self._rows:
            self.moments = _join(self.moments, _moments_of(self.sorted()))
            self.parts, self.kept = [], 0


class ResidualSums:
    """Exact sums of residuals and labels, in the unit of the profiles' sums."""

    __slots__ = ("absolute", "count", "labels", "labels_squared", "squared")

    def __init__(self) -> None:
        self.count = self.absolute = self.squared = self.labels = self.labels_squared = 0

    def add(self, labels: Floats, predictions: Floats) -> None:
        """Add records; shapes (n,)."""
        self.count += labels.size
        for start in range(0, labels.size, BLOCK):
            piece = np.array(labels[start : start + BLOCK], np.float64)
            residuals = piece - predictions[start : start + BLOCK]
            self.squared += add_squares_exactly(residuals)
            self.absolute += add_exactly(np.abs(residuals))
            self.labels_squared += add_squares_exactly(piece)
            self.labels += add_exactly(piece)

    def merge(self, other: "ResidualSums") -> None:
        """Add the sums of another part."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def metrics(self) -> dict[str, float]:
        """Return the metrics, each rounded once."""
        if not self.count:
            return dict.fromkeys(_NAMES, math.nan)
        whole = self.count << -UNIT
        mse = round_ratio(self.squared, whole)
        # n times the sum of squared deviations of the labels, in squares of the unit.
        spread = self.labels_squared * whole - self.labels * self.labels
        r2 = round_ratio(spread - self.squared * whole, spread) if spread else math.nan
        return {"mae": round_ratio(self.absolute, whole), "mse": mse, "rmse": math.sqrt(mse), "r2": r2}


class ResidualMoments:
    """Sums of one part of the records: e is the residual, d the deviation of a label from the mean of the labels."""

    __slots__ = ("absolute", "count", "crossed", "d1", "d2", "d3", "d4", "e2", "e2d", "e4", "mean")

    def __init__(self, count: int, mean: float, absolute: float, sums: tuple[float, ...]) -> None:
        self.count, self.mean, self.absolute = count, mean, absolute
        self.e2, self.e4, self.e2d, self.crossed, self.d2, self.d3, self.d4 = sums

    def moved(self, mean: float) -> tuple[float, ...]:
        """Return the sums about another mean of the labels."""
        t, n = self.mean - mean, self.count
        return (
            self.e2,
            self.e4,
            self.e2d + t * self.e2,
            self.crossed + 2 * t * self.e2d + t * t * self.e2,
            self.d2 + n * t * t,
            self.d3 + 3 * t * self.d2 + n * t**3,
            self.d4 + 4 * t * self.d3 + 6 * t * t * self.d2 + n * t**4,
        )

    def metrics(self) -> dict[str, float]:
        """Return the metrics."""
        if not self.count:
            return dict.fromkeys(_NAMES, math.nan)
        mse = self.e2 / self.count
        r2 = 1.0 - self.e2 / self.d2 if self.d2 > 0 else math.nan
        return {"mae": self.absolute / self.count, "mse": mse, "rmse": math.sqrt(mse), "r2": r2}

    def errors(self) -> dict[str, float]:
        """Return the standard errors by the delta method."""
        n = self.count
        if n < 2:
            return dict.fromkeys(_NAMES, math.nan)
        mse, mae, rest = self.e2 / n, self.absolute / n, 1.0 / (n * (n - 1))
        of_mse = math.sqrt(max(self.e4 - n * mse * mse, 0.0) * rest)
        of_mae = math.sqrt(max(self.e2 - n * mae * mae, 0.0) * rest)
        of_rmse = of_mse / (2 * math.sqrt(mse)) if mse > 0 else 0.0
        if self.d2 <= 0:
            return {"mae": of_mae, "mse": of_mse, "rmse": of_rmse, "r2": math.nan}
        # The influence of a record on r2 is (ratio * d^2 - e^2) / variance, with ratio = mse / variance.
        variance = self.d2 / n
        ratio = mse / variance
        spread = self.e4 - 2 * ratio * self.crossed + ratio * ratio * self.d4
        of_r2 = math.sqrt(max(spread, 0.0) * rest) / variance
        return {"mae": of_mae, "mse": of_mse, "rmse": of_rmse, "r2": of_r2}


def _moments_of(rows: Floats) -> ResidualMoments:
    labels, predictions = rows
    if not labels.size:
        return ResidualMoments(0, 0.0, 0.0, (0.0,) * 7)
    mean = float(labels.mean())
    d = labels - mean
    e2 = (labels - predictions) ** 2
    d2 = d * d
    sums = (e2, e2 * e2, e2 * d, e2 * d2, d2, d2 * d, d2 * d2)
    return ResidualMoments(
        labels.size, mean, float(np.abs(labels - predictions).sum()), tuple(float(part.sum()) for part in sums)
    )


def _join(one: ResidualMoments | None, other: ResidualMoments) -> ResidualMoments:
    if one is None or not one.count:
        return other
    count = one.count + other.count
    mean = (one.count * one.mean + other.count * other.mean) / count
    sums = tuple(left + right for left, right in zip(one.moved(mean), other.moved(mean), strict=True))
    return ResidualMoments(count, mean, one.absolute + other.absolute, sums)
