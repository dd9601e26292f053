from datetime import timedelta

import pytest

from workbench.local_sagemaker import protocol
from workbench.local_sagemaker.errors import ApiError

KIND = {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"}
PIPELINE = {
    "name": "Train",
    "roleArn": "arn:aws:iam::111122223333:role/code",
    "stages": [{"name": "Source", "actions": [{"name": "source", "actionTypeId": KIND}]}],
    "variables": [{"name": "incident"}],
}


@pytest.fixture
def code(stage):
    call(stage, "CreatePipeline", pipeline=PIPELINE)
    return stage


def call(stage, operation, **parameters):
    return stage.call(f"codepipeline:{operation}", **parameters)


def start(stage, **more):
    return call(stage, "StartPipelineExecution", name="Train", **more)["pipelineExecutionId"]


def shown(stage, mark):
    found = call(stage, "GetPipelineExecution", pipelineName="Train", pipelineExecutionId=mark)
    return found["pipelineExecution"]


def refusal(stage, operation, **parameters):
    with pytest.raises(ApiError) as caught:
        call(stage, operation, **parameters)
    return caught.value.code


def wait(stage, **time):
    stage.now += timedelta(**time)
    stage.service.tick()


@pytest.mark.parametrize(
    ("ending", "status", "state"), [("succeeded", "Succeeded", "SUCCEEDED"), ("failed", "Failed", "FAILED")]
)
def test_an_execution_takes_its_time_and_ends_as_it_was_prepared_to(code, ending, status, state):
    code.control.next_code_execution("Train", ending, seconds=60, reason="no data")
    mark = start(code)
    wait(code, seconds=59)
    assert shown(code, mark)["status"] == "InProgress"
    wait(code, seconds=1)
    assert (shown(code, mark)["status"], shown(code, mark)["statusSummary"]) == (status, "no data")
    assert [event["detail"]["state"] for event in code.events] == ["STARTED", state]
    assert {(event["source"], event["detail"]["execution-id"]) for event in code.events} == {("aws.codepipeline", mark)}


def test_an_execution_that_stalls_does_so_until_it_is_stopped(code):
    code.world.lag = timedelta(seconds=5)
    code.control.next_code_execution("Train", "stalled")
    mark = start(code)
    wait(code, days=1)
    call(code, "StopPipelineExecution", pipelineName="Train", pipelineExecutionId=mark, reason="too long")
    assert shown(code, mark)["status"] == "Stopping"
    wait(code, seconds=5)
    assert (shown(code, mark)["status"], shown(code, mark)["statusSummary"]) == ("Stopped", "too long")
    assert [event["detail"]["state"] for event in code.events] == ["STARTED", "STOPPING", "STOPPED"]
    again = {"pipelineName": "Train", "pipelineExecutionId": mark}
    assert refusal(code, "StopPipelineExecution", **again) == "PipelineExecutionNotStoppableException"


def test_what_nothing_is_prepared_for_runs_until_it_is_finished_by_hand(code):
    mark = start(code)
    wait(code, days=1)
    assert shown(code, mark)["status"] == "InProgress"
    code.control.finish_code_execution("Train", mark, "Succeeded")
    assert shown(code, mark)["status"] == "Succeeded"
    with pytest.raises(ApiError, match="is Succeeded and cannot become Failed"):
        code.control.finish_code_execution("Train", mark, "Failed")


def test_a_token_is_one_execution_and_the_newest_comes_first(code):
    first = start(code, clientRequestToken="a" * 64, variables=[{"name": "incident", "value": "7"}])
    assert start(code, clientRequestToken="a" * 64, variables=[{"name": "incident", "value": "7"}]) == first
    others = [start(code) for _ in range(2)]
    whole = call(code, "ListPipelineExecutions", pipelineName="Train")["pipelineExecutionSummaries"]
    assert [one["pipelineExecutionId"] for one in whole] == [*others[::-1], first]
    page = call(code, "ListPipelineExecutions", pipelineName="Train", maxResults=2)
    rest = call(code, "ListPipelineExecutions", pipelineName="Train", nextToken=page["nextToken"])
    assert [one["pipelineExecutionId"] for one in rest["pipelineExecutionSummaries"]] == [first]


def test_what_is_not_there_is_refused_in_codepipelines_own_words(code):
    nobody = "00000000-0000-4000-8000-000000000000"
    assert refusal(code, "StartPipelineExecution", name="nobodys") == "PipelineNotFoundException"
    given = {"variables": [{"name": "mood", "value": "7"}]}
    assert refusal(code, "StartPipelineExecution", name="Train", **given) == "ValidationException"
    asked = {"pipelineName": "Train", "pipelineExecutionId": nobody}
    assert refusal(code, "GetPipelineExecution", **asked) == "PipelineExecutionNotFoundException"
    assert refusal(code, "CreatePipeline", pipeline=PIPELINE) == "PipelineNameInUseException"
    assert refusal(code, "DeletePipeline", name="Train") == "NotImplemented"


@pytest.mark.parametrize(
    ("target", "operation"),
    [
        ("SageMaker.StartPipelineExecution", "StartPipelineExecution"),
        ("CodePipeline_20150709.StartPipelineExecution", "codepipeline:StartPipelineExecution"),
        ("AnyScaleFrontendService.DescribeScalableTargets", "DescribeScalableTargets"),
        ("", ""),
    ],
)
def test_the_header_says_whose_operation_is_meant(target, operation):
    assert protocol.operation_of(target) == operation


@pytest.mark.parametrize("service", protocol.SERVICES)
def test_each_service_is_known_by_the_prefix_that_botocore_sends(service):
    model = protocol.service_model(service)
    name = next(iter(model.operation_names))
    asked = protocol.operation_of(f"{model.metadata['targetPrefix']}.{name}")
    assert protocol.operation_model(asked).service_model.service_name == service
