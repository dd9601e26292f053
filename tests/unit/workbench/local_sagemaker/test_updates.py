import json
from pathlib import Path

import pytest

from kedge.domain.signal import DeploymentChanged
from kedge.sources.reader import Home, Reader
from tests.fakes.reading import FakeAlarms, FakeMonitors, FakeObjects
from tests.unit.workbench.local_sagemaker.updating import (
    CANARY,
    DEPLOYMENT,
    config,
    refusal,
    shape,
    shift,
    shown,
    stages,
    update,
    variants,
    wait,
)
from workbench.local_sagemaker.errors import ApiError

EVENTS = Path(__file__).parents[4] / "events"


def test_an_update_takes_its_time_and_shows_what_is_pending(churn):
    update(churn)
    during = shown(churn)
    assert (during["EndpointStatus"], during["EndpointConfigName"]) == ("Updating", "churn-1")
    assert during["PendingDeploymentSummary"]["EndpointConfigName"] == "churn-2"
    assert during["PendingDeploymentSummary"]["ProductionVariants"][0]["CurrentInstanceCount"] == 0
    wait(churn, minutes=5)
    after = shown(churn)
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", "churn-2")
    assert "PendingDeploymentSummary" not in after
    assert not any("VariantStatus" in variant for variant in after["ProductionVariants"])


def test_a_second_update_is_refused_while_one_runs(churn):
    update(churn)
    arn = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn"
    assert refusal(churn) == f'Cannot update in-progress endpoint "{arn}".'
    with pytest.raises(ApiError, match="Cannot update in-progress endpoint"):
        shift(churn, a={"DesiredWeight": 0})
    wait(churn, minutes=5)
    update(churn, "churn-1")


def test_an_update_is_refused_while_weights_change(churn):
    shift(churn, a={"DesiredWeight": 0})
    assert "Cannot update in-progress endpoint" in refusal(churn)


@pytest.mark.parametrize("deleted", ["churn-1", "churn-2"])
def test_an_update_needs_the_config_that_comes_and_the_one_that_goes(churn, deleted):
    churn.call("DeleteEndpointConfig", EndpointConfigName=deleted)
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:endpoint-config/{deleted}"
    assert refusal(churn) == f'Could not find endpoint configuration "{arn}".'
    assert shown(churn)["EndpointStatus"] == "InService"


def test_counts_and_weights_are_reset_unless_they_are_retained(churn):
    shift(churn, a={"DesiredInstanceCount": 20, "DesiredWeight": 3})
    wait(churn, minutes=5)
    update(churn)
    wait(churn, minutes=5)
    assert variants(churn, "CurrentInstanceCount") == {"a": 2, "b": 2}
    assert variants(churn, "CurrentWeight") == {"a": 1.0, "b": 1.0}


def test_what_is_retained_is_retained_for_variants_of_the_same_name_only(churn):
    config(churn, "churn-3", weight=1.0, count=1, variants=("a", "c"))
    shift(churn, a={"DesiredInstanceCount": 20, "DesiredWeight": 3}, b={"DesiredInstanceCount": 7})
    wait(churn, minutes=5)
    excluded = [{"VariantPropertyType": "DesiredWeight"}]
    update(churn, "churn-3", RetainAllVariantProperties=True, ExcludeRetainedVariantProperties=excluded)
    wait(churn, minutes=5)
    assert variants(churn, "DesiredInstanceCount") == variants(churn, "CurrentInstanceCount") == {"a": 20, "c": 1}
    assert variants(churn, "DesiredWeight") == {"a": 1.0, "c": 1.0}


def test_the_data_capture_is_the_new_configs_whatever_is_retained(churn):
    assert shown(churn)["DataCaptureConfig"]["CurrentSamplingPercentage"] == 100
    update(churn, RetainAllVariantProperties=True)
    assert "DataCaptureConfig" in shown(churn)
    wait(churn, minutes=5)
    assert "DataCaptureConfig" not in shown(churn)


def test_a_silent_rollback_ends_in_service_with_the_old_config_and_no_reason(churn):
    churn.control.next_update("churn", "rolled_back")
    before = shown(churn)
    update(churn)
    wait(churn, minutes=5)
    after = shown(churn)
    assert {**after, "LastModifiedTime": None} == {**before, "LastModifiedTime": None}
    assert after["EndpointStatus"] == "InService"
    assert stages(churn) == [
        "UPDATING",
        "Launching 2 instance(s).",
        "Activating traffic on full capacity of 2 instance(s).",
        "Terminating 2 instance(s).",
        "IN_SERVICE",
    ]
    assert churn.events[-1]["detail"]["EndpointConfigName"] == "churn-1"


def test_a_rollback_that_says_why_does_so_until_an_update_succeeds(churn):
    churn.control.next_update("churn", "rolled_back", reason="an alarm")
    update(churn)
    wait(churn, minutes=5)
    assert shown(churn)["FailureReason"] == "an alarm"
    update(churn)
    wait(churn, minutes=5)
    assert "FailureReason" not in shown(churn)
    assert shown(churn)["EndpointConfigName"] == "churn-2"


@pytest.mark.parametrize(("outcome", "status"), [("failed", "Failed"), ("rollback_failed", "UpdateRollbackFailed")])
def test_an_update_that_fails_says_so(churn, outcome, status):
    churn.control.next_update("churn", outcome, reason="no capacity")
    update(churn)
    wait(churn, minutes=5)
    after = shown(churn)
    assert (after["EndpointStatus"], after["FailureReason"]) == (status, "no capacity")
    assert after["EndpointConfigName"] == "churn-1"
    assert "PendingDeploymentSummary" not in after


def test_a_failed_endpoint_is_not_updated(churn):
    churn.control.change_endpoint("churn", "Failed", "broken")
    assert "Cannot update failed endpoint" in refusal(churn)


def test_an_update_takes_as_long_as_it_was_told(churn):
    churn.control.next_update("churn", "succeeded", seconds=90)
    update(churn, DeploymentConfig=CANARY)
    wait(churn, seconds=89)
    assert shown(churn)["EndpointStatus"] == "Updating"
    wait(churn, seconds=1)
    assert shown(churn)["EndpointStatus"] == "InService"


def test_a_fate_is_for_one_update_and_is_not_used_up_by_a_refused_one(churn):
    churn.control.next_update("churn", "failed")
    refusal(churn, "churn-404")
    update(churn)
    wait(churn, minutes=5)
    assert shown(churn)["EndpointStatus"] == "Failed"
    churn.control.change_endpoint("churn", "InService")
    update(churn)
    wait(churn, minutes=5)
    assert shown(churn)["EndpointConfigName"] == "churn-2"


@pytest.mark.parametrize("wrong", [{"outcome": "exploded"}, {"outcome": "failed", "seconds": -1}])
def test_a_fate_that_makes_no_sense_is_refused(churn, wrong):
    with pytest.raises(ValueError, match=r"exploded|0 seconds or more"):
        churn.control.next_update("churn", **wrong)


def test_nobody_prepares_an_update_of_an_endpoint_that_is_not_there(churn):
    with pytest.raises(ApiError, match="Could not find endpoint"):
        churn.control.next_update("nobodys", "failed")


def test_what_interrupts_an_update_ends_it(churn):
    update(churn)
    churn.control.change_endpoint("churn", "Failed", "broken")
    wait(churn, hours=1)
    assert (shown(churn)["EndpointStatus"], shown(churn)["EndpointConfigName"]) == ("Failed", "churn-1")
    assert "PendingDeploymentSummary" not in shown(churn)


def test_the_events_of_a_deployment_and_of_a_new_capacity_are_shaped_as_awss_samples(churn):
    config(churn, "churn-3", weight=1.0)
    update(churn)
    wait(churn, minutes=5)
    update(churn, "churn-3", DeploymentConfig=CANARY)
    wait(churn, minutes=5)
    baking = churn.events[-1]
    wait(churn, hours=1)
    shift(churn, a={"DesiredInstanceCount": 5})
    for event, name in ((baking, "baking"), (churn.events[-1], "capacity")):
        assert event["detail-type"] == DEPLOYMENT
        assert shape(event) == shape(json.loads((EVENTS / f"eventbridge.deployment.{name}.json").read_bytes()))


def test_weights_and_counts_are_desired_at_once_and_current_later(churn):
    shift(churn, a={"DesiredWeight": 0}, b={"DesiredInstanceCount": 5})
    assert shown(churn)["EndpointStatus"] == "Updating"
    assert variants(churn, "DesiredWeight") == {"a": 0, "b": 0.5}
    assert variants(churn, "CurrentWeight") == {"a": 0.5, "b": 0.5}
    wait(churn, minutes=5)
    assert variants(churn, "CurrentWeight") == {"a": 0, "b": 0.5}
    assert variants(churn, "CurrentInstanceCount") == {"a": 2, "b": 5}
    assert [event["detail"]["EndpointStatus"] for event in churn.events] == ["UPDATING", "UPDATING", "IN_SERVICE"]


def test_weights_that_are_rolled_back_are_what_they_were(churn):
    churn.control.next_update("churn", "rolled_back")
    shift(churn, a={"DesiredWeight": 0})
    wait(churn, minutes=5)
    assert variants(churn, "DesiredWeight") == {"a": 0.5, "b": 0.5}
    assert [event["detail"]["EndpointStatus"] for event in churn.events][-2:] == ["ROLLING_BACK", "IN_SERVICE"]


def test_weights_that_cannot_be_changed_leave_a_failed_endpoint(churn):
    churn.control.next_update("churn", "failed", seconds=10)
    shift(churn, a={"DesiredInstanceCount": 200})
    wait(churn, seconds=10)
    assert (shown(churn)["EndpointStatus"], variants(churn, "CurrentInstanceCount")["a"]) == ("Failed", 2)


def test_a_variant_that_is_not_there_has_no_weight(churn):
    with pytest.raises(ApiError, match='"z" is/are not present within endpoint configuration "churn-1"'):
        shift(churn, z={"DesiredWeight": 1})


def test_a_serverless_variant_is_not_built_yet(churn):
    with pytest.raises(ApiError, match="no serverless variants yet") as caught:
        shift(churn, a={"ServerlessUpdateConfig": {"MaxConcurrency": 5}})
    assert caught.value.code == "NotImplemented"


def test_what_kedge_reads_in_the_events_is_what_happened(churn):
    update(churn, DeploymentConfig=CANARY)
    for _ in range(5):
        wait(churn, minutes=5)
    reader = Reader(FakeMonitors(), FakeAlarms(), FakeObjects(), Home("111122223333", "us-east-1"))
    signals = [signal for event in churn.events for signal in reader.read(event, churn.now)]
    coming = [signal for signal in signals if isinstance(signal, DeploymentChanged)]
    assert {(signal.config, signal.pending) for signal in coming} == {("churn-1", "churn-2")}
    assert [signal.stage for signal in coming] == [
        *("Creating", "ActivatingTraffic", "Baking"),
        *("Updating", "ActivatingTraffic", "Baking", "Deleting"),
    ]
    assert [(signals[0].status, signals[0].config), (signals[-1].status, signals[-1].config)] == [
        ("Updating", "churn-1"),
        ("InService", "churn-2"),
    ]
    assert len({signal.id for signal in signals}) == len(signals)


def test_an_update_needs_the_right_to_the_endpoint_and_to_its_new_config(churn):
    asked = []

    def may(key, action, resource, tags):
        asked.append(resource.rpartition(":")[2])
        return resource.endswith("endpoint/churn")

    churn.service.authorize = may
    with pytest.raises(ApiError, match="not authorized to perform: sagemaker:UpdateEndpoint"):
        update(churn)
    assert asked == ["endpoint/churn", "endpoint-config/churn-2"]
    assert churn.events == []


def artifact_of(stage, name):
    stage.model(name, ModelDataUrl=f"s3://models/{name}.tar.gz")
    shape = {"VariantName": "a", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    stage.call("CreateEndpointConfig", EndpointConfigName=name, ProductionVariants=[{**shape, "ModelName": name}])


def test_a_fleet_whose_artifact_is_gone_is_given_up_before_it_gets_traffic(churn):
    artifact_of(churn, "churn-3")
    churn.world.has_object = lambda bucket, key: (bucket, key) != ("models", "churn-3.tar.gz")
    update(churn, "churn-3")
    wait(churn, minutes=5)
    after = shown(churn)
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", "churn-1")
    assert "s3://models/churn-3.tar.gz" in after["FailureReason"]
    assert not any("traffic" in said for said in stages(churn))


def test_an_endpoint_cannot_be_created_from_an_artifact_that_is_gone(churn):
    artifact_of(churn, "churn-3")
    churn.world.has_object = lambda bucket, key: False
    churn.call("CreateEndpoint", EndpointName="second", EndpointConfigName="churn-3")
    wait(churn, minutes=5)
    second = churn.call("DescribeEndpoint", EndpointName="second")
    assert (second["EndpointStatus"], "no object" in second["FailureReason"]) == ("Failed", True)


def test_an_update_to_a_config_whose_model_is_gone_is_refused(churn):
    churn.call("DeleteModel", ModelName="m")
    assert refusal(churn) == 'Could not find model "arn:aws:sagemaker:us-east-1:111122223333:model/m".'
    assert shown(churn)["EndpointStatus"] == "InService"


def test_an_endpoint_under_maintenance_takes_no_update(churn):
    churn.control.change_endpoint("churn", "SystemUpdating")
    assert "Cannot update in-progress endpoint" in refusal(churn)
    assert churn.events[-1]["detail"]["EndpointStatus"] == "SYSTEM_UPDATING"
