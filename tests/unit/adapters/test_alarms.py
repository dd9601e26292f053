"""What CloudWatch tells of an alarm."""

from datetime import UTC, datetime

import pytest

from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.ports.readers import Alarm

ARN = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:churn-latency"
ASKED = {"AlarmNames": ["churn-latency"], "AlarmTypes": ["MetricAlarm"]}
LATENCY = {
    "Namespace": "AWS/SageMaker",
    "MetricName": "ModelLatency",
    "Dimensions": [{"Name": "EndpointName", "Value": "churn-prod"}],
}
ERRORS = {**LATENCY, "MetricName": "Invocation5XXErrors"}


@pytest.fixture
def cloudwatch(stubbed):
    client, stubber = stubbed("cloudwatch")
    return CloudWatchAlarms(client), stubber


def answer(**alarm):
    return {"MetricAlarms": [{"AlarmArn": ARN, "Threshold": 200.0, **alarm}]}


def query(name, metric, **more):
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, **more}


def test_an_alarm_tells_its_metric_and_its_limit(cloudwatch):
    alarms, stubber = cloudwatch
    stubber.add_response("describe_alarms", answer(**LATENCY), ASKED)
    assert alarms.alarm("churn-latency") == Alarm(
        arn=ARN,
        namespace="AWS/SageMaker",
        metric="ModelLatency",
        dimensions={"EndpointName": "churn-prod"},
        threshold=200.0,
    )


def test_an_alarm_that_nobody_knows_is_none(cloudwatch):
    alarms, stubber = cloudwatch
    stubber.add_response("describe_alarms", {"MetricAlarms": []}, ASKED)
    stubber.add_response("describe_alarms", {"CompositeAlarms": []}, ASKED | {"AlarmTypes": ["CompositeAlarm"]})
    assert alarms.alarm("churn-latency") is None


def test_a_composite_alarm_tells_its_state(cloudwatch):
    alarms, stubber = cloudwatch
    arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:churn-latency"
    composite = {"AlarmName": "churn-latency", "AlarmArn": arn, "StateValue": "OK"}
    stubber.add_response("describe_alarms", {"MetricAlarms": []}, ASKED)
    stubber.add_response(
        "describe_alarms", {"CompositeAlarms": [composite]}, ASKED | {"AlarmTypes": ["CompositeAlarm"]}
    )
    assert alarms.alarm("churn-latency").state == "OK"


@pytest.mark.parametrize(
    ("data", "measured"),
    [
        ('{"version": "1.0", "recentDatapoints": [812.4], "threshold": 500.0}', True),
        ('{"version": "1.0", "recentDatapoints": []}', False),
        ("[]", False),
        ("no JSON", False),
        (None, False),
    ],
)
def test_an_alarm_is_measured_if_datapoints_stand_behind_its_state(cloudwatch, data: str | None, measured: bool):
    alarms, stubber = cloudwatch
    more = {} if data is None else {"StateReasonData": data}
    stubber.add_response("describe_alarms", answer(MetricName="ModelLatency", **more), ASKED)
    assert alarms.alarm("churn-latency").measured is measured


@pytest.mark.parametrize(
    ("data", "observed", "limit"),
    [
        ('{"recentDatapoints": [3.0, 812], "threshold": 500.0}', 812.0, 500.0),
        ('{"recentDatapoints": [0.1], "recentLowerThresholds": [0.2], "recentUpperThresholds": [0.3]}', 0.1, 0.2),
        ('{"recentDatapoints": [true, NaN, "9"], "threshold": 500.0}', None, 500.0),
        (f'{{"recentDatapoints": [1{"0" * 400}]}}', None, None),
        ("[" * 4_000, None, None),
        ('{"recentDatapoints": 9}', None, None),
    ],
)
def test_the_numbers_of_an_alarm_are_those_of_its_state_as_far_as_they_are_numbers(
    cloudwatch, data: str, observed: float | None, limit: float | None
):
    alarms, stubber = cloudwatch
    stubber.add_response("describe_alarms", answer(**LATENCY, StateReasonData=data), ASKED)
    found = alarms.alarm("churn-latency")
    assert (found.observed, found.limit, found.measured) == (observed, limit, observed is not None)


def test_an_alarm_tells_why_it_is_in_its_state_and_since_when_it_is(cloudwatch):
    alarms, stubber = cloudwatch
    moved, updated = datetime(2026, 11, 20, 10, 30, tzinfo=UTC), datetime(2026, 11, 20, 10, 45, tzinfo=UTC)
    told = {"StateReason": "Threshold Crossed", "AlarmDescription": "slow", "StateTransitionedTimestamp": moved}
    stubber.add_response("describe_alarms", answer(**LATENCY, **told, StateUpdatedTimestamp=updated), ASKED)
    found = alarms.alarm("churn-latency")
    assert (found.reason, found.description, found.since) == ("Threshold Crossed", "slow", moved)


def test_a_composite_alarm_tells_who_suppresses_its_actions(cloudwatch):
    alarms, stubber = cloudwatch
    composite = {"AlarmName": "churn-latency", "AlarmArn": ARN, "ActionsSuppressedBy": "WaitPeriod"}
    stubber.add_response("describe_alarms", {"MetricAlarms": []}, ASKED)
    stubber.add_response(
        "describe_alarms", {"CompositeAlarms": [composite]}, ASKED | {"AlarmTypes": ["CompositeAlarm"]}
    )
    assert alarms.alarm("churn-latency").suppressed_by == "WaitPeriod"


def test_of_a_list_of_metrics_the_one_that_is_returned_counts(cloudwatch):
    alarms, stubber = cloudwatch
    metrics = [query("a", ERRORS, ReturnData=False), query("b", LATENCY, ReturnData=True)]
    stubber.add_response("describe_alarms", answer(Metrics=metrics), ASKED)
    assert alarms.alarm("churn-latency").metric == "ModelLatency"


def test_an_expression_on_one_metric_is_about_that_metric(cloudwatch):
    alarms, stubber = cloudwatch
    metrics = [{"Id": "e", "Expression": "a * 100", "ReturnData": True}, query("a", ERRORS, ReturnData=False)]
    stubber.add_response("describe_alarms", answer(Metrics=metrics), ASKED)
    assert alarms.alarm("churn-latency").metric == "Invocation5XXErrors"


ELSEWHERE = {**LATENCY, "Dimensions": [{"Name": "EndpointName", "Value": "fraud-prod"}]}


@pytest.mark.parametrize(("other", "dimensions"), [(LATENCY, {"EndpointName": "churn-prod"}), (ELSEWHERE, {})])
def test_an_expression_on_two_metrics_is_about_neither_but_about_their_endpoint_if_it_is_one(
    cloudwatch, other, dimensions
):
    alarms, stubber = cloudwatch
    metrics = [
        {"Id": "e", "Expression": "a / b", "ReturnData": True},
        query("a", ERRORS, ReturnData=False),
        query("b", other, ReturnData=False),
    ]
    stubber.add_response("describe_alarms", answer(Metrics=metrics), ASKED)
    found = alarms.alarm("churn-latency")
    assert found is not None
    assert (found.namespace, found.metric, found.dimensions, found.threshold) == (None, None, dimensions, 200.0)
    assert [each.dimensions.get("EndpointName") for each in found.everything] == [
        None,
        "churn-prod",
        other["Dimensions"][0]["Value"],
    ]


def test_the_contributors_that_fire_are_read_to_the_last_page(cloudwatch):
    alarms, stubber = cloudwatch
    asked = {"AlarmName": "churn-latency"}
    one = {
        "AlarmContributors": [{"ContributorId": "c1", "ContributorAttributes": {}, "StateReason": ""}],
        "NextToken": "n",
    }
    other = {"AlarmContributors": [{"ContributorId": "c2", "ContributorAttributes": {}, "StateReason": ""}]}
    stubber.add_response("describe_alarm_contributors", one, asked)
    stubber.add_response("describe_alarm_contributors", other, asked | {"NextToken": "n"})
    assert alarms.contributors("churn-latency") == {"c1", "c2"}


def test_an_alarm_that_cloudwatch_does_not_know_has_no_contributors(cloudwatch):
    alarms, stubber = cloudwatch
    stubber.add_client_error("describe_alarm_contributors", "ResourceNotFoundException")
    assert alarms.contributors("churn-latency") is None
