"""What the demo and the tests may do to the local SageMaker beside its API: scale, lose, judge, and let calls go wrong."""

from datetime import timedelta

import pytest

from workbench.local_sagemaker.errors import ApiError, ConnectionDropped
from workbench.local_sagemaker.onboarding import PARAMETERS, next_config, retraining
from workbench.local_sagemaker.routes import METHODS, drive

ARN = "arn:aws:sagemaker:us-east-1:111122223333"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/churn/variant/AllTraffic",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


@pytest.fixture
def churn(stage):
    stage.monitor("churn")
    return stage


def refusal(act, code="ValidationException", **arguments):
    with pytest.raises(ApiError) as caught:
        act(**arguments)
    assert caught.value.code == code
    return caught.value.message


def targets(stage, **request):
    return stage.call("DescribeScalableTargets", ServiceNamespace="sagemaker", **request)["ScalableTargets"]


def variant(stage):
    return stage.call("DescribeEndpoint", EndpointName="churn")["ProductionVariants"][0]


def test_a_variant_may_be_scaled_while_it_is_registered(churn):
    assert targets(churn, ResourceIds=[TARGET["ResourceId"]]) == []
    churn.call("RegisterScalableTarget", **TARGET, MinCapacity=1, MaxCapacity=20)
    (target,) = targets(churn, ResourceIds=[TARGET["ResourceId"]], ScalableDimension=TARGET["ScalableDimension"])
    assert (target["MinCapacity"], target["MaxCapacity"], target["ResourceId"]) == (1, 20, TARGET["ResourceId"])
    churn.call("RegisterScalableTarget", **TARGET, MaxCapacity=30)
    assert (targets(churn)[0]["MinCapacity"], targets(churn)[0]["MaxCapacity"]) == (1, 30)
    assert targets(churn, ResourceIds=["endpoint/other/variant/AllTraffic"]) == []
    churn.call("DeregisterScalableTarget", **TARGET)
    assert targets(churn) == []
    said = refusal(lambda: churn.call("DeregisterScalableTarget", **TARGET), "ObjectNotFoundException")
    assert TARGET["ResourceId"] in said


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"MinCapacity": 1}, "MinCapacity and MaxCapacity must be given"),
        ({"MinCapacity": 3, "MaxCapacity": 2}, "cannot be less than minimum"),
        ({"ResourceId": "endpoint/churn/variant/z"}, "no variant z"),
        ({"ResourceId": "endpoint/other/variant/AllTraffic"}, "Could not find endpoint"),
        ({"ResourceId": "table/churn"}, "Only variants of endpoints"),
    ],
)
def test_what_cannot_be_scaled_is_not_registered(churn, more, complaint):
    request = TARGET | {"MaxCapacity": 4, "MinCapacity": 1}
    request = TARGET | more if "ResourceId" not in more else request | more
    assert complaint in refusal(lambda: churn.call("RegisterScalableTarget", **request))
    assert targets(churn) == []


def test_auto_scaling_changes_the_count_within_its_limits_and_not_during_an_update(churn):
    churn.call("RegisterScalableTarget", **TARGET, MinCapacity=1, MaxCapacity=20)
    churn.world.lag = timedelta(minutes=3)
    churn.control.scale_endpoint("churn", "AllTraffic", 20)
    assert variant(churn)["DesiredInstanceCount"] == 20
    said = refusal(lambda: churn.control.scale_endpoint("churn", "AllTraffic", 10))
    assert "Cannot update in-progress endpoint" in said
    churn.now += timedelta(minutes=3)
    churn.service.tick()
    assert variant(churn)["CurrentInstanceCount"] == 20
    assert "between 1 and 20" in refusal(lambda: churn.control.scale_endpoint("churn", "AllTraffic", 21))
    churn.call("DeregisterScalableTarget", **TARGET)
    assert "no scalable target" in refusal(lambda: churn.control.scale_endpoint("churn", "AllTraffic", 5))


def test_an_update_that_retains_nothing_undoes_what_auto_scaling_did(churn):
    churn.call("RegisterScalableTarget", **TARGET, MinCapacity=1, MaxCapacity=20)
    churn.control.scale_endpoint("churn", "AllTraffic", 20)
    for operation, parameters in next_config("churn", 2, bucket="reports"):
        churn.call(operation, **parameters)
    churn.call("UpdateEndpoint", EndpointName="churn", EndpointConfigName="churn-2", RetainAllVariantProperties=True)
    assert variant(churn)["CurrentInstanceCount"] == 20
    churn.call("UpdateEndpoint", EndpointName="churn", EndpointConfigName="churn-1")
    assert variant(churn)["CurrentInstanceCount"] == 2


def test_the_right_to_auto_scaling_is_asked_for_in_its_own_name(churn):
    asked = []
    churn.service.authorize = lambda *question: bool(asked.append(question))
    with pytest.raises(ApiError, match="not authorized to perform: application-autoscaling:DescribeScalableTargets"):
        targets(churn)
    assert asked == [("", "application-autoscaling:DescribeScalableTargets", "*", {})]


def test_whoever_judges_a_call_is_told_the_tags_of_each_resource(churn):
    churn.call("AddTags", ResourceArn=f"{ARN}:endpoint/churn", Tags=[{"Key": "kedge:remediate", "Value": "true"}])
    asked = []

    def may(key, action, resource, tags):
        asked.append((resource.rpartition(":")[2], tags))
        return True

    churn.service.authorize = may
    churn.call("UpdateEndpoint", EndpointName="churn", EndpointConfigName="churn-1")
    assert asked == [("endpoint/churn", {"kedge:remediate": "true"}), ("endpoint-config/churn-1", {})]


def test_an_alarm_is_what_was_said_of_it(churn):
    churn.control.set_alarm("latency", "ALARM")
    guarded = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "latency"}]}}
    update = {"EndpointName": "churn", "EndpointConfigName": "churn-1", "DeploymentConfig": guarded}
    churn.call("UpdateEndpoint", **update)
    assert "latency" in churn.call("DescribeEndpoint", EndpointName="churn")["FailureReason"]
    churn.control.set_alarm("latency", "OK")
    churn.call("UpdateEndpoint", **update)
    assert "FailureReason" not in churn.call("DescribeEndpoint", EndpointName="churn")
    assert "not RED" in refusal(lambda: churn.control.set_alarm("latency", "RED"))


def test_a_config_that_somebody_deleted_keeps_its_endpoint_from_every_update(churn):
    for operation, parameters in next_config("churn", 2, bucket="reports"):
        churn.call(operation, **parameters)
    churn.control.delete_config("churn-1")
    update = {"EndpointName": "churn", "EndpointConfigName": "churn-2"}
    said = refusal(lambda: churn.call("UpdateEndpoint", **update))
    assert said == f'Could not find endpoint configuration "{ARN}:endpoint-config/churn-1".'
    assert churn.control.calls().get("DeleteEndpointConfig") is None


def test_an_artifact_that_was_stored_can_be_lost_while_its_model_stays(churn):
    churn.world.remove_object = lambda bucket, key: churn.objects.pop(f"s3://{bucket}/{key}")
    place = "s3://models/churn-2.tar.gz"
    for operation, parameters in next_config("churn", 2, bucket="reports", artifact=place):
        churn.call(operation, **parameters)
    assert churn.control.store_artifact("churn-2") == [place]
    assert place in churn.objects
    assert churn.control.lose_artifact("churn-2") == [place]
    assert place not in churn.objects
    assert churn.call("DescribeModel", ModelName="churn-2")["ModelName"] == "churn-2"
    assert "has no artifact" in refusal(lambda: churn.control.lose_artifact("churn"))


def test_a_version_is_approved_with_the_event_of_an_approval(stage):
    stage.call("CreateModelPackageGroup", ModelPackageGroupName="churn")
    package = stage.call("CreateModelPackage", ModelPackageGroupName="churn")["ModelPackageArn"]
    stage.control.judge_package(package, "Approved", "better than 6")
    shown = stage.call("DescribeModelPackage", ModelPackageName=package)
    assert (shown["ModelApprovalStatus"], shown["ApprovalDescription"]) == ("Approved", "better than 6")
    assert stage.events[-1]["detail"]["UpdatedModelPackageFields"] == ["ModelApprovalStatus", "ApprovalDescription"]
    assert "enum value set" in refusal(lambda: stage.control.judge_package(package, "Fine"))


def test_a_call_can_be_performed_and_answered_with_an_error(churn):
    churn.world.lag = timedelta(minutes=3)
    churn.control.add_fault("UpdateEndpoint", "fail_afterwards")
    update = {"EndpointName": "churn", "EndpointConfigName": "churn-1"}
    with pytest.raises(ApiError) as caught:
        churn.call("UpdateEndpoint", **update)
    assert (caught.value.code, caught.value.status) == ("InternalFailure", 500)
    assert "in-progress" in refusal(lambda: churn.call("UpdateEndpoint", **update))


@pytest.mark.parametrize(
    "operation", ["UpdateEndpoint", "UpdateEndpointWeightsAndCapacities", "StartPipelineExecution"]
)
def test_an_act_whose_answer_is_lost_was_done(churn, operation):
    churn.call(
        "CreatePipeline",
        PipelineName="retrain",
        RoleArn="arn:aws:iam::111122223333:role/x",
        ClientRequestToken="c" * 32,
        PipelineDefinition="{}",
    )
    weights = [{"VariantName": "AllTraffic", "DesiredWeight": 0.5}]
    acts = {
        "UpdateEndpoint": {"EndpointName": "churn", "EndpointConfigName": "churn-1"},
        "UpdateEndpointWeightsAndCapacities": {"EndpointName": "churn", "DesiredWeightsAndCapacities": weights},
        "StartPipelineExecution": {"PipelineName": "retrain", "ClientRequestToken": "t" * 32},
    }
    churn.events.clear()
    churn.control.add_fault(operation, "silent_success")
    with pytest.raises(ConnectionDropped):
        churn.call(operation, **acts[operation])
    assert churn.events != []


def test_the_workbench_is_driven_by_the_names_of_its_methods(churn):
    assert {"next_update", "next_execution", "scale_endpoint", "lose_artifact", "calls"} <= set(METHODS)
    drive(churn.control, "delete_config", {"config": "churn-1"})
    assert "churn-1" not in churn.world.endpoint_configs
    assert "next_update: " in refusal(lambda: drive(churn.control, "next_update", {"endpoint": "churn"}))
    assert "no control method '_do'" in refusal(lambda: drive(churn.control, "_do", {}))


@pytest.mark.parametrize("more", [{"VariantName": "other"}, {"InstanceType": "ml.c5.large"}])
def test_a_variant_that_is_scaled_neither_goes_nor_gets_other_machines(churn, more):
    churn.call("RegisterScalableTarget", **TARGET, MinCapacity=1, MaxCapacity=20)
    (before,) = churn.call("DescribeEndpointConfig", EndpointConfigName="churn-1")["ProductionVariants"]
    churn.call("CreateEndpointConfig", EndpointConfigName="churn-2", ProductionVariants=[before | more])
    update = {"EndpointName": "churn", "EndpointConfigName": "churn-2"}
    assert "is a scalable target: deregister it" in refusal(lambda: churn.call("UpdateEndpoint", **update))
    churn.call("DeregisterScalableTarget", **TARGET)
    churn.call("UpdateEndpoint", **update)


def test_an_endpoint_takes_its_time_to_go_and_leaves_what_it_ran_with(churn):
    churn.control.take_time(60)
    churn.events.clear()
    churn.call("DeleteEndpoint", EndpointName="churn")
    assert [event["detail"]["EndpointStatus"] for event in churn.events] == ["DELETING"]
    assert "in-progress" in refusal(lambda: churn.call("DeleteEndpoint", EndpointName="churn"))
    churn.now += timedelta(seconds=60)
    churn.service.tick()
    said = refusal(lambda: churn.call("DescribeEndpoint", EndpointName="churn"))
    assert said == f'Could not find endpoint "{ARN}:endpoint/churn".'
    assert churn.call("DescribeEndpointConfig", EndpointConfigName="churn-1")["EndpointConfigName"] == "churn-1"


@pytest.mark.parametrize("seconds", [-1, float("inf")])
def test_nothing_takes_less_than_no_time_or_for_ever(stage, seconds):
    with pytest.raises(ValueError, match="0 seconds or more"):
        stage.control.take_time(seconds)


def test_the_pipeline_of_an_endpoint_trains_registers_and_takes_kedges_parameters(stage):
    for operation, parameters in retraining("churn", group="churn"):
        stage.call(operation, **parameters)
    stage.control.next_execution("churn-retrain", "succeeded")
    answer = stage.call(
        "StartPipelineExecution",
        PipelineName="churn-retrain",
        ClientRequestToken="t" * 32,
        PipelineParameters=[{"Name": name, "Value": "x"} for name in PARAMETERS],
    )
    steps = stage.call("ListPipelineExecutionSteps", **answer)["PipelineExecutionSteps"]
    assert [step["StepName"] for step in steps] == ["prepare", "train", "evaluate", "register"]
    assert stage.world.package_groups["churn"]["Versions"] == 1
