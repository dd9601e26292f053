"""Alarms: one signal from three shapes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from kedge.domain.errors import MalformedSignal, Permanent, Transient
from kedge.domain.run import Verdict
from kedge.domain.target import TargetKind
from kedge.sources.reader import Home
from tests.support import samples
from tests.unit.sources.alarm_events import KNOWN, NAME, bare, event, message, metric, metric_of, sns
from tests.unit.sources.world import HOME, RECEIVED, TARGET, World


@pytest.mark.parametrize(
    "shapes",
    [
        ("eventbridge.alarm.alarm", "sns.alarm.metric", "lambda.alarm_action", "sqs.sns_alarm", "sqs.raw_alarm"),
        ("eventbridge.alarm.metric_math", "sns.alarm.metric_math"),
        ("eventbridge.alarm.anomaly", "sns.alarm.anomaly"),
        ("eventbridge.alarm.contributor", "sns.alarm.contributor"),
        ("eventbridge.alarm.composite", "sns.alarm.composite", "lambda.alarm_action.composite"),
    ],
)
def test_one_transition_is_one_signal_whichever_way_it_came(shapes: tuple[str, ...]):
    world = World()
    told = [world.one(name) for name in shapes]
    assert len({signal.id for signal in told}) == 1
    assert len({(signal.target, signal.verdict, signal.at, signal.observed, signal.limit) for signal in told}) == 1


def test_an_alarm_says_what_it_saw_and_what_it_allows():
    found = World().one("eventbridge.alarm.alarm")
    assert (found.metric, found.observed, found.limit) == ("feature_baseline_drift_tenure", 0.85, 0.4)
    assert (found.previous, found.description) == (Verdict.OK, "The drift of tenure is above 0.4")
    assert found.dimensions == {"Endpoint": "churn-prod", "MonitoringSchedule": "churn-data-quality"}


@pytest.mark.parametrize(
    ("points", "limit"), [([9.0, 20.0], 15.0), ([9.0, -3.0], 5.0), ([20.0, 9.0], None), ([], None), (["x"], None)]
)
def test_an_anomaly_is_measured_by_the_side_of_the_band_that_it_crossed(points: list[Any], limit: float | None):
    band = {"recentDatapoints": points, "recentLowerThresholds": [4.0, 5.0], "recentUpperThresholds": [14.0, 15.0]}
    state = {"value": "ALARM", "reason": "", "reasonData": json.dumps(band)}
    assert World().one(event(state=state)).limit == limit


def test_numbers_come_from_the_sentence_where_there_are_no_data():
    state = {
        "value": "ALARM",
        "reason": "Threshold Crossed: 1 out of the last 1 datapoints [0.85 was greater than the threshold (0.4) …",
    }
    found = World().one(event(state=state))
    assert (found.observed, found.limit) == (None, 0.4)


@pytest.mark.parametrize(
    ("reason", "observed"),
    [
        ("[5.0 (20/11/26 10:59:00), 4.0 (20/11/26 10:58:00)] were greater than the threshold (1.0)", 5.0),
        ("[4.0 (20/11/26 10:58:00), 5.0 (20/11/26 10:59:00)] were greater than the threshold (1.0)", 5.0),
        ("[-1.5E-4 (01/01/27 00:00:00)] was less than the threshold (1.0)", -0.00015),
        ("[1.0 (99/99/99 99:99:99)] was greater than the threshold (1.0)", None),
        ("no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].", None),
        ("", None),
    ],
)
def test_the_newest_datapoint_of_the_sentence_is_the_one_that_counts(reason: str, observed: float | None):
    assert World().one(sns(message(NewStateReason=reason))).observed == observed


@pytest.mark.parametrize(
    "data", ["not json", "[]", "7", '{"recentDatapoints": 3, "threshold": "x"}', {"threshold": 1}, 5]
)
def test_odd_reason_data_cost_numbers_and_never_the_alarm(data: Any):
    state = {"value": "ALARM", "reason": "why", "reasonData": data}
    assert World().one(event(state=state)).verdict is Verdict.ALARM


@pytest.mark.parametrize("key", ["Endpoint", "EndpointName"])
def test_the_target_is_the_endpoint_that_the_dimensions_name(key: str):
    found = World().one(event(configuration={"metrics": [metric(**{key: "Churn-Prod"})]}))
    assert str(found.target) == "111122223333/us-east-1/endpoint/Churn-Prod"


def test_metric_math_over_one_endpoint_is_about_that_endpoint():
    metrics = [{"id": "e", "expression": "a/b", "returnData": True}, metric(EndpointName="x"), metric(Endpoint="x")]
    assert World().one(event(configuration={"metrics": metrics})).target.name == "x"


@pytest.mark.parametrize(
    "namespace",
    [
        "AWS/SageMaker",
        "/aws/sagemaker/Endpoints",
        "aws/sagemaker/Endpoints/data-metrics",
        "/aws/sagemaker/Endpoints/data-metric",
        "aws/sagemaker/ModelMonitoring/bias-metrics",
    ],
)
def test_a_dimension_names_an_endpoint_in_the_namespaces_of_sagemaker(namespace: str):
    found = World().one(event(configuration={"metrics": [metric_of(namespace, Endpoint="churn-prod")]}))
    assert found.target.kind is TargetKind.ENDPOINT


@pytest.mark.parametrize(
    ("namespace", "dimensions"),
    [
        ("AWS/ClientVPN", {"Endpoint": "cvpn-endpoint-0a1b"}),
        ("Shop/Api", {"Endpoint": "/api/v1/orders"}),
        ("Shop", {"EndpointName": "churn-prod"}),
        ("aws/sagemakerish", {"EndpointName": "churn-prod"}),
        ("x AWS/SageMaker", {"EndpointName": "churn-prod"}),
    ],
)
def test_a_dimension_of_another_namespace_names_no_endpoint_of_sagemakers(namespace: str, dimensions: dict[str, str]):
    found = World().one(event(configuration={"metrics": [metric_of(namespace, **dimensions)]}))
    assert str(found.target) == f"111122223333/us-east-1/alarm/{NAME}"
    trigger = {"Namespace": namespace, "MetricName": "m"} | {
        "Dimensions": [{"name": name, "value": value} for name, value in dimensions.items()]
    }
    assert World().one(sns(message(Trigger=trigger))).target == found.target


def test_a_metric_of_another_account_is_about_the_endpoint_of_that_account():
    raw = event(configuration={"metrics": [metric_of("AWS/SageMaker", "444455556666", EndpointName="churn-prod")]})
    found = World().one(raw)
    assert (str(found.target), found.alarm_account) == ("444455556666/us-east-1/endpoint/churn-prod", "111122223333")
    metrics = [
        {"Id": "e1", "Expression": "m1/1000", "ReturnData": True},
        {
            "Id": "m1",
            "AccountId": "444455556666",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SageMaker",
                    "MetricName": "m",
                    "Dimensions": [{"name": "EndpointName", "value": "churn-prod"}],
                }
            },
        },
    ]
    assert World().one(sns(message(Trigger={"Metrics": metrics}))).target == found.target


def test_endpoints_of_one_name_in_two_accounts_are_two():
    own, other = metric(EndpointName="x"), metric_of("AWS/SageMaker", "444455556666", EndpointName="x")
    assert World().one(event(configuration={"metrics": [own, other]})).target.kind is TargetKind.ALARM


def test_alarms_of_one_name_in_two_accounts_are_two_sources():
    own = World().one(event())
    theirs = World().one(
        event(configuration={"metrics": [metric_of("AWS/SageMaker", own.target.account, EndpointName="churn-prod")]})
        | {"resources": [f"arn:aws:cloudwatch:us-east-1:444455556666:alarm:{NAME}"]}
    )
    assert own.target == theirs.target
    assert own.source != theirs.source


@pytest.mark.parametrize(
    ("reason", "blind"),
    [
        ("Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].", True),
        ("Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching].", True),
        ("Threshold Crossed: no query results were received for 1 period and 1 missing query result was treated as [Breaching].", True),
        ("Threshold Crossed: 2 missing datapoints were treated as [Breaching].", True),
        ("Threshold Crossed: 2 datapoints were not less than the threshold (0.8) and 1 missing datapoint was treated as [Breaching].", False),
        ("Threshold Crossed: 1 datapoint [0.5 (02/11/26 10:00:00)] was less than the threshold (0.8) and 2 missing datapoints were treated as [Breaching].", False),
        ("Thresholds Crossed: 1 datapoint was less than the lower thresholds [0.02] and 1 missing datapoint was treated as [Breaching].", False),
        ("Threshold Crossed: 1 out of the last 1 datapoints [5.0 (02/11/26 10:15:00)] was greater than the threshold (1.0)", False),
        ("", False),
        ("the team set this state by hand", False),
    ],
)  # fmt: skip
def test_an_alarm_is_blind_if_it_compared_missing_datapoints_alone(reason: str, *, blind: bool):
    told = event(state={"value": "ALARM", "reason": reason})
    assert (World().one(told).blind, World().one(sns(message(NewStateReason=reason))).blind) == (blind, blind)
    action = samples.event("lambda.alarm_action")
    action["alarmData"]["state"] = {"value": "ALARM", "reason": reason}
    assert World().one(action).blind is blind


@pytest.mark.parametrize(("points", "blind"), [([], True), ([0.5], False), (None, False)])
def test_an_alarm_is_blind_if_its_data_list_no_datapoint(points: list[float] | None, *, blind: bool):
    data = {"threshold": 0.8} | ({} if points is None else {"recentDatapoints": points})
    assert World().one(event(state={"value": "ALARM", "reason": "x", "reasonData": json.dumps(data)})).blind is blind


def test_account_and_region_are_the_alarms_own():
    raw = samples.event("lambda.alarm_action") | {"accountId": "999999999999", "region": "eu-west-1"}
    assert str(World().one(raw).target) == TARGET


def test_the_display_name_of_a_region_is_never_taken_for_one():
    told = message(AlarmArn=None, Region="EU (London)")
    topic = "arn:aws:sns:eu-west-2:111122223333:alarms"
    assert World().one(sns(told, TopicArn=topic)).target.region == "eu-west-2"
    assert World().one(sns(told)).target.region == HOME.region


@pytest.mark.parametrize(
    ("told", "topic", "where"),
    [
        ({"AlarmArn": f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{NAME}"}, None, ("111122223333", "us-east-1")),
        ({"AWSAccountId": "111122223333"}, None, ("111122223333", "eu-west-1")),
        ({"AWSAccountId": 48819808253}, None, ("048819808253", "eu-west-1")),
        ({}, "arn:aws:sns:us-east-2:111122223333:t", ("111122223333", "us-east-2")),
        ({"AWSAccountId": "EXAMPLE"}, "arn:aws:sns:EXAMPLE", ("999900001111", "eu-west-1")),
        ({"AlarmArn": "arn:aws:cloudwatch:REGION:ACCOUNT_NUMBER:alarm:EXAMPLE"}, None, ("999900001111", "eu-west-1")),
    ],
)
def test_a_bare_message_belongs_where_it_says_else_to_its_topic_else_home(
    told: dict[str, Any], topic: str | None, where: tuple[str, str]
):
    target = World().one(sns(bare(**told), TopicArn=topic)).target
    assert (target.account, target.region) == where


def test_what_a_bare_message_leaves_out_is_looked_up_once():
    world = World()
    world.alarms.known[NAME] = KNOWN
    found = world.one(sns(bare()))
    assert str(found.target) == "999900001111/eu-west-1/endpoint/churn-prod"
    assert (found.metric, found.limit, found.description) == ("feature_baseline_drift_tenure", 0.4, "drift")
    assert world.alarms.calls == [NAME]


def test_another_accounts_alarm_of_the_same_name_is_not_looked_at():
    world = World()
    world.alarms.known[NAME] = KNOWN
    assert world.one(sns(bare(AWSAccountId="111122223333"))).target.kind.value == "alarm"


def test_a_bare_message_of_an_alarm_that_may_not_be_read_still_speaks():
    world = World()
    world.alarms.failing = Permanent("denied")
    assert world.one(sns(bare())).verdict is Verdict.ALARM


def test_a_lookup_that_may_work_later_is_left_for_later():
    world = World()
    world.alarms.failing = Transient("throttled")
    with pytest.raises(Transient):
        world.one(sns(bare()))


@pytest.mark.parametrize(
    "name", ["sns.alarm.metric", "sns.alarm.composite", "eventbridge.alarm.alarm", "sqs.sns_alarm"]
)
def test_a_message_that_says_enough_costs_no_call(name: str):
    world = World()
    world.one(name)
    assert world.alarms.calls == []


@pytest.mark.parametrize(
    ("told", "note", "at"),
    [
        ({"StateChangeTime": "2026-11-20T11:20:04.149+0000"}, {}, datetime(2026, 11, 20, 11, 20, 4, 149000, UTC)),
        ({}, {"Timestamp": "2026-11-20T11:20:05Z"}, datetime(2026, 11, 20, 11, 20, 5, tzinfo=UTC)),
        ({"StateChangeTime": "soon"}, {"Timestamp": "later"}, RECEIVED),
    ],
)
def test_a_transition_is_dated_as_near_to_it_as_can_be(told: dict[str, Any], note: dict[str, Any], at: datetime):
    assert World().one(sns(bare(**told), **note)).at == at


def test_a_bare_message_that_is_delivered_twice_has_one_id():
    first, again = World(), World()
    raw = sns(bare(), MessageId="95df01b4")
    assert first.reader.read(raw, RECEIVED)[0].id == again.reader.read(raw, RECEIVED.replace(year=2027))[0].id


@pytest.mark.parametrize("state", ["alarm", " OK ", "Insufficient_Data"])
def test_a_states_spelling_does_not_matter(state: str):
    assert World().one(sns(bare(NewStateValue=state))).verdict.value == state.strip().lower()


@pytest.mark.parametrize(
    "odd", [{"AlarmDescription": None}, {"AlarmDescription": 5}, {"Trigger": "x"}, {"Trigger": {}}]
)
def test_odd_enrichments_do_not_cost_the_alarm(odd: dict[str, Any]):
    assert World().one(sns(message() | odd)).alarm == NAME


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (sns(bare(NewStateValue="RED")), "$.Records[0].Sns.Message.NewStateValue"),
        (sns(bare(NewStateValue=None)), "$.Records[0].Sns.Message.NewStateValue"),
        (sns({"NewStateValue": "ALARM"}), "$.Records[0].Sns.Message.AlarmName"),
        (event(alarmName=7), "$.detail.alarmName"),
        (event(state=None), "$.detail.state"),
        (event(state={}), "$.detail.state.value"),
        (samples.event("lambda.alarm_action") | {"alarmData": "x"}, "$.alarmData"),
    ],
)
def test_an_alarm_without_name_or_state_is_malformed_and_says_where(raw: object, path: str):
    with pytest.raises(MalformedSignal) as caught:
        World().reads(raw)
    assert caught.value.path == path


def test_placeholders_of_aws_own_samples_are_harmless():
    raw = samples.event("eventbridge.alarm.alarm")
    raw |= {
        "account": "<<account>>",
        "region": "<<region>>",
        "resources": ["arn:aws:cloudwatch:<<region>>:<<account>>:alarm:x"],
    }
    del raw["detail"]["previousState"]
    del raw["detail"]["state"]["reasonData"]
    assert str(World(home=Home("111122223333", "us-east-1")).one(raw).target) == TARGET
