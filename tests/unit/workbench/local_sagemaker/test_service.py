import random
from datetime import timedelta

import pytest

from workbench.local_sagemaker import protocol, service
from workbench.local_sagemaker.errors import ApiError, ConnectionDropped, WrongAnswer
from workbench.local_sagemaker.unreliable import Unreliable
from workbench.local_sagemaker.world import World

_ARN = "arn:aws:sagemaker:us-east-1:111122223333"


def code_of(stage, operation, **parameters):
    with pytest.raises(ApiError) as caught:
        stage.call(operation, **parameters)
    return caught.value.code


def test_an_operation_that_sagemaker_does_not_have_is_unknown(stage):
    assert code_of(stage, "CreateUnicorn") == "UnknownOperationException"


def test_an_operation_that_is_not_built_yet_says_so(stage):
    assert code_of(stage, "CreateTrainingJob") == "NotImplemented"


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({}, "Value null at 'endpointName' failed to satisfy constraint: Member must not be null"),
        ({"EndpointName": "not_a_name"}, "Member must satisfy regular expression pattern"),
        ({"EndpointName": "a" * 64}, "Member must have length less than or equal to 63"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_place_and_rule(stage, parameters, complaint):
    with pytest.raises(ApiError, match="validation error") as caught:
        stage.call("DescribeEndpoint", **parameters)
    assert caught.value.code == "ValidationException"
    assert complaint in caught.value.message


def test_a_value_outside_its_enumeration_is_told_the_values(stage):
    with pytest.raises(ApiError, match=r"enum value set: \[Name, CreationTime, Status\]"):
        stage.call("ListEndpoints", SortBy="Mood")


@pytest.mark.parametrize("parameters", [{"EndpointName": 7}, {"EndpointNames": "x"}])
def test_a_parameter_of_the_wrong_type_or_spelling_cannot_be_read(stage, parameters):
    assert code_of(stage, "DescribeEndpoint", **parameters) == "SerializationException"


def test_an_answer_with_a_field_that_sagemaker_does_not_have_never_leaves():
    with pytest.raises(WrongAnswer, match="Unknown field 'mood'"):
        protocol.write_answer(
            "CreateEndpoint", {"EndpointArn": "arn:aws:sagemaker:us-east-1:111122223333:endpoint/x", "Mood": "fine"}
        )


def test_every_operation_is_one_of_its_services_and_its_name_says_of_which():
    for operation in service.OPERATIONS:
        assert protocol.operation_model(operation).name == operation.rpartition(":")[2]
    sagemaker, scaling, _ = (set(protocol.service_model(name).operation_names) for name in protocol.SERVICES)
    assert sagemaker & scaling == set()


def test_an_arn_loses_the_case_that_the_name_keeps(stage):
    stage.monitor("ChurnProd")
    endpoint = stage.call("DescribeEndpoint", EndpointName="ChurnProd")
    assert endpoint["EndpointName"] == "ChurnProd"
    assert endpoint["EndpointArn"] == "arn:aws:sagemaker:us-east-1:111122223333:endpoint/churnprod"


def test_an_endpoint_takes_its_time_and_tells_of_each_state(stage):
    stage.world.lag = timedelta(minutes=5)
    stage.monitor("churn")
    assert stage.call("DescribeEndpoint", EndpointName="churn")["EndpointStatus"] == "Creating"
    stage.now += timedelta(minutes=5)
    stage.service.tick()
    assert stage.call("DescribeEndpoint", EndpointName="churn")["EndpointStatus"] == "InService"
    assert [event["detail"]["EndpointStatus"] for event in stage.events] == ["IN_SERVICE"]
    assert isinstance(stage.events[0]["detail"]["CreationTime"], float)


def test_a_list_is_read_in_pages_that_hold_everything_once(stage):
    for number in range(25):
        stage.now += timedelta(seconds=1)
        stage.monitor(f"endpoint-{number:02d}")
    names, more = [], {}
    while True:
        answer = stage.call("ListEndpoints", **more)
        names += [found["EndpointName"] for found in answer["Endpoints"]]
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
    assert names == [f"endpoint-{number:02d}" for number in reversed(range(25))]


def test_a_token_of_a_pipeline_start_is_one_execution(stage):
    role = "arn:aws:iam::111122223333:role/sagemaker-execution"
    stage.call(
        "CreatePipeline",
        PipelineName="retrain",
        RoleArn=role,
        ClientRequestToken="c" * 32,
        PipelineDefinition='{"Parameters": [{"Name": "incident"}]}',
    )
    token = {"PipelineName": "retrain", "ClientRequestToken": "t" * 64}
    first = stage.call("StartPipelineExecution", **token)
    assert stage.call("StartPipelineExecution", **token) == first
    assert len(stage.world.pipeline_executions) == 1
    parameters = [{"Name": "incident", "Value": "1"}]
    assert code_of(stage, "StartPipelineExecution", **token, PipelineParameters=parameters) == "ConflictException"
    stage.control.finish_step(
        first["PipelineExecutionArn"], "Check", "Failed", {"QualityCheck": {"CheckType": "DATA"}}, "drift"
    )
    stage.control.finish_pipeline(first["PipelineExecutionArn"], "Failed", "a step failed")
    statuses = [event["detail"].get("currentPipelineExecutionStatus") for event in stage.events]
    assert statuses == ["Executing", None, "Failed"]
    assert stage.events[1]["detail"]["failureReason"] == "drift"


def test_a_package_waits_for_approval_and_its_event_names_what_changed(stage):
    stage.call("CreateModelPackageGroup", ModelPackageGroupName="Churn")
    arn = stage.call("CreateModelPackage", ModelPackageGroupName="Churn")["ModelPackageArn"]
    assert arn.endswith(":model-package/churn/1")
    assert stage.call("DescribeModelPackage", ModelPackageName=arn)["ModelApprovalStatus"] == "PendingManualApproval"
    stage.call("UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus="Approved")
    assert stage.events[-1]["detail"]["UpdatedModelPackageFields"] == ["ModelApprovalStatus"]


def test_tags_are_found_whatever_the_case_of_the_arn(stage):
    stage.monitor("Churn")
    arn = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/Churn"
    stage.call("AddTags", ResourceArn=arn, Tags=[{"Key": "team", "Value": "growth"}])
    assert stage.call("ListTags", ResourceArn=arn.lower())["Tags"] == [{"Key": "team", "Value": "growth"}]


def test_a_deleted_schedule_leaves_its_executions(stage):
    stage.monitor("churn", "DataQuality")
    stage.control.finish_run("churn-data-quality", stage.now.replace(minute=0), "clean")
    stage.call("DeleteMonitoringSchedule", MonitoringScheduleName="churn-data-quality")
    assert (
        code_of(stage, "DescribeMonitoringSchedule", MonitoringScheduleName="churn-data-quality") == "ResourceNotFound"
    )
    assert len(stage.call("ListMonitoringExecutions")["MonitoringExecutionSummaries"]) == 1


@pytest.mark.parametrize(
    ("kind", "code"),
    [("throttle", "ThrottlingException"), ("deny", "AccessDeniedException"), ("fail", "InternalFailure")],
)
def test_a_fault_strikes_as_often_as_it_was_told(stage, kind, code):
    stage.control.add_fault("ListEndpoints", kind, times=2, skip=1)
    assert stage.call("ListEndpoints") == {"Endpoints": []}
    assert [code_of(stage, "ListEndpoints") for _ in range(2)] == [code, code]
    assert stage.call("ListEndpoints") == {"Endpoints": []}
    assert stage.control.calls() == {"ListEndpoints": 4}


def test_a_call_can_succeed_without_saying_so(stage):
    stage.control.add_fault("CreateModelPackageGroup", "silent_success")
    with pytest.raises(ConnectionDropped):
        stage.call("CreateModelPackageGroup", ModelPackageGroupName="churn")
    assert "churn" in stage.world.package_groups


def test_events_leave_when_what_they_tell_can_be_read():
    seen = []

    def ask_at_once(event):
        seen.append(local.call("DescribeEndpointConfig", {"EndpointConfigName": event["detail"]["EndpointConfigName"]}))

    local = service.LocalSageMaker(World(), ask_at_once)
    local.call("CreateModel", {"ModelName": "m", "PrimaryContainer": {"Image": "xgboost"}})
    variant = {"VariantName": "a", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    local.call("CreateEndpointConfig", {"EndpointConfigName": "one", "ProductionVariants": [variant]})
    local.call("CreateEndpoint", {"EndpointName": "churn", "EndpointConfigName": "one"})
    assert len(seen) == 2


def test_an_unreliable_bus_loses_repeats_and_disorders_but_invents_nothing():
    arrived = []
    bus = Unreliable(sink=arrived.append, random=random.Random(7), drop=0.2, repeat=0.3, delay=0.5)  # noqa: S311  seeded
    sent = [{"id": str(number), "detail": number} for number in range(200)]
    for event in sent:
        bus(event)
    bus.release()
    numbers = [event["detail"] for event in arrived]
    assert bus.dropped
    assert set(numbers) | {event["detail"] for event in bus.dropped} == set(range(200))
    assert len(numbers) > len(set(numbers))
    assert numbers != sorted(numbers)


def test_a_bus_that_is_fine_changes_nothing():
    arrived = []
    bus = Unreliable(sink=arrived.append, random=random.Random(1))  # noqa: S311  seeded
    for number in range(5):
        bus({"id": str(number)})
    assert [event["id"] for event in arrived] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("operation", "parameters", "resource"),
    [
        ("DescribeProcessingJob", {"ProcessingJobName": "Job-1"}, "processing-job/job-1"),
        ("DescribeModelBiasJobDefinition", {"JobDefinitionName": "Bias"}, "model-bias-job-definition/bias"),
        ("ListTags", {"ResourceArn": "arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn"}, "endpoint/churn"),
        ("ListEndpoints", {}, "*"),
        ("ListModelPackages", {}, "*"),
        ("ListModelPackages", {"ModelPackageGroupName": "Churn"}, "model-package/churn/*"),
        ("ListPipelineExecutions", {"PipelineName": "Retrain"}, "pipeline/retrain"),
        ("StartPipelineExecution", {"PipelineName": "Retrain", "ClientRequestToken": "t" * 32}, "pipeline/retrain"),
        ("UpdateModelPackage", {"ModelPackageArn": f"{_ARN}:model-package/churn/7"}, "model-package/churn/7"),
        ("DescribeModel", {"ModelName": "Churn"}, "model/churn"),
    ],
)
def test_who_calls_is_asked_for_the_right_to_the_very_resource(stage, operation, parameters, resource):
    asked = []
    stage.service.authorize = lambda *question: bool(asked.append(question))
    with pytest.raises(ApiError, match=f"not authorized to perform: sagemaker:{operation}"):
        stage.service.call(operation, parameters, "somebody")
    (key, action, arn, _) = asked[0]
    assert (key, action) == ("somebody", f"sagemaker:{operation}")
    assert arn == resource or arn == f"arn:aws:sagemaker:us-east-1:111122223333:{resource}"
