"""What the command line hands to a deployed stack's function is what that function reads."""

import io
import json
import os
from datetime import UTC, datetime
from typing import Any

import boto3
import msgspec
import pytest

from kedge.adapters.sts import Proof, StsIdentity, sts_url
from kedge.domain.action import Answer
from kedge.domain.errors import Permanent
from kedge.domain.run import Monitor
from kedge.domain.signal import AnySignal, OperatorAction, PersonSignal
from kedge.domain.statement import Statement
from kedge.services.approval import ballot_of
from kedge.services.intake import IntakeOutcome
from kedge.services.people import People
from kedge.sources.event_header import Home
from tests.unit.adapters.test_sts import HIS, USER
from tests.unit.adapters.test_sts import Sts as RealSts
from workbench.cli.connection.stack import AwsRefused, DeployedStack

DIGEST = "3a5ee5cd6d2a93ff" * 4
KEYS = {"aws_access_key_id": USER, "aws_secret_access_key": HIS}
TARGET = "111122223333/us-east-1/endpoint/churn-prod"
ONCALL = "arn:aws:sts::111122223333:assumed-role/OnCall/oncall"


class Lambda:
    """Lambda with one function; `asked` is what it was invoked with."""

    def __init__(self, said: dict[str, Any], error: str | None = None) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answer = {"FunctionError": error} if error else {}
        self._said = said

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self.asked.append((FunctionName, json.loads(Payload)))
        return {"Payload": io.BytesIO(json.dumps(self._said).encode()), **self._answer}


class Sts:
    """STS, which knows one person."""

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": ONCALL, "Account": "111122223333", "UserId": "AROAEXAMPLE:oncall"}


def stack(client: Lambda, monkeypatch: pytest.MonkeyPatch, **credentials: str) -> DeployedStack:
    found = DeployedStack.__new__(DeployedStack)
    found.name = "kedge"
    found.outputs = {f"{name}FunctionName": f"kedge-{name.lower()}" for name in ("Approve", "Intake", "People")}
    found._arn = "arn:aws:cloudformation:us-east-1:111122223333:stack/kedge/0"
    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret", **credentials}
    found._session = boto3.Session(region_name="us-east-1", **keys)
    clients = {"lambda": client, "sts": Sts()}
    monkeypatch.setattr(found, "_client", clients.__getitem__)
    return found


@pytest.mark.parametrize("credentials", [{}, {"aws_session_token": "FwoGZXIvYXdzEXAMPLE+/="}])
def test_an_answer_is_one_that_the_door_reads_with_a_proof_of_its_maker(
    monkeypatch: pytest.MonkeyPatch, credentials: dict[str, str]
):
    client = Lambda({"outcome": "approved", "says": "approved by oncall"})
    said = stack(client, monkeypatch, **credentials).answer(DIGEST, Answer.APPROVE, "canary was bad")
    assert said["outcome"] == "approved"
    ((function, payload),) = client.asked
    ballot = ballot_of(payload)
    assert function == "kedge-approve"
    assert (ballot.digest, ballot.answer, ballot.by) == (DIGEST, Answer.APPROVE, ONCALL)
    assert (ballot.reason, ballot.entry_point) == ("canary was bad", "lambda")
    proof = msgspec.convert(ballot.proof, Proof)
    assert proof.access_key == "AKIAIOSFODNN7EXAMPLE"
    assert proof.session_token == credentials.get("aws_session_token", "")


def test_no_secret_leaves_the_machine_with_an_answer(monkeypatch: pytest.MonkeyPatch):
    client = Lambda({"outcome": "rejected", "says": "rejected"})
    stack(client, monkeypatch, aws_secret_access_key="wJalrXUtnFEMI").answer(DIGEST, Answer.REJECT, "no")
    assert "wJalrXUtnFEMI" not in json.dumps(client.asked)


def identity(function: str) -> StsIdentity:
    """How a function of the stack finds out who said something: the STS behind it verifies signatures as AWS does."""
    arn = f"arn:aws:lambda:us-east-1:111122223333:function:{function}"
    return StsIdentity(sts_url("us-east-1", os.environ), arn, lambda: datetime.now(UTC), send=RealSts(ONCALL))


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (
            "Decision Made",
            {"incident": "i-1", "target": TARGET, "monitor": Monitor.DATA_QUALITY, "act": OperatorAction.RESOLVE},
        ),
        ("Config Marked", {"target": TARGET, "config": "churn-40", "good": True}),
    ],
)
def test_what_a_person_says_is_signed_for_the_function_of_that_stack(
    monkeypatch: pytest.MonkeyPatch, kind: str, detail: dict[str, Any]
):
    client = Lambda({"outcome": "taken", "outcomes": [{"reason": "noted"}]})
    deployed = stack(client, monkeypatch, **KEYS)
    assert deployed.say(kind, detail | {"by": deployed.whoami(), "comment": "läuft"}) == [{"reason": "noted"}]
    ((function, event),) = client.asked
    assert function == "kedge-people"
    settled: list[AnySignal] = []
    home = Home("111122223333", "us-east-1")

    def settle(signal: AnySignal) -> IntakeOutcome:
        settled.append(signal)
        return IntakeOutcome(signal=signal)

    heard = People(settle, identity("kedge-people"), home, lambda: datetime.now(UTC)).hear(event)
    assert (heard.refused, heard.signal.proven) == ("", True)
    (signal,) = settled
    assert isinstance(signal, PersonSignal)
    assert signal.by == ONCALL
    with pytest.raises(Permanent, match="403"):
        identity("staging-people").vouched_for(event["proof"], Statement.saying(event))


def test_a_report_is_signed_for_intake(monkeypatch: pytest.MonkeyPatch):
    client = Lambda({"outcomes": []})
    stack(client, monkeypatch, **KEYS).report({"monitoringScheduleName": "churn-drift", "violationReport": []})
    ((function, call),) = client.asked
    assert function == "kedge-intake"
    assert identity("kedge-intake").vouched_for(call["proof"], Statement.saying(call)) == ONCALL


@pytest.mark.parametrize("outcome", ["refused", "malformed"])
def test_what_the_stack_refuses_is_no_success(monkeypatch: pytest.MonkeyPatch, outcome: str):
    client = Lambda({"outcome": outcome, "says": "a silence hides messages, so it does not count"})
    with pytest.raises(AwsRefused, match="a silence hides messages"):
        stack(client, monkeypatch).say("Silence Changed", {"silence": {}})


def test_a_stack_that_has_no_function_for_people_yet_has_to_be_deployed_anew(monkeypatch: pytest.MonkeyPatch):
    older = stack(Lambda({}), monkeypatch)
    del older.outputs["PeopleFunctionName"]
    with pytest.raises(AwsRefused, match="older than this command: deploy it anew"):
        older.say("Decision Made", {})


def test_a_door_that_broke_is_told_as_aws_s_refusal(monkeypatch: pytest.MonkeyPatch):
    client = Lambda({"errorMessage": "Throttled"}, error="Unhandled")
    with pytest.raises(AwsRefused, match="approve could not take it in: Throttled"):
        stack(client, monkeypatch).answer(DIGEST, Answer.APPROVE, "")
