"""The traffic of endpoints in CloudWatch. The local endpoints have no callers, so the workbench writes the metrics."""

from datetime import datetime
from typing import Any

from workbench.local_sagemaker.world import Document

_MICROSECONDS = 1_000


class Traffic:
    """The metrics of SageMaker's endpoints in one stack's CloudWatch; `cloudwatch` is boto3's client."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def served(
        self,
        endpoint: str,
        at: datetime,
        *,
        invocations: int,
        errors: int = 0,
        latency: float,
        variant: str = "AllTraffic",
    ) -> None:
        """Write the invocations of a variant in the minute of `at`; `errors` of them failed (5xx).

        `latency` is the model's mean, in ms.

        Raises:
            ValueError: the numbers contradict each other.
        """
        if not 0 <= errors <= invocations or latency < 0:
            raise ValueError(f"{errors} errors of {invocations} invocations in {latency} ms each cannot be")
        dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
        data = [
            {"MetricName": "Invocations", "Value": float(invocations), "Unit": "None"},
            {"MetricName": "Invocation5XXErrors", "Value": float(errors), "Unit": "None"},
        ]
        if invocations:
            data.append(_latencies(invocations, latency * _MICROSECONDS))
        minute = at.replace(second=0, microsecond=0)
        self._cloudwatch.put_metric_data(
            Namespace="AWS/SageMaker",
            MetricData=[one | {"Dimensions": dimensions, "Timestamp": minute} for one in data],
        )


def _latencies(count: int, each: float) -> Document:
    told = {"SampleCount": float(count), "Sum": each * count, "Minimum": each, "Maximum": each}
    return {"MetricName": "ModelLatency", "StatisticValues": told, "Unit": "Microseconds"}
