"""Whose alarm a message is about, and which of its metrics it watches."""

from itertools import permutations, product

import pytest

from kedge.ports.readers import Alarm
from tests.unit.sources.alarm_events import KNOWN, NAME, bare, event, message, sns
from tests.unit.sources.world import World

OWN = ("999900001111", "eu-west-1")


@pytest.mark.parametrize(
    ("account", "region"), list(product(["999900001111", "111122223333"], ["eu-west-1", "us-east-1"]))
)
def test_an_alarm_of_the_same_name_lends_its_numbers_only_in_its_own_account_and_region(account, region):
    world = World()
    world.alarms.known[NAME] = KNOWN
    found = world.one(sns(bare(AlarmArn=f"arn:aws:cloudwatch:{region}:{account}:alarm:{NAME}")))
    is_own = (account, region) == OWN
    assert (found.limit, found.metric) == ((KNOWN.threshold, KNOWN.metric) if is_own else (None, None))
    assert (found.target.kind.value, found.target.account, found.target.region) == (
        "endpoint" if is_own else "alarm",
        account,
        region,
    )


def test_a_strange_alarm_lends_nothing_though_it_is_the_only_one_that_is_known():
    world = World()
    world.alarms.known[NAME] = Alarm(arn=KNOWN.arn.replace("eu-west-1", "us-east-2"), threshold=9.0)
    assert world.one(sns(bare(AlarmArn=KNOWN.arn))).limit is None


@pytest.mark.parametrize(
    "told",
    [
        event(configuration={}),
        event(configuration={"description": "errors"}),
        sns(message(Trigger={"Period": 60, "EvaluationPeriods": 1, "Threshold": 5.0})),
    ],
)
def test_who_names_no_metric_does_not_say_what_the_alarm_looks_at(told):
    assert World().one(told).vague


def test_an_alarm_of_another_kind_says_what_it_looks_at_without_a_metric():
    assert not World().one(event(configuration={"evaluationCriteria": {"promQLCriteria": {"query": "up"}}})).vague
    assert not World().one(event(configuration={"alarmRule": "ALARM(a)"})).vague


METRICS = {
    "invocations": ("AWS/SageMaker", "Invocations", False),
    "errors": ("AWS/SageMaker", "Invocation5XXErrors", True),
    "drift": ("aws/sagemaker/Endpoints/data-metrics", "feature_baseline_drift_age", False),
}


def of_event(name):
    namespace, metric, watched = METRICS[name]
    dimensions = {"EndpointName": "churn-prod"}
    return {
        "id": name,
        "metricStat": {"metric": {"namespace": namespace, "name": metric, "dimensions": dimensions}},
        "returnData": watched,
    }


def of_message(name):
    namespace, metric, watched = METRICS[name]
    dimensions = [{"name": "EndpointName", "value": "churn-prod"}]
    return {
        "Id": name,
        "MetricStat": {"Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}},
        "ReturnData": watched,
    }


@pytest.mark.parametrize("order", list(permutations(METRICS)), ids=" ".join)
def test_of_metric_math_the_metric_that_is_watched_is_told_wherever_it_stands(order):
    by_event = World().one(event(configuration={"metrics": [of_event(name) for name in order]}))
    trigger = {"Metrics": [of_message(name) for name in order], "Threshold": 5.0}
    by_topic = World().one(sns(message(Trigger=trigger)))
    for found in (by_event, by_topic):
        assert (found.namespace, found.metric) == METRICS["errors"][:2]


@pytest.mark.parametrize("order", list(permutations(["invocations", "drift"])), ids=" ".join)
def test_of_metric_math_that_returns_an_expression_alone_the_first_metric_is_told(order):
    metrics = [{"id": "e", "expression": "a / b", "returnData": True}, *map(of_event, order)]
    found = World().one(event(configuration={"metrics": metrics}))
    assert (found.namespace, found.metric) == METRICS[order[0]][:2]
