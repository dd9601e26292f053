"""Starting what a remedy names, each by its own service's call and under the plan's digest."""

import json

import pytest

from kedge.adapters.launchers import ResourceStarter
from kedge.domain.errors import Busy, Permanent, Throttled, Transient
from kedge.ports.mutations import CallResult

DIGEST = "0123456789abcdef" * 4
GIVEN = {"incident": "i-1", "window_start": "2026-11-20T10:00:00Z"}
HERE = "us-east-1:111122223333"
PIPELINE = f"arn:aws:sagemaker:{HERE}:pipeline/churn-training"
MACHINE = f"arn:aws:states:{HERE}:stateMachine:churn"
CODE = f"arn:aws:codepipeline:{HERE}:churn"
BUS = f"arn:aws:events:{HERE}:event-bus/ml"
FUNCTION = f"arn:aws:lambda:{HERE}:function:scale-out:live"


@pytest.fixture
def started(stubbed):
    """Starts through one service's client, and its stubber; another service is asked for nothing."""

    def through(service):
        client, stubber = stubbed(service)
        return ResourceStarter({service: client}.__getitem__), stubber

    return through


def test_a_sagemaker_pipeline_knows_a_repetition_by_the_digest(started):
    starts, stubber = started("sagemaker")
    asked = {
        "PipelineName": PIPELINE,
        "PipelineExecutionDisplayName": "kedge-0123456789ab",
        "PipelineParameters": [{"Name": name, "Value": value} for name, value in GIVEN.items()],
        "ClientRequestToken": DIGEST,
    }
    stubber.add_response("start_pipeline_execution", {"PipelineExecutionArn": f"{PIPELINE}/execution/abc"}, asked)
    assert starts.start(PIPELINE, GIVEN, DIGEST) == CallResult(started=f"{PIPELINE}/execution/abc")


def test_a_state_machines_execution_bears_the_digest_as_its_name(started):
    starts, stubber = started("stepfunctions")
    execution = f"arn:aws:states:{HERE}:execution:churn:{DIGEST}"
    asked = {"stateMachineArn": MACHINE, "name": DIGEST, "input": json.dumps(GIVEN)}
    stubber.add_response("start_execution", {"executionArn": execution, "startDate": 0}, asked)
    assert starts.start(MACHINE, GIVEN, DIGEST) == CallResult(started=execution)


@pytest.mark.parametrize("using", [MACHINE, f"{MACHINE}:live", f"{MACHINE}:3"])
def test_an_execution_of_that_name_is_the_one_that_was_wanted(started, using):
    starts, stubber = started("stepfunctions")
    stubber.add_client_error("start_execution", "ExecutionAlreadyExists")
    execution = f"arn:aws:states:{HERE}:execution:churn:{DIGEST}"
    assert starts.start(using, GIVEN, DIGEST) == CallResult(started=execution)


@pytest.mark.parametrize(
    ("parameters", "variables"),
    [(GIVEN, {"variables": [{"name": name, "value": value} for name, value in GIVEN.items()]}), ({}, {})],
)
def test_an_execution_of_codepipeline_is_kept_below_its_pipeline(started, parameters, variables):
    starts, stubber = started("codepipeline")
    asked = {"name": "churn", "clientRequestToken": DIGEST, **variables}
    stubber.add_response("start_pipeline_execution", {"pipelineExecutionId": "e-1"}, asked)
    assert starts.start(CODE, parameters, DIGEST) == CallResult(started=f"{CODE}/e-1")


def entry():
    detail = json.dumps({"digest": DIGEST, "parameters": GIVEN})
    return {"EventBusName": BUS, "Source": "kedge", "DetailType": "Kedge Remedy Wanted", "Detail": detail}


def test_an_event_bus_is_told_what_is_wanted(started):
    starts, stubber = started("events")
    stubber.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}, {"Entries": [entry()]})
    assert starts.start(BUS, GIVEN, DIGEST) == CallResult()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ThrottlingException", Throttled),
        ("InternalFailure", Transient),
        ("NotAuthorizedForSourceException", Permanent),
    ],
)
def test_an_event_that_a_bus_did_not_take_is_no_success_though_the_call_was(started, code, error):
    starts, stubber = started("events")
    told = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "so it is"}]}
    stubber.add_response("put_events", told)
    with pytest.raises(error, match=f"{code}: so it is") as raised:
        starts.start(BUS, GIVEN, DIGEST)
    assert type(raised.value) is error


def test_a_function_is_called_and_not_waited_for(started):
    starts, stubber = started("lambda")
    payload = json.dumps({"digest": DIGEST, "parameters": GIVEN}).encode()
    asked = {"FunctionName": FUNCTION, "InvocationType": "Event", "Payload": payload}
    stubber.add_response("invoke", {"StatusCode": 202}, asked)
    assert starts.start(FUNCTION, GIVEN, DIGEST) == CallResult()
    stubber.add_response("invoke", {"StatusCode": 200}, asked)
    with pytest.raises(Transient):
        starts.start(FUNCTION, GIVEN, DIGEST)


@pytest.mark.parametrize(
    ("service", "operation", "using", "code", "error"),
    [
        ("sagemaker", "start_pipeline_execution", PIPELINE, "ResourceLimitExceeded", Throttled),
        ("sagemaker", "start_pipeline_execution", PIPELINE, "ConflictException", Busy),
        ("sagemaker", "start_pipeline_execution", PIPELINE, "ResourceNotFound", Permanent),
        ("stepfunctions", "start_execution", MACHINE, "ExecutionLimitExceeded", Throttled),
        ("stepfunctions", "start_execution", MACHINE, "StateMachineDoesNotExist", Permanent),
        ("codepipeline", "start_pipeline_execution", CODE, "ConflictException", Busy),
        (
            "codepipeline",
            "start_pipeline_execution",
            CODE,
            "ConcurrentPipelineExecutionsLimitExceededException",
            Throttled,
        ),
        ("codepipeline", "start_pipeline_execution", CODE, "PipelineNotFoundException", Permanent),
        ("events", "put_events", BUS, "AccessDeniedException", Permanent),
        ("lambda", "invoke", FUNCTION, "TooManyRequestsException", Throttled),
        ("lambda", "invoke", FUNCTION, "ResourceConflictException", Busy),
        ("lambda", "invoke", FUNCTION, "ResourceNotFoundException", Permanent),
    ],
)
def test_every_service_says_in_its_own_words_that_it_did_not_start(started, service, operation, using, code, error):
    starts, stubber = started(service)
    stubber.add_client_error(operation, code)
    with pytest.raises(error):
        starts.start(using, GIVEN, DIGEST)


@pytest.mark.parametrize("using", ["churn-training", "arn:aws:s3:::models", "arn:aws:sagemaker", ""])
def test_what_cannot_be_started_is_said_before_anything_is_called(using):
    with pytest.raises(Permanent):
        ResourceStarter({}.__getitem__).start(using, GIVEN, DIGEST)
