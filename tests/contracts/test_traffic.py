"""The traffic that the local stack reports for an endpoint is the traffic that Kedge reads in CloudWatch."""

from datetime import UTC, datetime, timedelta

import pytest

from kedge.adapters.cloudwatch.metrics import CloudWatchMetrics
from workbench.local_stack.traffic import Traffic

pytestmark = pytest.mark.stack


def test_kedge_reads_of_each_span_how_the_endpoint_answered_in_it(stack):
    cloudwatch = stack.client("cloudwatch")
    traffic, metrics = Traffic(cloudwatch), CloudWatchMetrics(cloudwatch)
    act = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=30)
    for minute in range(10):
        traffic.served("churn", act - timedelta(minutes=minute + 1), invocations=100, errors=20, latency=812.0)
        traffic.served("churn", act + timedelta(minutes=minute), invocations=300, errors=3, latency=93.0)
    traffic.served("churn", act, invocations=50, latency=7.0, variant="other")
    before = metrics.health("churn", ("AllTraffic",), act - timedelta(minutes=20), act)
    after = metrics.health("churn", ("AllTraffic",), act, act + timedelta(minutes=20))
    assert (before.invocations, before.errors, before.latency) == (1_000, 0.2, pytest.approx(812.0))
    assert (after.invocations, after.errors, after.latency) == (3_000, 0.01, pytest.approx(93.0))


@pytest.mark.parametrize("wrong", [{"errors": 11}, {"errors": -1}, {"latency": -1.0}])
def test_more_errors_than_invocations_cannot_be(stack, wrong):
    with pytest.raises(ValueError, match="cannot be"):
        Traffic(stack.client("cloudwatch")).served(
            "churn", datetime.now(UTC), **{"invocations": 10, "latency": 1.0} | wrong
        )
