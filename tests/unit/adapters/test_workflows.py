"""The executions of the remediation state machine."""

import json

import pytest

from kedge.adapters.stepfunctions import StepFunctionsWorkflows
from kedge.domain.errors import Permanent, Transient

MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:kedge-remediation"
DIGEST = "d1" * 32
TOKEN = "AAAAKgAAAAIAAAAA"
OUTPUT = {"outcome": "approved"}


@pytest.fixture
def workflows(stubbed):
    client, stubber = stubbed("stepfunctions")
    return StepFunctionsWorkflows(client, MACHINE), stubber


def test_an_execution_bears_the_plans_digest(workflows):
    begun, stubber = workflows
    told = {"executionArn": f"{MACHINE}:{DIGEST}", "startDate": 0}
    asked = {"stateMachineArn": MACHINE, "name": DIGEST, "input": json.dumps({"action": DIGEST})}
    stubber.add_response("start_execution", told, asked)
    begun.begin(DIGEST)


def test_one_that_only_looks_again_bears_another_name_that_step_functions_takes(workflows):
    begun, stubber = workflows
    name = f"{DIGEST}-look2"
    told = {"executionArn": f"{MACHINE}:{name}", "startDate": 0}
    asked = {"stateMachineArn": MACHINE, "name": name, "input": json.dumps({"action": DIGEST})}
    stubber.add_response("start_execution", told, asked)
    begun.begin(DIGEST, "look2")


def test_one_that_runs_or_ran_is_a_success(workflows):
    begun, stubber = workflows
    stubber.add_client_error("start_execution", "ExecutionAlreadyExists")
    begun.begin(DIGEST)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("StateMachineDoesNotExist", Permanent),
        ("AccessDeniedException", Permanent),
        ("ExecutionLimitExceeded", Transient),
        ("ThrottlingException", Transient),
    ],
)
def test_one_that_cannot_begin_is_no_success(workflows, code, error):
    begun, stubber = workflows
    stubber.add_client_error("start_execution", code)
    with pytest.raises(error):
        begun.begin(DIGEST)


def test_a_step_that_waits_is_handed_its_output(workflows):
    begun, stubber = workflows
    stubber.add_response("send_task_success", {}, {"taskToken": TOKEN, "output": json.dumps(OUTPUT)})
    assert begun.go_on(TOKEN, OUTPUT)


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_step_that_waits_no_more_is_told_apart_from_a_call_that_failed(workflows, code):
    begun, stubber = workflows
    stubber.add_client_error("send_task_success", code)
    assert begun.go_on(TOKEN, OUTPUT) is False
    stubber.add_client_error("send_task_success", "KmsThrottlingException")
    with pytest.raises(Transient):
        begun.go_on(TOKEN, OUTPUT)
    stubber.add_client_error("send_task_success", "AccessDeniedException")
    with pytest.raises(Permanent) as raised:
        begun.go_on(TOKEN, OUTPUT)
    assert TOKEN not in str(raised.value)
