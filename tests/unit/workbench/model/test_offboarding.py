"""`kedge model offboard`: removes what onboarding made, and nothing else."""

import json

import pytest

from tests.fakes.aws_account import Crash
from tests.unit.workbench.model.conftest import TRAIN
from workbench.local_sagemaker.onboarding import monitored_endpoint

WORDS = ("--baseline-from", TRAIN, "--with", "model-monitor", "--role", "arn:aws:iam::111122223333:role/monitor")


def onboarded(operator):
    operator.account.make("churn")
    assert operator.type("onboard", "churn", *WORDS, "--yes").exit_code == 0


def without_baselines(account):
    there = json.loads(account.snapshot())
    return there | {"objects": None, "monitors": None}


def test_nothing_that_onboarding_made_is_left(operator):
    operator.account.make("churn")
    before = without_baselines(operator.account)
    assert operator.type("onboard", "churn", *WORDS, "--yes").exit_code == 0
    result = operator.type("offboard", "churn", "--yes")
    assert result.exit_code == 0
    assert without_baselines(operator.account) == before
    assert b"churn" not in operator.account.deployed
    assert "its files stay in S3" in result.stdout


def test_monitors_end_first_and_capture_last(operator):
    onboarded(operator)
    operator.account.changes = []
    operator.type("offboard", "churn", "--yes")
    made = [each.partition(".")[2] for each in operator.account.changes]
    order = [
        "start_deployment", "delete_monitoring_schedule", "delete_data_quality_job_definition", "delete_alarms",
        "update_endpoint", "delete_endpoint_config",
    ]  # fmt: skip
    assert [each for each in dict.fromkeys(made) if each in order] == order


def test_what_others_made_is_kept_without_all(operator):
    account = operator.account
    for operation, parameters in monitored_endpoint("churn", bucket="reports-of-others", kinds=["DataQuality"]):
        account.service.call(operation, parameters)
    account.serve("churn")
    account.client("cloudwatch").put_metric_alarm(
        AlarmName="mine", Dimensions=[{"Name": "EndpointName", "Value": "churn"}]
    )
    account.changes = []
    result = operator.type("offboard", "churn", "--yes")
    assert "Kedge did not make it; --all includes it" in result.stdout
    assert account.changes == []
    assert operator.type("offboard", "churn", "--all", "--yes").exit_code == 0
    assert (account.alarms, account.world.schedules) == ({}, {})
    assert not account.world.endpoints["churn"].get("DataCaptureConfig", {}).get("EnableCapture")


def test_a_crash_after_any_call_is_finished_by_the_next_run(operator):
    onboarded(operator)
    operator.account.changes = []
    operator.type("offboard", "churn", "--yes")
    done, calls = without_baselines(operator.account), len(operator.account.changes)
    for number in range(1, calls + 1):
        fresh = type(operator.account)()
        fresh.objects = dict(operator.account.objects)
        operator.account = operator.stack.account = fresh
        onboarded(operator)
        fresh.changes, fresh.crash_at = [], number
        with pytest.raises(Crash):
            operator.type("offboard", "churn", "--yes")
        fresh.crash_at = None
        assert operator.type("offboard", "churn", "--yes").exit_code == 0
        assert without_baselines(fresh) == done, fresh.changes[number - 1]


def test_the_endpoint_is_deleted_only_if_that_is_asked_for(operator):
    onboarded(operator)
    result = operator.type("offboard", "churn", "--delete-endpoint", "--yes")
    assert result.exit_code == 0
    assert operator.account.world.endpoints == {}
    assert list(operator.account.world.endpoint_configs) == ["churn-1"]


def test_the_config_before_is_not_there_any_more(operator):
    onboarded(operator)
    del operator.account.world.endpoint_configs["churn-1"]
    assert operator.type("offboard", "churn", "--yes").exit_code == 0
    endpoint = operator.account.world.endpoints["churn"]
    assert endpoint["EndpointConfigName"].startswith("churn-no-capture-")
    assert list(operator.account.world.endpoint_configs) == [endpoint["EndpointConfigName"]]
    assert "the endpoint runs with it" in operator.type("offboard", "churn", "--yes").stdout


def test_what_a_deleted_endpoint_left_is_removed(operator):
    onboarded(operator)
    operator.account.service.call("DeleteEndpoint", {"EndpointName": "churn"})
    assert operator.type("offboard", "churn", "--yes").exit_code == 0
    assert (operator.account.alarms, operator.account.world.schedules) == ({}, {})
    assert list(operator.account.world.endpoint_configs) == ["churn-1"]
    result = operator.type("offboard", "churn", "--yes")
    assert result.exit_code == 2
    assert "nothing of it is left" in result.stderr
