"""`kedge model onboard`: the plan, its steps, and what bad input gets."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.aws_account import BUCKET, Crash
from tests.unit.workbench.model.conftest import TRAIN
from workbench.sample_capture import sample_files

WHOLE = (
    "--baseline-from", TRAIN, "--owner", "ml-oncall", "--runbook", "https://runbooks.example.com/churn",
    "--mail", "ml@example.com",
    "--labels", f"s3://{BUCKET}/labels", "--problem-type", "BinaryClassification", "--label", "churned",
    "--probability", "probability", "--facet", "region",
    "--with", "model-monitor", "--role", "arn:aws:iam::111122223333:role/monitor",
    "--analysis-config", f"s3://{BUCKET}/analysis_config.json",
)  # fmt: skip


def test_a_plan_changes_nothing(operator):
    operator.account.make("churn")
    plan = operator.plan("churn", *WHOLE)
    assert operator.account.changes == []
    assert plan["data capture"]["standing"] == "make"
    assert plan["alarm latency"]["cost"] == 0.10
    assert plan["data capture"]["permissions"][0]["action"] == "sagemaker:CreateEndpointConfig"
    assert all(item["undo"] for item in plan.values() if item["changes"])


def test_onboarding_keeps_the_rest_of_the_config_and_the_capacity(operator):
    operator.account.make("churn")
    before = operator.account.world.endpoint_configs["churn-1"]
    operator.account.world.endpoints["churn"]["ProductionVariants"][0]["DesiredInstanceCount"] = 7
    assert operator.type("onboard", "churn", "--yes").exit_code == 0
    endpoint = operator.account.world.endpoints["churn"]
    config = operator.account.world.endpoint_configs[endpoint["EndpointConfigName"]]
    assert config["ProductionVariants"] == before["ProductionVariants"]
    assert config["DataCaptureConfig"]["InitialSamplingPercentage"] == 100
    assert endpoint["ProductionVariants"][0]["DesiredInstanceCount"] == 7
    assert endpoint["DataCaptureConfig"]["CaptureStatus"] == "Started"


def test_everything_that_is_made_carries_the_tag_and_the_name_of_the_endpoint(operator):
    operator.account.make("churn")
    assert operator.type("onboard", "churn", *WHOLE, "--yes").exit_code == 0
    world = operator.account.world
    made = [*world.endpoint_configs, *world.schedules, *operator.account.alarms]
    made += [name for store in world.job_definitions.values() for name in store]
    assert len(made) == 2 + 3 + 6 + 3
    assert all(name.startswith("churn-") for name in made)
    marked = [arn for arn, tags in world.tags.items() if tags.get("kedge:made-by") == "kedge"]
    assert len(marked) == 1 + 3 + 3
    assert all({"Key": "kedge:made-by", "Value": "kedge"} in each["Tags"] for each in operator.account.alarms.values())
    tags = world.tags["arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn"]
    assert tags == {"kedge:owner": "ml-oncall", "kedge:runbook": "https://runbooks.example.com/churn"}


def test_a_second_run_has_nothing_to_do(operator):
    operator.account.make("churn")
    operator.type("onboard", "churn", *WHOLE, "--yes")
    there, operator.account.changes = operator.account.snapshot(), []
    result = operator.type("onboard", "churn", *WHOLE, "--yes")
    assert "churn: nothing to do." in result.stdout
    assert operator.account.changes == []
    assert operator.account.snapshot() == there


def test_a_crash_after_any_call_is_continued_by_the_next_run(operator):
    account = operator.account
    account.make("churn")
    operator.type("onboard", "churn", *WHOLE, "--yes")
    whole, calls = account.snapshot(), len(account.changes)
    assert calls > 20
    for number in range(1, calls + 1):
        fresh = type(account)()
        fresh.objects[f"{BUCKET}/train/churn.csv"] = account.objects[f"{BUCKET}/train/churn.csv"]
        fresh.make("churn")
        operator.stack.account, fresh.crash_at = fresh, number
        with pytest.raises(Crash):
            operator.type("onboard", "churn", *WHOLE, "--yes")
        fresh.crash_at = None
        assert operator.type("onboard", "churn", *WHOLE, "--yes").exit_code == 0
        assert fresh.snapshot() == whole, fresh.changes[number - 1]


def test_monitors_of_others_stay_with_their_comments(operator):
    operator.account.make("churn")
    operator.account.deployed = (
        b'apiVersion: kedge/v1\nkind: Monitors\nname: ours\nversion: "3"\nmonitors:\n'
        b"  # of the fraud team\n  - name: fraud\n    target: {endpoint: fraud}\n"
        b"    baseline: s3://my-bucket/fraud\n    reports: s3://my-bucket/reports\n"
    )
    assert operator.type("onboard", "churn", "--baseline-from", TRAIN, "--yes").exit_code == 0
    text = operator.account.deployed.decode()
    assert "# of the fraud team\n  - name: fraud\n" in text
    assert "  - name: churn-data-quality\n" in text
    assert "version:" not in text.replace("apiVersion:", "")


def test_a_document_that_is_no_plain_list_keeps_its_monitors(operator):
    operator.account.make("churn")
    operator.account.deployed = (
        b"apiVersion: kedge/v1\nkind: Monitors\nmonitors: [{name: fraud, target: {endpoint: fraud}, "
        b"baseline: 's3://my-bucket/fraud', reports: 's3://my-bucket/reports'}]\n"
    )
    operator.type("onboard", "churn", "--baseline-from", TRAIN, "--yes")
    text = operator.account.deployed.decode()
    assert "- name: fraud\n" in text
    assert "- name: churn-data-quality\n" in text


def test_a_broken_document_is_not_overwritten(operator):
    operator.account.make("churn")
    operator.account.deployed = b"apiVersion: kedge/v1\nkind: Monitors\nmonitors: nonsense\n"
    result = operator.type("onboard", "churn", "--baseline-from", TRAIN, "--yes")
    assert result.exit_code == 3
    assert "has faults" in result.stderr
    assert operator.account.changes == []


def test_alarms_take_the_dimensions_that_cloudwatch_lists_and_their_actions_send_both_states(operator):
    operator.account.make("churn")
    operator.type("onboard", "churn", "--yes")
    latency = operator.account.alarms["churn-latency"]
    assert latency["Dimensions"] == [
        {"Name": "EndpointName", "Value": "churn"},
        {"Name": "VariantName", "Value": "AllTraffic"},
    ]
    assert (latency["Threshold"], latency["Statistic"], latency["Period"]) == (84_000.0, "Average", 300)
    assert operator.account.alarms["churn-cpu"]["Threshold"] == 180.0
    silence = operator.account.alarms["churn-no-invocations"]
    assert (silence["TreatMissingData"], silence["Period"]) == ("breaching", 3600)
    topic = [operator.stack.outputs["AlarmsTopicArn"]]
    assert all(each["AlarmActions"] == each["OKActions"] == topic for each in operator.account.alarms.values())


def test_a_metric_without_data_gets_no_alarm(operator):
    operator.account.make("churn", traffic=False)
    plan = operator.plan("churn")
    assert plan["alarm latency"]["standing"] == "later"
    assert "lists no ModelLatency yet" in plan["alarm latency"]["change"]


@pytest.mark.parametrize("dimension", ["EndpointConfigName", "InstanceId"])
def test_the_alarm_of_a_metric_of_one_config_or_instance_would_lose_its_data(operator, dimension):
    operator.account.make("churn", traffic=False)
    where = [{"Name": "EndpointName", "Value": "churn"}, {"Name": dimension, "Value": "churn-1"}]
    operator.account.metrics = [{"Namespace": "AWS/SageMaker", "MetricName": "ModelLatency", "Dimensions": where}]
    assert operator.plan("churn")["alarm latency"]["standing"] == "later"


def test_an_endpoint_without_requests_at_night_gets_no_alarm_on_missing_requests(operator):
    operator.account.make("churn")
    operator.account.sleeps = True
    plan = operator.plan("churn")
    assert plan["alarm no-invocations"]["standing"] == "later"
    assert "an hour without any may be normal" in plan["alarm no-invocations"]["change"]
    assert plan["alarm latency"]["standing"] == "make"


def test_an_alarm_is_tested_only_if_it_is_wanted_and_new(operator):
    operator.account.make("churn")
    operator.type("onboard", "churn", "--yes", "--test-alarms")
    assert operator.account.alarm_states[:2] == [("churn-latency", "ALARM"), ("churn-latency", "OK")]
    before = len(operator.account.alarm_states)
    operator.type("onboard", "churn", "--yes", "--test-alarms")
    assert len(operator.account.alarm_states) == before == 12


def test_the_mail_is_filtered_by_the_receiver(operator):
    operator.account.make("churn")
    operator.type("onboard", "churn", "--yes", "--mail", "ml@example.com", "--receiver", "ml-oncall")
    (mail,) = operator.account.subscriptions
    assert json.loads(mail["Attributes"]["FilterPolicy"]) == {"receiver": ["ml-oncall"]}


def test_captured_weeks_are_a_baseline(operator):
    account = operator.account
    account.make("churn", captures=True)
    recent, old = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) - timedelta(days=60)
    body = next(body for name, body in sample_files().items() if name.startswith("churn-prod/"))
    for hour in (recent, old):
        account.objects[f"{BUCKET}/capture/churn/AllTraffic/{hour:%Y/%m/%d/%H}/a.jsonl"] = body
    words = ("--baseline-from", "captured", "--baseline-weeks", "3")
    result = operator.type("onboard", "churn", *words, "--yes")
    assert "520 records" in result.stdout
    assert f"{BUCKET}/kedge/baselines/churn/constraints.json" in account.objects


def test_captured_weeks_wait_for_captured_data(operator):
    operator.account.make("churn")
    plan = operator.plan("churn", "--baseline-from", "captured")
    assert (plan["baseline"]["standing"], plan["monitors of Kedge"]["standing"]) == ("later", "later")


def test_all_endpoints_of_a_tag_are_onboarded(operator):
    operator.account.make("churn", "fraud", "other")
    for name in ("churn", "fraud"):
        arn = f"arn:aws:sagemaker:us-east-1:111122223333:endpoint/{name}"
        operator.account.service.call("AddTags", {"ResourceArn": arn, "Tags": [{"Key": "team", "Value": "risk"}]})
    result = operator.type("onboard", "--tag", "team=risk", "--json")
    assert [json.loads(line)["endpoint"] for line in result.stdout.splitlines()] == ["churn", "fraud"]
    assert operator.type("onboard", "--tag", "team=none").exit_code == 2


def test_a_bucket_that_the_stack_may_not_read_is_named(operator):
    operator.account.make("churn")
    plan = operator.plan("churn", "--capture-to", "s3://elsewhere/capture")
    assert "MonitoredBucketArns" in plan["access to captured data"]["change"]
