"""How an endpoint answered, over all of its variants."""

from datetime import UTC, datetime, timedelta

import pytest

from kedge.adapters.cloudwatch.metrics import CloudWatchMetrics
from kedge.domain.errors import Permanent, Transient
from kedge.domain.facts import Health

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPERATION = "get_metric_data"


@pytest.fixture
def cloudwatch(stubbed):
    client, stubber = stubbed("cloudwatch")
    return CloudWatchMetrics(client), stubber


def query(name, place, variant, metric, statistic, period=60):
    dimensions = [{"Name": "EndpointName", "Value": "churn"}, {"Name": "VariantName", "Value": variant}]
    its = {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": f"{name}_{place}", "MetricStat": {"Metric": its, "Period": period, "Stat": statistic}}


def queries(*variants, period=60):
    asked = [
        ("invocations", "Invocations", "Sum"),
        ("errors", "Invocation5XXErrors", "Sum"),
        ("latency", "ModelLatency", "Sum"),
        ("answers", "ModelLatency", "SampleCount"),
    ]
    return [
        query(name, place, variant, metric, statistic, period)
        for place, variant in enumerate(variants)
        for name, metric, statistic in asked
    ]


def results(status="Complete", **values):
    return {
        "MetricDataResults": [{"Id": name, "StatusCode": status, "Values": found} for name, found in values.items()]
    }


def test_a_busy_variant_weighs_more_than_a_quiet_one(cloudwatch):
    metrics, stubber = cloudwatch
    asked = {"MetricDataQueries": queries("blue", "green"), "StartTime": NOON, "EndTime": NOON + HOUR}
    first = results(
        "PartialData",
        invocations_0=[90.0],
        errors_0=[0.0],
        latency_0=[900_000.0],
        answers_0=[90.0],
        invocations_1=[5.0],
    )
    second = results(invocations_1=[5.0], errors_1=[2.0, 3.0], latency_1=[1_100_000.0], answers_1=[10.0])
    stubber.add_response(OPERATION, first | {"NextToken": "2"}, asked)
    stubber.add_response(OPERATION, second, asked | {"NextToken": "2"})
    health = metrics.health("churn", ("blue", "green"), NOON, NOON + HOUR)
    assert health == Health(invocations=100.0, errors=0.05, latency=20.0)


def test_where_nobody_called_nothing_was_measured(cloudwatch):
    metrics, stubber = cloudwatch
    stubber.add_response(OPERATION, results(invocations_0=[], errors_0=[], latency_0=[], answers_0=[]))
    assert metrics.health("churn", ("blue",), NOON, NOON + HOUR) == Health(invocations=0.0, errors=None, latency=None)


@pytest.mark.parametrize(("variants", "end"), [((), NOON + HOUR), (("blue",), NOON), (("blue",), NOON - HOUR)])
def test_nothing_to_ask_for_costs_no_call(cloudwatch, variants, end):
    assert cloudwatch[0].health("churn", variants, NOON, end) == Health()


def test_more_than_a_day_is_asked_for_by_the_hour(cloudwatch):
    metrics, stubber = cloudwatch
    end = NOON + timedelta(days=2)
    asked = {"MetricDataQueries": queries("blue", period=3600), "StartTime": NOON, "EndTime": end}
    stubber.add_response(OPERATION, results(invocations_0=[1.0]), asked)
    assert metrics.health("churn", ("blue",), NOON, end).invocations == 1.0


@pytest.mark.parametrize(("status", "error"), [("InternalError", Transient), ("Forbidden", Permanent)])
def test_a_metric_that_could_not_be_read_is_no_zero(cloudwatch, status, error):
    metrics, stubber = cloudwatch
    stubber.add_response(OPERATION, results(status, errors_0=[]))
    with pytest.raises(error, match="errors_0"):
        metrics.health("churn", ("blue",), NOON, NOON + HOUR)
