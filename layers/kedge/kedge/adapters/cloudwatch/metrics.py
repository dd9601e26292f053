"""CloudWatch: how an endpoint responded in a period."""

from datetime import datetime, timedelta
from typing import Any, Final

from kedge.adapters.calls import Client, pages
from kedge.domain.errors import Permanent, Transient
from kedge.domain.facts import Health

_NAMESPACE: Final = "AWS/SageMaker"
# Metric and statistic of each variant, keyed by the name of their sum. A mean of means would weigh a quiet minute like
# a busy one. Latency is therefore its sum divided by its count, in microseconds.
_ASKED: Final = {
    "invocations": ("Invocations", "Sum"),
    "errors": ("Invocation5XXErrors", "Sum"),
    "latency": ("ModelLatency", "Sum"),
    "answers": ("ModelLatency", "SampleCount"),
}
_MICROSECONDS_PER_MILLISECOND: Final = 1_000
_MINUTE: Final = 60
_HOUR: Final = 3_600
_FINE: Final = timedelta(days=1)
"""Longer periods are requested by the hour, because a response by the minute is limited in size."""
# A page may say PartialData: the rest is on the next page.
_FAULTS: Final = {"InternalError": Transient, "Forbidden": Permanent}


class CloudWatchMetrics:
    """The metrics of endpoints, read with GetMetricData."""

    def __init__(self, cloudwatch: Client) -> None:
        """Keep `cloudwatch`, boto3's client or a double of it."""
        self._cloudwatch = cloudwatch

    def health(self, endpoint: str, variants: tuple[str, ...], start: datetime, end: datetime) -> Health:
        """Return how these variants responded together, from `start` (inclusive) to `end` (exclusive), to the minute.

        Raises Transient or Permanent.
        """
        if not variants or start >= end:
            return Health()
        period = _MINUTE if end - start <= _FINE else _HOUR
        queries = [query for place, name in enumerate(variants) for query in _queries(endpoint, name, place, period)]
        found = dict.fromkeys(_ASKED, 0.0)
        for page in pages(self._cloudwatch.get_metric_data, MetricDataQueries=queries, StartTime=start, EndTime=end):
            for result in page.get("MetricDataResults", ()):
                _refuse_less_than_all(result)
                found[result["Id"].partition("_")[0]] += sum(result.get("Values", ()))
        return _health(found)


def _queries(endpoint: str, variant: str, place: int, period: int) -> list[dict[str, Any]]:
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    return [
        {
            "Id": f"{name}_{place}",
            "MetricStat": {
                "Metric": {"Namespace": _NAMESPACE, "MetricName": metric, "Dimensions": dimensions},
                "Period": period,
                "Stat": statistic,
            },
        }
        for name, (metric, statistic) in _ASKED.items()
    ]


def _refuse_less_than_all(result: dict[str, Any]) -> None:
    if fault := _FAULTS.get(result.get("StatusCode", "")):
        raise fault(f"get_metric_data: {result['Id']}: {result['StatusCode']}")


def _health(found: dict[str, float]) -> Health:
    invocations, answers = found["invocations"], found["answers"]
    return Health(
        invocations=invocations,
        errors=found["errors"] / invocations if invocations else None,
        latency=found["latency"] / answers / _MICROSECONDS_PER_MILLISECOND if answers else None,
    )
