"""The value that an alarm saw and the limit that it compared it with."""

from collections.abc import Sequence
from typing import NamedTuple


class Compared(NamedTuple):
    """Observed value and limit, in the metric's own unit, each as far as it was told."""

    observed: float | None = None
    limit: float | None = None


def compared(
    points: Sequence[float], threshold: float | None, lower: Sequence[float], upper: Sequence[float]
) -> Compared:
    """The newest datapoint and the threshold; of an anomaly band, which has none, the side that was crossed. Oldest first."""
    observed = newest(points)
    limit = crossed(observed, newest(lower), newest(upper)) if threshold is None else threshold
    return Compared(observed, limit)


def newest(numbers: Sequence[float]) -> float | None:
    """The last number, None if there is none."""
    return numbers[-1] if numbers else None


def crossed(observed: float | None, lower: float | None, upper: float | None) -> float | None:
    """The side of a band that a value lies beyond; None if it lies within."""
    if observed is None:
        return None
    if lower is not None and observed < lower:
        return lower
    return upper if upper is not None and observed > upper else None
