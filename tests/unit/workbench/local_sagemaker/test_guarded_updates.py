"""Updates with a canary or steps, guarded by alarms, as SageMaker carries them out."""

import pytest

from tests.unit.workbench.local_sagemaker.updating import (
    CANARY,
    config,
    refusal,
    shown,
    stages,
    update,
    variants,
    wait,
)


def test_a_canary_is_told_phase_by_phase(churn):
    update(churn, DeploymentConfig=CANARY)
    wait(churn, minutes=5)
    (baking,) = shown(churn)["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"]
    assert (baking["Status"], baking["StartTime"]) == ("Baking", churn.now.timestamp())
    for minutes in (5, 5, 9):
        wait(churn, minutes=minutes)
    assert shown(churn)["EndpointStatus"] == "Updating"
    wait(churn, minutes=1)
    assert stages(churn) == [
        "UPDATING",
        "Launching 1 instance(s).",
        "Activating traffic on canary capacity of 1 instance(s).",
        "Baking for 300 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s).",
        "Launching 1 instance(s).",
        "Activating traffic on full capacity of 2 instance(s).",
        "Baking for 600 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 2 instance(s).",
        "Terminating 2 instance(s).",
        "IN_SERVICE",
    ]
    assert shown(churn)["LastDeploymentConfig"] == CANARY


def test_a_canary_that_is_rolled_back_never_gets_the_whole_traffic(churn):
    churn.control.next_update("churn", "rolled_back")
    update(churn, DeploymentConfig=CANARY)
    wait(churn, hours=1)
    assert not any("full capacity" in said for said in stages(churn))
    assert stages(churn)[-2:] == ["Terminating 1 instance(s).", "IN_SERVICE"]


@pytest.mark.parametrize(
    ("strategy", "launches"),
    [
        ({"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}}}, 2),
        ({"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 2}}}, 5),
        ({"BlueGreenUpdatePolicy": {"Type": "LINEAR", "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 30}}}, 4),
        ({"BlueGreenUpdatePolicy": {"Type": "ALL_AT_ONCE"}}, 1),
    ],
)
def test_the_new_fleet_comes_in_as_many_steps_as_the_strategy_makes(churn, strategy, launches):
    config(churn, "churn-10", count=10)
    ((kind, policy),) = strategy.items()
    interval = {"WaitIntervalInSeconds": 60}
    whole = policy | interval if kind == "RollingUpdatePolicy" else {"TrafficRoutingConfiguration": policy | interval}
    update(churn, "churn-10", DeploymentConfig={kind: whole})
    wait(churn, hours=3)
    assert sum(said.startswith("Launching") for said in stages(churn)) == launches
    assert variants(churn, "CurrentInstanceCount") == {"a": 10, "b": 10}


def test_the_last_strategy_is_used_again_only_where_that_is_asked_for(churn):
    update(churn, DeploymentConfig=CANARY)
    wait(churn, hours=1)
    churn.events.clear()
    update(churn, "churn-1")
    wait(churn, hours=1)
    assert not any("canary" in said for said in stages(churn))
    update(churn, RetainDeploymentConfig=True)
    wait(churn, hours=1)
    assert any("canary" in said for said in stages(churn))


@pytest.mark.parametrize(
    ("routing", "complaint"),
    [
        ({"Type": "CANARY"}, "CanarySize must be given"),
        ({"Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 2}}, "total instance count of 2"),
        ({"Type": "LINEAR", "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 5}}, "must be 10-50%"),
    ],
)
def test_a_step_that_does_not_fit_the_fleet_is_refused_and_changes_nothing(churn, routing, complaint):
    policy = {"TrafficRoutingConfiguration": {"WaitIntervalInSeconds": 0, **routing}}
    assert complaint in refusal(churn, DeploymentConfig={"BlueGreenUpdatePolicy": policy})
    assert shown(churn)["EndpointStatus"] == "InService"


def test_two_strategies_at_once_are_refused(churn):
    rolling = {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}, "WaitIntervalInSeconds": 0}
    assert "Only one update policy" in refusal(churn, DeploymentConfig={**CANARY, "RollingUpdatePolicy": rolling})


GUARDED = CANARY | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "quiet"}, {"AlarmName": "latency"}]}}


def test_an_alarm_that_rings_while_the_canary_bakes_rolls_back_and_says_which(churn):
    update(churn, DeploymentConfig=GUARDED)
    wait(churn, minutes=6)
    churn.world.alarms["latency"] = "ALARM"
    wait(churn, minutes=1)
    after = shown(churn)
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", "churn-1")
    assert after["FailureReason"] == "Rolled back, since these alarms are in ALARM: latency."
    assert "PendingDeploymentSummary" not in after
    assert stages(churn)[-2:] == ["Terminating 1 instance(s).", "IN_SERVICE"]
    wait(churn, hours=2)
    assert shown(churn)["EndpointConfigName"] == "churn-1"


def test_an_alarm_that_rang_before_keeps_the_new_fleet_from_any_traffic(churn):
    churn.world.alarm_state = {"latency": "ALARM", "quiet": "OK"}.__getitem__
    update(churn, DeploymentConfig=GUARDED)
    wait(churn, hours=2)
    assert shown(churn)["EndpointConfigName"] == "churn-1"
    assert not any("traffic" in said for said in stages(churn))


def test_an_alarm_that_nobody_named_ends_nothing(churn):
    churn.world.alarms["latency"] = "ALARM"
    update(churn, DeploymentConfig=CANARY)
    wait(churn, hours=2)
    assert shown(churn)["EndpointConfigName"] == "churn-2"


def test_a_rollback_because_of_an_alarm_can_fail_too(churn):
    churn.world.alarms["latency"] = "ALARM"
    churn.control.next_update("churn", "rollback_failed")
    update(churn, DeploymentConfig=GUARDED)
    wait(churn, minutes=5)
    assert shown(churn)["EndpointStatus"] == "UpdateRollbackFailed"
