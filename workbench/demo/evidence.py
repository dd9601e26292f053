"""What the monitors of the demo write: reports in the words of SageMaker's own analyzers."""

from typing import Any, Final

type Document = dict[str, Any]

_FEATURES: Final = {
    "age": 0.41,
    "tenure": 0.33,
    "balance": 0.29,
    "income": 0.22,
    "visits": 0.19,
    "plan": 0.16,
    "region": 0.12,
}
_ALL_FEATURES: Final = 24


def statistics(records: int) -> Document:
    """statistics.json of a window with so many records."""
    names = [*_FEATURES, *(f"feature_{number}" for number in range(len(_FEATURES), _ALL_FEATURES))]
    features = [{"name": name, "inferred_type": "Fractional"} for name in names]
    return {"version": 0.0, "dataset": {"item_count": records}, "features": features}


def drifted() -> Document:
    """Seven features that left their baseline's distribution."""
    return {
        "violations": [
            {
                "feature_name": feature,
                "constraint_check_type": "baseline_drift_check",
                "description": f"Baseline drift distance: {distance} exceeds threshold: 0.1",
            }
            for feature, distance in _FEATURES.items()
        ]
    }


def upstream() -> Document:
    """One feature that left its baseline: the same wherever it comes from the same table."""
    return {
        "violations": [
            {
                "feature_name": "exchange_rate",
                "constraint_check_type": "baseline_drift_check",
                "description": "Baseline drift distance: 0.87 exceeds threshold: 0.1",
            }
        ]
    }


def worse() -> Document:
    """Two quality metrics below what the baseline promised."""
    return {
        "violations": [
            {
                "metric_name": metric,
                "constraint_check_type": "LessThanThreshold",
                "description": f"Metric {metric} with {observed} +/- 0.004 was LessThanThreshold '{limit}'",
            }
            for metric, observed, limit in (("f2", 0.61, 0.7), ("recall", 0.58, 0.72))
        ]
    }


def biased() -> Document:
    """One facet that is treated less alike than it was."""
    return {
        "version": "1.0",
        "violations": [
            {
                "facet": "Age",
                "facet_value": "40",
                "metric_name": "DPPL",
                "constraint_check_type": "bias_drift_check",
                "description": "Metric value 0.3748947825295131 doesn't meet the baseline constraint requirement "
                "0.28176563733194276",
            }
        ],
    }


NOTHING: Final[Document] = {"violations": []}
