"""The events that wake Kedge: every sample event against the template's own rules."""

import json
from collections.abc import Iterator

import botocore.session
import pytest

from kedge.adapters.messaging.queues import VISIBILITY
from kedge.domain.provenance import EntryPoint
from kedge.domain.signal import Ignored
from tests.support.samples import event, names
from tests.template.deployed import STACK, Deployed, role_statements, statements, whole
from tests.template.event_pattern import LONGEST_PATTERN, matches
from tests.unit.sources.world import SCHEDULE, World

HEARTBEAT = "HeartbeatRule"
RULES = sorted(
    name for name, rule in whole().of_type("AWS::Events::Rule").items() if "EventPattern" in rule and name != HEARTBEAT
)
SAMPLES = {name: sample for name in names() if "detail-type" in (sample := event(name))}
# The purpose of each rule, written independently of the template: source, detail-types and states.
WANTED = {
    "ProcessingJobRule": ("aws.sagemaker", "SageMaker Processing Job State Change"),
    "AlarmRule": ("aws.cloudwatch", "CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change"),
    "EndpointRule": ("aws.sagemaker", "SageMaker Endpoint State Change"),
    "EndpointDeploymentRule": ("aws.sagemaker", "SageMaker Endpoint Deployment State Change"),
    "PipelineRule": ("aws.sagemaker", "SageMaker Model Building Pipeline Execution Status Change"),
    "PipelineStepRule": ("aws.sagemaker", "SageMaker Model Building Pipeline Execution Step Status Change"),
    "ModelPackageRule": ("aws.sagemaker", "SageMaker Model Package State Change"),
    "MonitoringScheduleRule": ("aws.sagemaker", "SageMaker Monitoring Schedule State Change"),
    "ViolationsFileRule": ("aws.s3", "Object Created"),
}
# For some events only the final state matters.
ENDS = {
    "ProcessingJobRule": ("ProcessingJobStatus", {"Completed", "Failed", "Stopped"}),
    "PipelineRule": ("currentPipelineExecutionStatus", {"Succeeded", "Failed", "Stopped"}),
    "PipelineStepRule": ("currentStepStatus", {"Succeeded", "Failed", "Stopped"}),
}


def takers(stack: Deployed, sample: object) -> list[str]:
    return [name for name in RULES if matches(stack.properties(name)["EventPattern"], sample)]


def expected(sample: dict) -> list[str]:
    for rule, (source, *kinds) in WANTED.items():
        if sample["source"] == source and sample["detail-type"] in kinds:
            field, ends = ENDS.get(rule, ("", set()))
            return [rule] if not ends or sample["detail"][field] in ends else []
    return []


def changed(name: str, **detail: object) -> dict:
    sample = event(name)
    return sample | {"detail": sample["detail"] | detail}


def test_each_rule_is_in_the_table():
    assert sorted(WANTED) == RULES


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_sample_event_is_taken_by_the_one_rule_that_is_meant_for_it(name, stack):
    assert takers(stack, SAMPLES[name]) == expected(SAMPLES[name])


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_takes_a_sample_event(rule):
    assert rule in [taker for sample in SAMPLES.values() for taker in expected(sample)]


@pytest.mark.parametrize("rule", sorted(ENDS))
def test_what_has_not_ended_wakes_nobody(rule, stack):
    source, kind = WANTED[rule]
    for status in ("InProgress", "Executing", "Starting", "Stopping"):
        assert takers(stack, {"source": source, "detail-type": kind, "detail": {ENDS[rule][0]: status}}) == []


def test_a_run_without_any_hint_of_a_schedule_in_its_event_is_taken(stack):
    job = {"ProcessingJobName": "model-monitoring-202611201000-0a1b", "ProcessingJobStatus": "Completed"}
    sample = {"source": "aws.sagemaker", "detail-type": "SageMaker Processing Job State Change", "detail": job}
    assert takers(stack, sample) == ["ProcessingJobRule"]


def test_kedge_does_not_listen_to_the_alarms_on_itself(stack):
    own = [alarm["AlarmName"] for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()]
    assert own
    for name in own:
        assert name.startswith(f"{STACK}-")
        assert takers(stack, changed("eventbridge.alarm.alarm", alarmName=name)) == []


def test_kedge_does_not_listen_to_the_alarms_by_which_auto_scaling_steers_itself(stack):
    name = "TargetTracking-endpoint/churn-prod/variant/AllTraffic-AlarmLow-2b8c6a4e"
    assert takers(stack, changed("eventbridge.alarm.alarm", alarmName=name)) == []


@pytest.mark.parametrize(
    "name", ["kedged-latency", f"{STACK}-churn-latency", "churn-prod drift: tenure", "errors: TargetTracking-"]
)
def test_an_alarm_that_only_looks_like_one_of_those_is_taken(name, stack):
    assert takers(stack, changed("eventbridge.alarm.alarm", alarmName=name)) == ["AlarmRule"]


def endpoint_statuses() -> Iterator[str]:
    model = botocore.session.get_session().get_service_model("sagemaker")
    for status in model.shape_for("EndpointStatus").enum:
        yield status
        yield "".join(f"_{letter}" if letter.isupper() else letter for letter in status).lstrip("_").upper()


@pytest.mark.parametrize("status", sorted(endpoint_statuses()))
def test_an_endpoint_in_any_state_is_taken_in_the_spelling_of_the_api_and_in_that_of_the_event(status, stack):
    taken = takers(stack, changed("eventbridge.endpoint.in_service", EndpointStatus=status))
    assert taken == ([] if status.casefold() == "creating" else ["EndpointRule"])


@pytest.mark.parametrize(
    ("key", "taken"),
    [
        ("churn/reports/2026/11/20/10/constraint_violations.json", True),
        ("constraint_violations.json", True),
        ("byoc/constraints_violations.json", True),
        ("custom/community_constraint_violations.json", True),
        ("churn/reports/2026/11/20/10/statistics.json", False),
        ("churn/reports/2026/11/20/10/constraint_violations.json.tmp", False),
        ("churn/baseline/constraints.json", False),
    ],
)
def test_a_violations_file_is_known_by_any_of_its_names(key, taken, stack):
    sample = changed("s3.object_created", object={"key": key})
    assert takers(stack, sample) == (["ViolationsFileRule"] if taken else [])


@pytest.mark.parametrize(
    ("bucket", "taken"),
    [
        ("sagemaker-us-east-1-111122223333", True),
        ("detectors-of-a-team", True),
        ("uploads-of-strangers", False),
        ("sagemaker-us-east-1-111122223333-x", False),
    ],
)
def test_a_violations_file_in_a_bucket_that_the_operator_did_not_name_costs_nothing(bucket, taken, stack):
    sample = changed("s3.object_created", bucket={"name": bucket}, object={"key": "x/constraint_violations.json"})
    assert takers(stack, sample) == (["ViolationsFileRule"] if taken else [])


def test_each_rule_but_the_heartbeats_asks_for_a_source_that_only_aws_can_give(stack):
    # PutEvents refuses sources that begin with aws.
    rules = stack.of_type("AWS::Events::Rule")
    patterns = {name: rule["EventPattern"] for name, rule in rules.items() if "EventPattern" in rule}
    assert len(patterns) == 10
    open_to_all = {name for name, rule in patterns.items() if not all(it.startswith("aws.") for it in rule["source"])}
    assert open_to_all == {HEARTBEAT}


def test_nothing_of_an_event_that_anyone_may_put_on_the_bus_gets_into_the_queue(stack):
    (target,) = stack.properties(HEARTBEAT)["Targets"]
    assert "InputTransformer" not in target
    assert "InputPath" not in target
    assert World(SCHEDULE).by(EntryPoint.EVENTS).one(target["Input"]) is Ignored.HEARTBEAT


def test_the_schedule_puts_what_the_rule_asks_for_on_the_bus_and_may_put_nothing_else(stack):
    target, pattern = stack.properties("HeartbeatSchedule")["Target"], stack.properties(HEARTBEAT)["EventPattern"]
    sent = target["EventBridgeParameters"]
    assert pattern == {"source": [sent["Source"]], "detail-type": [sent["DetailType"]]}
    assert matches(pattern, {"source": sent["Source"], "detail-type": sent["DetailType"]})
    (statement,) = role_statements(stack, "Heartbeat")
    assert (statement["Action"], statement["Resource"]) == (["events:PutEvents"], [target["Arn"]])
    only = {"events:source": sent["Source"], "events:detail-type": sent["DetailType"]}
    assert statement["Condition"] == {"StringEquals": only}


@pytest.mark.parametrize("rule", RULES)
def test_a_pattern_is_short_enough_for_eventbridge(rule, stack):
    assert len(json.dumps(stack.properties(rule)["EventPattern"])) <= LONGEST_PATTERN


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_feeds_the_signals_queue_and_loses_nothing(rule, stack):
    (target,) = stack.properties(rule)["Targets"]
    assert target["Arn"] == "${SignalsQueue.Arn}"
    assert target["DeadLetterConfig"]["Arn"] == "${SignalsDeadLetters.Arn}"
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86400}


def test_no_identity_but_the_monitor_and_watch_may_send_to_the_signals_queue_whatever_iam_allows_it(stack):
    (refusal,) = [
        it
        for it in statements(stack.properties("SignalsQueuePolicy")["PolicyDocument"])
        if it["Effect"] == "Deny" and it["Action"] == ["sqs:SendMessage"]
    ]
    assert (refusal["Principal"], refusal["Resource"]) == ("*", ["${SignalsQueue.Arn}"])
    assert refusal["Condition"] == {
        "Bool": {"aws:PrincipalIsAWSService": "false"},
        "ArnNotEquals": {"aws:PrincipalArn": ["${MonitorRole.Arn}", "${WatchRole.Arn}"]},
    }


def test_no_identity_but_reconcile_may_send_to_the_queue_of_windows(stack):
    (refusal,) = [
        it
        for it in statements(stack.properties("WindowsQueuePolicy")["PolicyDocument"])
        if it["Effect"] == "Deny" and it["Action"] == ["sqs:SendMessage"]
    ]
    assert refusal["Condition"]["ArnNotEquals"] == {"aws:PrincipalArn": "${ReconcileRole.Arn}"}


def test_the_check_of_a_receipt_leaves_a_message_as_long_out_of_sight_as_the_queue_does(stack):
    assert stack.properties("SignalsQueue")["VisibilityTimeout"] == VISIBILITY


@pytest.mark.parametrize("policy", ["SignalsQueuePolicy", "SignalsDeadLettersPolicy"])
def test_the_queue_lets_in_these_rules_and_the_alarms_topic_and_nobody_else(policy, stack):
    allowed = {
        statement["Principal"]["Service"]: statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        for statement in statements(stack.properties(policy)["PolicyDocument"])
        if statement["Effect"] == "Allow"
    }
    assert sorted(allowed.pop("events.amazonaws.com")) == sorted(f"${{{name}.Arn}}" for name in (*RULES, HEARTBEAT))
    assert allowed == {"sns.amazonaws.com": "${AlarmsTopic}"}


def test_alarms_that_name_the_topic_reach_the_queue_in_their_envelope(stack):
    (subscription,) = [it for it in stack.of_type("AWS::SNS::Subscription").values() if it["Protocol"] == "sqs"]
    assert subscription["TopicArn"] == "${AlarmsTopic}"
    assert subscription["Endpoint"] == "${SignalsQueue.Arn}"
    assert subscription["RawMessageDelivery"] is False
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": "${SignalsDeadLetters.Arn}"}
