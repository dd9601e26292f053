"""How well probabilities separate two classes: ROC and precision-recall curves, and the area under the ROC curve.

All functions take the distinct probabilities' cells: how many positive and negative records have each, by increasing
probability.
"""

import math
from typing import Final

import numpy as np

from kedge_monitor.batch import Counts, Floats
from kedge_monitor.quality.draws import FEWEST_RECORDS, deviation_of, draw_counts, draw_rows, seeded
from kedge_monitor.quality.forms import PrecisionRecallCurve, RocCurve

MOST_POINTS: Final = 1000
"""The number of thresholds of a curve at most, as the default of Spark's BinaryClassificationMetrics."""
_MOST_ROWS: Final = 2**21


def area_under_roc(positive: Counts, negative: Counts) -> float:
    """Return the probability that a positive record has a higher score than a negative one; ties count half.

    This equals the area under the ROC curve by trapezoids (Hanley and McNeil 1982). NaN if a class has no record.
    """
    positives, negatives = int(positive.sum()), int(negative.sum())
    if not positives or not negatives:
        return math.nan
    below = np.cumsum(negative) - negative
    # Products of counts can exceed 2^63 in their sum: float64 keeps 53 bits, which is enough for the quotient.
    pairs = float((positive * (below + 0.5 * negative)).sum())
    return pairs / (float(positives) * negatives)


def area_error(positive: Counts, negative: Counts) -> float:
    """Return the standard error of the area under the ROC curve by DeLong, DeLong and Clarke-Pearson (1988).

    It is at least the error of Hanley and McNeil (1982) for an area one half pair away from 0 and 1: DeLong's error of
    a perfect separation is 0. NaN if a class has fewer than 2 records.
    """
    positives, negatives = int(positive.sum()), int(negative.sum())
    if min(positives, negatives) < 2:
        return math.nan
    area = area_under_roc(positive, negative)
    of_positive = (np.cumsum(negative) - 0.5 * negative) / negatives
    of_negative = (positives - np.cumsum(positive) + 0.5 * positive) / positives
    variance = sum(
        float((counts * (placed - area) ** 2).sum()) / (total - 1) / total
        for counts, placed, total in ((positive, of_positive, positives), (negative, of_negative, negatives))
    )
    half_pair = 0.5 / min(positives, negatives)
    kept = min(max(area, half_pair), 1 - half_pair)
    return math.sqrt(max(variance, _hanley_mcneil(kept, positives, negatives) if kept != area else 0.0))


def area_deviation(positive: Counts, negative: Counts) -> float:
    """Return the deviation of the area over 5 draws of 80 % of the records; NaN below 200 records."""
    records = int(positive.sum() + negative.sum())
    if records < FEWEST_RECORDS:
        return math.nan
    generator = seeded(3)
    size = positive.size
    counts = np.concatenate([positive, negative])
    if records > _MOST_ROWS:
        drawn = [area_under_roc(draw[:size], draw[size:]) for draw in draw_counts(counts, generator)]
        return deviation_of(drawn)
    cells = np.repeat(np.arange(2 * size), counts)
    drawn = []
    for mask in draw_rows(records, generator):
        draw = np.bincount(cells[mask], minlength=2 * size)
        drawn.append(area_under_roc(draw[:size], draw[size:]))
    return deviation_of(drawn)


def area_rounding(positive: Counts, negative: Counts) -> float:
    """Return by how much rounding to these cells can have changed the area at most: half of the share of pairs in one cell."""
    pairs = float(positive.sum()) * float(negative.sum())
    return float((0.5 * positive * negative).sum()) / pairs if pairs else 0.0


def roc_curve(positive: Counts, negative: Counts) -> RocCurve:
    """Return the ROC curve: (0, 0), at most MOST_POINTS thresholds from the highest on, and (1, 1)."""
    true, false = _cumulated(positive, negative)
    return RocCurve(
        false_positive_rates=[0.0, *_shares(false, negative.sum()), 1.0],
        true_positive_rates=[0.0, *_shares(true, positive.sum()), 1.0],
    )


def precision_recall_curve(positive: Counts, negative: Counts) -> PrecisionRecallCurve:
    """Return precision and recall at the same thresholds; the first precision stands at recall 0, too, as in Spark."""
    true, false = _cumulated(positive, negative)
    precisions = (true / np.maximum(true + false, 1)).tolist()
    return PrecisionRecallCurve(
        precisions=[*precisions[:1], *precisions],
        recalls=[*[0.0][: len(precisions)], *_shares(true, positive.sum())],
    )


def _cumulated(positive: Counts, negative: Counts) -> tuple[Counts, Counts]:
    true, false = np.cumsum(positive[::-1]), np.cumsum(negative[::-1])
    if true.size <= MOST_POINTS:
        return true, false
    kept = np.linspace(0, true.size - 1, MOST_POINTS).round().astype(np.int64)
    return true[kept], false[kept]


def _shares(counts: Counts, total: np.int64) -> list[float]:
    shares: Floats = counts / max(int(total), 1)
    found: list[float] = shares.tolist()
    return found


def _hanley_mcneil(area: float, positives: int, negatives: int) -> float:
    above = area / (2 - area)
    both = 2 * area * area / (1 + area)
    return (area * (1 - area) + (positives - 1) * (above - area * area) + (negatives - 1) * (both - area * area)) / (
        positives * negatives
    )
