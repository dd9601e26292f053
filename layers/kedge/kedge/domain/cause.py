"""The causes of an incident."""

from enum import StrEnum


class Cause(StrEnum):
    """Why, as far as the evidence goes."""

    DEPLOYMENT_REGRESSION = "deployment_regression"
    INPUT_DRIFT = "input_drift"
    CONCEPT_DRIFT = "concept_drift"
    SCHEMA_BREAK = "schema_break"
    BIAS_DRIFT = "bias_drift"
    ATTRIBUTION_DRIFT = "attribution_drift"
    UPSTREAM_INCIDENT = "upstream_incident"
    MONITOR_FAULT = "monitor_fault"
    INCONCLUSIVE = "inconclusive"
