"""CloudWatch: the alarms on metrics of SageMaker and the traffic of endpoints, for the watchdog."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from kedge.adapters.calls import Client, pages, utc
from kedge.watchdog.facts import AlarmFacts

_OF_SAGEMAKER: Final = "sagemaker"
_PAGE: Final = 100
_QUERIES: Final = 500
"""The most queries of one GetMetricData."""
_HOUR: Final = 3_600
# A list of metrics changes within 15 minutes, and shows a metric for 2 weeks after its last datapoint.
_MOST_PAGES: Final = 3


class CloudWatchWatched:
    """Alarms and metrics, read with DescribeAlarms, ListMetrics and GetMetricData."""

    def __init__(self, cloudwatch: Client) -> None:
        """Keep `cloudwatch`, boto3's client or a double of it."""
        self._cloudwatch = cloudwatch
        self._listed: set[tuple[str, str, tuple[tuple[str, str], ...]]] = set()

    def alarms(self) -> Iterator[AlarmFacts]:
        """Yield the metric alarms on one metric of SageMaker each. Raises Transient or Permanent."""
        for page in pages(self._cloudwatch.describe_alarms, AlarmTypes=["MetricAlarm"], MaxRecords=_PAGE):
            for each in page.get("MetricAlarms", ()):
                if _OF_SAGEMAKER in each.get("Namespace", "").lower():
                    yield _alarm(each)

    def is_listed(self, alarm: AlarmFacts) -> bool:
        """Return whether CloudWatch lists the metric with exactly these dimensions. A yes is remembered.

        Raises Transient or Permanent.
        """
        wanted = tuple(sorted(alarm.dimensions.items()))
        key = (alarm.namespace, alarm.metric, wanted)
        if key in self._listed:
            return True
        filters = [{"Name": name, "Value": value} for name, value in wanted]
        found = pages(
            self._cloudwatch.list_metrics, Namespace=alarm.namespace, MetricName=alarm.metric, Dimensions=filters
        )
        for number, page in enumerate(found, 1):
            if any(_dimensions(each) == wanted for each in page.get("Metrics", ())):
                self._listed.add(key)
                return True
            if number == _MOST_PAGES:
                return True  # Too many to say that it is not among them.
        return False

    def invocations(
        self, variants: Mapping[str, tuple[str, ...]], start: datetime, end: datetime
    ) -> Mapping[str, float]:
        """Return the number of requests of each endpoint from `start` to `end`. Raises Transient or Permanent."""
        asked = [(endpoint, variant) for endpoint, names in variants.items() for variant in names]
        found = dict.fromkeys(variants, 0.0)
        for first in range(0, len(asked), _QUERIES):
            part = asked[first : first + _QUERIES]
            queries = [_query(place, endpoint, variant) for place, (endpoint, variant) in enumerate(part)]
            for page in pages(
                self._cloudwatch.get_metric_data, MetricDataQueries=queries, StartTime=start, EndTime=end
            ):
                for result in page.get("MetricDataResults", ()):
                    found[part[int(result["Id"][1:])][0]] += sum(result.get("Values", ()))
        return found


def _alarm(told: Mapping[str, Any]) -> AlarmFacts:
    changed = told.get("StateTransitionedTimestamp") or told.get("StateUpdatedTimestamp")
    return AlarmFacts(
        name=told["AlarmName"],
        state=told["StateValue"],
        namespace=told["Namespace"],
        metric=told.get("MetricName", ""),
        dimensions={each["Name"]: each["Value"] for each in told.get("Dimensions", ())},
        since=utc(changed),
        period=timedelta(seconds=told.get("Period", 60)),
        evaluation_periods=told.get("EvaluationPeriods", 1),
    )


def _query(place: int, endpoint: str, variant: str) -> dict[str, Any]:
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": dimensions}
    return {"Id": f"q{place}", "MetricStat": {"Metric": metric, "Period": _HOUR, "Stat": "Sum"}}


def _dimensions(metric: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((each["Name"], each["Value"]) for each in metric.get("Dimensions", ())))
