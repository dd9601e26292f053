"""What remedies start, and what came of it, in one vocabulary."""

import json
from datetime import UTC, datetime

import pytest

from kedge.adapters.executions import StarterReader
from kedge.domain.errors import Permanent, Transient
from kedge.domain.facts import RemedyExecution

HERE = "us-east-1:111122223333"
PIPELINE = f"arn:aws:sagemaker:{HERE}:pipeline/churn-training"
MACHINE = f"arn:aws:states:{HERE}:stateMachine:churn"
CODE = f"arn:aws:codepipeline:{HERE}:churn"
BUS = f"arn:aws:events:{HERE}:event-bus/ml"
FUNCTION = f"arn:aws:lambda:{HERE}:function:scale-out"
RUN = f"arn:aws:states:{HERE}:execution:churn:d1"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def read(stubbed):
    """Starters through one service's client, and its stubber; another service is asked for nothing."""

    def through(service):
        client, stubber = stubbed(service)
        return StarterReader({service: client}.__getitem__), stubber

    return through


@pytest.mark.parametrize(
    ("definition", "names"),
    [
        (json.dumps({"Parameters": [{"Name": "input_data", "Type": "String"}, {"Name": "Days"}]}), ("input_data", "Days")),
        (json.dumps({"Steps": []}), ()),
        ("see s3://pipelines/churn.json", None),
        ("[]", None),
        (json.dumps({"Parameters": [{"Type": "String"}]}), None),
    ],
)  # fmt: skip
def test_a_pipelines_definition_names_its_parameters(read, definition, names):
    starters, stubber = read("sagemaker")
    stubber.add_response("describe_pipeline", {"PipelineDefinition": definition}, {"PipelineName": PIPELINE})
    assert starters.parameters(PIPELINE) == names


def test_a_pipeline_that_is_gone_has_no_parameters_and_runs_not(read):
    starters, stubber = read("sagemaker")
    stubber.add_client_error("describe_pipeline", "ResourceNotFound", "Pipeline does not exist.")
    assert starters.parameters(PIPELINE) is None
    stubber.add_client_error("list_pipeline_executions", "ResourceNotFound", "Pipeline does not exist.")
    assert starters.running(PIPELINE) is None


@pytest.mark.parametrize("using", [MACHINE, CODE, BUS, FUNCTION])
def test_only_sagemakers_pipelines_tell_their_parameters(using):
    assert StarterReader({}.__getitem__).parameters(using) is None


@pytest.mark.parametrize("using", [BUS, FUNCTION, "arn:aws:s3:::models"])
def test_of_what_cannot_be_read_nothing_is_told(using):
    starters = StarterReader({}.__getitem__)
    assert starters.running(using) is None
    assert starters.execution(using) is None


def test_executions_of_a_sagemaker_pipeline_run_until_they_have_stopped(read):
    starters, stubber = read("sagemaker")
    states = ("Executing", "Succeeded", "Stopping", "Failed", "Stopped", "CompletedWithFailures")
    found = [
        {"PipelineExecutionArn": f"{PIPELINE}/execution/{state}", "PipelineExecutionStatus": state} for state in states
    ]
    asked = {"PipelineName": PIPELINE, "SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 100}
    stubber.add_response("list_pipeline_executions", {"PipelineExecutionSummaries": found}, asked)
    assert starters.running(PIPELINE) == (f"{PIPELINE}/execution/Executing", f"{PIPELINE}/execution/Stopping")


def test_an_execution_of_a_sagemaker_pipeline_tells_why_it_failed(read):
    starters, stubber = read("sagemaker")
    arn = f"{PIPELINE}/execution/abc"
    told = {"PipelineExecutionStatus": "Failed", "FailureReason": "Step failure: train"}
    stubber.add_response("describe_pipeline_execution", told, {"PipelineExecutionArn": arn})
    assert starters.execution(arn) == RemedyExecution(arn=arn, status="Failed", failure="Step failure: train")


def machine(status, **more):
    return {"executionArn": RUN, "stateMachineArn": MACHINE, "status": status, "startDate": NOON, **more}


def test_executions_of_a_state_machine_are_asked_for_by_their_state(read):
    starters, stubber = read("stepfunctions")
    asked = {"stateMachineArn": MACHINE, "statusFilter": "RUNNING", "maxResults": 100}
    stubber.add_response("list_executions", {"executions": [machine("RUNNING", name="d1")]}, asked)
    assert starters.running(MACHINE) == (RUN,)


def test_an_express_state_machine_does_not_tell_what_runs(read):
    starters, stubber = read("stepfunctions")
    stubber.add_client_error("list_executions", "StateMachineTypeNotSupported")
    assert starters.running(MACHINE) is None
    stubber.add_client_error("list_executions", "AccessDeniedException")
    with pytest.raises(Permanent):
        starters.running(MACHINE)
    stubber.add_client_error("list_executions", "ThrottlingException")
    with pytest.raises(Transient):
        starters.running(MACHINE)


def test_an_express_state_machine_is_known_by_what_it_does_not_answer(read):
    starters, stubber = read("stepfunctions")
    stubber.add_client_error("list_executions", "StateMachineTypeNotSupported")
    assert starters.is_express(MACHINE)
    stubber.add_response("list_executions", {"executions": []}, {"stateMachineArn": MACHINE, "maxResults": 1})
    assert not starters.is_express(MACHINE)
    stubber.add_client_error("list_executions", "AccessDeniedException")
    with pytest.raises(Permanent):
        starters.is_express(MACHINE)


@pytest.mark.parametrize("using", [PIPELINE, CODE, BUS, FUNCTION])
def test_nothing_else_is_an_express_state_machine(using):
    assert not StarterReader({}.__getitem__).is_express(using)


def test_of_an_execution_of_an_express_state_machine_nothing_is_asked(read):
    starters, _ = read("stepfunctions")
    assert starters.execution(f"arn:aws:states:{HERE}:express:churn:d1:0f0e0d0c") is None


@pytest.mark.parametrize(
    ("told", "status", "failure"),
    [
        (machine("RUNNING"), "Executing", None),
        (machine("PENDING_REDRIVE"), "Executing", None),
        (machine("SUCCEEDED"), "Succeeded", None),
        (machine("FAILED", error="NoData", cause="nothing new"), "Failed", "NoData: nothing new"),
        (machine("TIMED_OUT"), "Failed", "TIMED_OUT"),
        (machine("ABORTED", cause="by hand"), "Stopped", "by hand"),
    ],
)
def test_a_state_machines_outcome_is_told_in_sagemakers_words(read, told, status, failure):
    starters, stubber = read("stepfunctions")
    stubber.add_response("describe_execution", told, {"executionArn": RUN, "includedData": "METADATA_ONLY"})
    assert starters.execution(RUN) == RemedyExecution(arn=RUN, status=status, failure=failure)


def test_executions_of_codepipeline_stand_below_their_pipeline(read):
    starters, stubber = read("codepipeline")
    states = ("InProgress", "Stopping", "Succeeded", "Superseded", "Cancelled", "Failed")
    found = [{"pipelineExecutionId": f"e-{state}", "status": state} for state in states]
    asked = {"pipelineName": "churn", "maxResults": 100}
    stubber.add_response("list_pipeline_executions", {"pipelineExecutionSummaries": found}, asked)
    assert starters.running(CODE) == (f"{CODE}/e-InProgress", f"{CODE}/e-Stopping")


@pytest.mark.parametrize(
    ("said", "status"),
    [("InProgress", "Executing"), ("Succeeded", "Succeeded"), ("Failed", "Failed"), ("Superseded", "Stopped")],
)
def test_codepipelines_outcome_is_told_in_sagemakers_words(read, said, status):
    starters, stubber = read("codepipeline")
    asked = {"pipelineName": "churn", "pipelineExecutionId": "e-1"}
    stubber.add_response(
        "get_pipeline_execution", {"pipelineExecution": {"status": said, "statusSummary": "so"}}, asked
    )
    assert starters.execution(f"{CODE}/e-1") == RemedyExecution(arn=f"{CODE}/e-1", status=status, failure="so")


@pytest.mark.parametrize(
    ("service", "operation", "code", "arn"),
    [
        ("sagemaker", "describe_pipeline_execution", "ResourceNotFound", f"{PIPELINE}/execution/abc"),
        ("stepfunctions", "describe_execution", "ExecutionDoesNotExist", RUN),
        ("codepipeline", "get_pipeline_execution", "PipelineExecutionNotFoundException", f"{CODE}/e-1"),
        ("codepipeline", "get_pipeline_execution", "PipelineNotFoundException", f"{CODE}/e-1"),
    ],
)
def test_an_execution_that_nobody_knows_is_none(read, service, operation, code, arn):
    starters, stubber = read(service)
    stubber.add_client_error(operation, code)
    assert starters.execution(arn) is None
