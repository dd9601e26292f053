"""The functions of remedies, as Step Functions and people call them."""

import importlib
import json

import pytest

from kedge.domain.errors import MalformedSignal, SettingsError
from kedge.domain.remedy import Mode, RemedyName
from kedge.lambdas.approve import ApproveFunction
from kedge.lambdas.observability import metrics
from kedge.ports.actions import ActionCommit
from kedge.services.approval import chat_ballot_of
from tests.support.remediation import GOOD, Affair, policy_with

ACTS = {name: name.value for name in RemedyName if name is not RemedyName.NONE}
PROOF = {"access_key": "responder"}
STEPS = ("remediate", *ACTS.values())


@pytest.fixture(autouse=True)
def _no_counts_left():
    metrics.clear_metrics()
    yield
    metrics.clear_metrics()


@pytest.fixture
def affair():
    return Affair(policy_with(Mode.APPROVAL))


@pytest.fixture
def digest(affair):
    action = affair.trouble().action
    affair.actions.keep(ActionCommit(action=action, version=0))
    return action.digest


@pytest.fixture
def call(affair, context, monkeypatch):
    """The handlers, each with its function on the workflow in memory."""
    functions = {
        "remediate": affair.remediate,
        "approve": ApproveFunction(affair.approving),
        "approve_from_chat": ApproveFunction(affair.approving, chat_ballot_of),
    }
    functions |= {ACTS[name]: function for name, function in affair.acts.items()}

    def called(name, event):
        handler = importlib.import_module(f"functions.{name}.handler")
        monkeypatch.setattr(handler, name, lambda _arn: functions[name])
        return handler.lambda_handler(event, context)

    return called


def counted(capsys):
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return {
        metric["Name"] for line in lines if "_aws" in line for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }


def test_a_remedy_goes_through_the_functions_step_by_step(affair, digest, call, capsys):
    assert call("remediate", {"step": "plan", "action": digest})["outcome"] == "ask"
    assert call("remediate", {"step": "ask", "action": digest, "token": "t-1"}) == {"outcome": "waiting"}
    assert call("approve", {"digest": digest, "decision": "approve", "proof": PROOF})["outcome"] == "approved"
    assert call("remediate", {"step": "check", "action": digest}) == {"outcome": "act", "remedy": "roll_back"}
    assert call("roll_back", {"step": "act", "action": digest}) == {"outcome": "acted", "wait": 300, "pause": 10}
    assert call("remediate", {"step": "await", "action": digest, "token": "t-2"}) == {"outcome": "waiting"}
    assert call("remediate", {"step": "observe", "action": digest}) == {"outcome": "pending", "wait": 300, "pause": 10}
    assert call("remediate", {"step": "escalate", "action": digest, "error": {}}) == {"outcome": "unverified"}
    assert affair.endpoint.calls == [GOOD]
    steps = {"ApprovalsAsked", "RemediesDone", "RemediesEscalated", "RemedySteps"}
    assert counted(capsys) == {*steps, "AnswersCounted"}


def test_the_chat_s_function_answers_as_the_chat_whatever_it_is_told(affair, digest, call):
    call("remediate", {"step": "plan", "action": digest})
    call("remediate", {"step": "ask", "action": digest, "token": "t-1"})
    assert call("approve_from_chat", {"approve": digest, "by": "responder"})["field"] == "$.by"
    assert call("approve_from_chat", {"approve": digest})["outcome"] == "refused"
    affair.policy = policy_with(Mode.APPROVAL, approval={"approvers": ("chat",)})
    assert call("approve_from_chat", {"approve": digest})["outcome"] == "refused"


def test_no_log_has_a_token_or_a_name(affair, digest, call, capsys, caplog):
    call("remediate", {"step": "plan", "action": digest})
    call("remediate", {"step": "ask", "action": digest, "token": "secret-token"})
    call("approve", {"digest": digest, "decision": "approve", "proof": PROOF, "reason": "of course"})
    written = capsys.readouterr().out + str([vars(record) for record in caplog.records])
    assert digest in written
    assert not any(word in written for word in ("secret-token", "responder", "of course"))


def test_an_answer_that_does_not_count_is_counted_as_such(digest, call, capsys):
    assert call("approve", {"digest": digest, "decision": "maybe", "by": "responder"})["field"] == "$.decision"
    assert call("approve", {"digest": "0" * 64, "decision": "approve", "by": "responder"})["outcome"] == "unknown"
    assert counted(capsys) == {"AnswersRefused"}


@pytest.mark.parametrize("function", STEPS)
@pytest.mark.parametrize(
    ("event", "path"),
    [
        ({}, "$.step"),
        ({"step": "dance", "action": "a"}, "$.step"),
        ({"step": ["plan"], "action": "a"}, "$.step"),
    ],
)
def test_what_is_no_step_is_a_fault(call, function, event, path):
    with pytest.raises(MalformedSignal) as raised:
        call(function, event)
    assert raised.value.path == path


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ({"step": "plan"}, "$.action"),
        ({"step": "plan", "action": 7}, "$.action"),
        ({"step": "ask", "action": "a"}, "$.token"),
        ({"step": "await", "action": "a", "token": 7}, "$.token"),
    ],
)
def test_a_step_without_what_it_needs_is_a_fault(call, event, path):
    with pytest.raises(MalformedSignal) as raised:
        call("remediate", event)
    assert raised.value.path == path


@pytest.mark.parametrize("function", ["plan", "ask", "remediate"])
def test_a_function_that_carries_out_a_remedy_plans_none(call, digest, function):
    with pytest.raises(MalformedSignal):
        call("roll_back", {"step": function, "action": digest})


@pytest.mark.parametrize("name", [*STEPS, "approve"])
def test_every_function_is_put_together_from_its_environment(name, monkeypatch, context):
    composition = getattr(importlib.import_module(f"kedge.lambdas.{name}"), name)
    composition.cache_clear()
    for variable in ("KEDGE_TABLE", "KEDGE_WORKFLOW_ARN"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(SettingsError, match="KEDGE_TABLE is not set"):
        composition(context.invoked_function_arn)
    monkeypatch.setenv("KEDGE_TABLE", "kedge")
    monkeypatch.setenv("KEDGE_WORKFLOW_ARN", "arn:aws:states:us-east-1:111122223333:stateMachine:kedge-remediation")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert composition(context.invoked_function_arn) is composition(context.invoked_function_arn)
    composition.cache_clear()
