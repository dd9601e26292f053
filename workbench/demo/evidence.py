"""The reports of the demo's monitors, in the words of SageMaker's own analyzers."""

import json
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
    """Return statistics.json of a window with this many records."""
    names = [*_FEATURES, *(f"feature_{number}" for number in range(len(_FEATURES), _ALL_FEATURES))]
    features = [{"name": name, "inferred_type": "Fractional"} for name in names]
    return {"version": 0.0, "dataset": {"item_count": records}, "features": features}


def drifted() -> Document:
    """Return a report of seven features that left their baseline's distribution."""
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
    """Return a report of one feature that left its baseline, as on every endpoint that reads the same table."""
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
    """Return a report of two quality metrics below the baseline's limits."""
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


def broken() -> Document:
    """Return a report of two columns that arrived as text, and of a missing one."""
    return {
        "violations": [
            {
                "feature_name": feature,
                "constraint_check_type": "data_type_check",
                "description": f"Data type match requirement is not met. Expected data type: Fractional, Expected match: "
                f"100.0%. Observed: Only {share}% of data is Fractional.",
            }
            for feature, share in (("price", 0.0), ("quantity", 12.5))
        ]
        + [
            {
                "feature_name": "Missing columns",
                "constraint_check_type": "missing_column_check",
                "description": "There are missing columns in current dataset. Number of columns in current dataset: 23, "
                "Number of columns in baseline constraints: 24",
            }
        ]
    }


def measured(**metrics: float) -> bytes:
    """Return a model's metrics, as the SDK of SageMaker's pipelines writes them."""
    told = {name: {"value": value, "standard_deviation": "NaN"} for name, value in metrics.items()}
    return json.dumps({"binary_classification_metrics": told}).encode()


NOTHING: Final[Document] = {"violations": []}
