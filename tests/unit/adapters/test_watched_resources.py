"""What CloudWatch, SNS and S3 tell the watchdog; botocore's models refuse a wrong request."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.response import StreamingBody

from kedge.adapters.cloudwatch.watched import CloudWatchWatched
from kedge.adapters.dated_objects import S3DatedObjects
from kedge.adapters.messaging.subscriptions import SnsSubscriptions
from kedge.domain.errors import Permanent
from kedge.watchdog.facts import (
    AlarmFacts,
    SubscriptionState,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOPIC = "arn:aws:sns:us-east-1:111122223333:people"


ALARM = AlarmFacts(
    name="drift", state="OK", namespace="aws/sagemaker/Endpoints/data-metrics", metric="m", dimensions={"Endpoint": "churn"}
)  # fmt: skip


def test_only_alarms_on_metrics_of_sagemaker_are_read(stubbed):
    client, stubber = stubbed("cloudwatch")
    of_sagemaker = {
        "AlarmName": "drift",
        "StateValue": "INSUFFICIENT_DATA",
        "StateUpdatedTimestamp": NOON,
        "StateTransitionedTimestamp": NOON - HOUR,
        "Namespace": ALARM.namespace,
        "MetricName": "m",
        "Dimensions": [{"Name": "Endpoint", "Value": "churn"}],
        "Period": 3600,
        "EvaluationPeriods": 2,
    }
    others = [
        {"AlarmName": "cpu", "StateValue": "OK", "Namespace": "AWS/EC2"},
        {"AlarmName": "math", "StateValue": "OK"},
    ]
    stubber.add_response(
        "describe_alarms", {"MetricAlarms": [of_sagemaker, *others]}, {"AlarmTypes": ["MetricAlarm"], "MaxRecords": 100}
    )
    (found,) = CloudWatchWatched(client).alarms()
    assert (found.name, found.since, found.period, found.evaluation_periods) == ("drift", NOON - HOUR, HOUR, 2)
    assert found.dimensions == ALARM.dimensions


def test_a_metric_is_listed_with_exactly_the_dimensions_and_a_yes_is_remembered(stubbed):
    client, stubber = stubbed("cloudwatch")
    wider = {"Namespace": "x", "MetricName": "m", "Dimensions": [
        {"Name": "Endpoint", "Value": "churn"}, {"Name": "MonitoringSchedule", "Value": "dq"}]}  # fmt: skip
    exact = {"Namespace": "x", "MetricName": "m", "Dimensions": [{"Name": "Endpoint", "Value": "churn"}]}
    stubber.add_response("list_metrics", {"Metrics": [wider]})
    stubber.add_response("list_metrics", {"Metrics": [wider, exact]})
    watched = CloudWatchWatched(client)
    assert [watched.is_listed(ALARM) for _ in range(3)] == [False, True, True]


def test_the_traffic_of_an_endpoint_is_the_sum_of_its_variants(stubbed):
    client, stubber = stubbed("cloudwatch")
    results = [{"Id": "q0", "Values": [1.0, 2.0]}, {"Id": "q2", "Values": [4.0]}]
    stubber.add_response("get_metric_data", {"MetricDataResults": results})
    found = CloudWatchWatched(client).invocations({"a": ("blue", "green"), "b": ("x",)}, NOON - HOUR, NOON)
    assert found == {"a": 3.0, "b": 4.0}


def test_a_subscription_is_pending_deleted_or_confirmed(stubbed):
    client, stubber = stubbed("sns")
    arns = ["PendingConfirmation", "Deleted", f"{TOPIC}:1"]
    listed = [{"SubscriptionArn": arn, "Protocol": "email", "Endpoint": "a@b.c", "TopicArn": TOPIC} for arn in arns]
    stubber.add_response("list_subscriptions_by_topic", {"Subscriptions": listed}, {"TopicArn": TOPIC})
    found = SnsSubscriptions(client).topic(TOPIC)
    assert found.name == "people"
    assert [each.state for each in found.subscriptions] == [
        SubscriptionState.PENDING,
        SubscriptionState.DELETED,
        SubscriptionState.CONFIRMED,
    ]


@pytest.fixture
def objects(stubbed):
    client, stubber = stubbed("s3")
    return S3DatedObjects(client), stubber


def test_one_call_finds_an_object_after_an_hour(objects):
    dated, stubber = objects
    wanted = {
        "Bucket": "data",
        "Prefix": "capture/churn/AllTraffic/2",
        "StartAfter": "capture/churn/AllTraffic/2026/11/20/12",
        "MaxKeys": 1,
    }
    stubber.add_response("list_objects_v2", {"Contents": [{"Key": "k", "LastModified": NOON}]}, wanted)
    assert dated.after("s3://data/capture/", "churn/AllTraffic", NOON) == NOON


def test_the_date_of_an_object_is_listed_and_an_absent_one_has_none(objects):
    dated, stubber = objects
    stubber.add_response(
        "list_objects_v2", {"Contents": [{"Key": "b/c.json", "LastModified": NOON}]},
        {"Bucket": "data", "Prefix": "b/c.json", "MaxKeys": 1},
    )  # fmt: skip
    stubber.add_response("list_objects_v2", {})
    assert [dated.written("s3://data/b/c.json") for _ in range(2)] == [NOON, None]


def test_a_refused_list_names_its_permission(objects):
    dated, stubber = objects
    stubber.add_client_error("list_objects_v2", service_error_code="AccessDenied", http_status_code=403)
    with pytest.raises(Permanent, match="s3:ListBucket on s3://data"):
        dated.written("s3://data/x")


def content(data: bytes) -> dict[str, object]:
    return {"Body": StreamingBody(io.BytesIO(data), len(data)), "ContentLength": len(data)}


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        (json.dumps({"version": 0, "features": [{"name": "age"}, {"name": "plan"}]}).encode(), ("age", "plan")),
        (b"{}", None),
        (b"not json", None),
    ],
)
def test_columns_are_the_names_of_the_features(objects, data: bytes, columns: tuple[str, ...] | None):
    dated, stubber = objects
    stubber.add_response("get_object", content(data))
    assert dated.columns("s3://data/b/constraints.json") == columns


def test_a_file_that_this_role_may_not_read_has_no_columns(objects):
    dated, stubber = objects
    stubber.add_client_error("get_object", service_error_code="AccessDenied", http_status_code=403)
    assert dated.columns("s3://elsewhere/constraints.json") is None
