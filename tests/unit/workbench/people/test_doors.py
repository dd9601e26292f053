"""What the command line hands to a deployed stack's door for approvers is what that door reads."""

import io
import json
from typing import Any

import boto3
import msgspec
import pytest

from kedge.aws.identity import Proof
from kedge.domain.action import Answer
from kedge.remedies.votes import ballot_of
from workbench.deployed.stack import AwsRefused, DeployedStack

DIGEST = "3a5ee5cd6d2a93ff" * 4
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


def stack(door: Lambda, monkeypatch: pytest.MonkeyPatch, **credentials: str) -> DeployedStack:
    found = DeployedStack.__new__(DeployedStack)
    found.name, found.outputs = "kedge", {"ApproveFunctionName": "kedge-approve"}
    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret", **credentials}
    found._session = boto3.Session(region_name="us-east-1", **keys)
    clients = {"lambda": door, "sts": Sts()}
    monkeypatch.setattr(found, "_client", clients.__getitem__)
    return found


@pytest.mark.parametrize("credentials", [{}, {"aws_session_token": "FwoGZXIvYXdzEXAMPLE+/="}])
def test_an_answer_is_one_that_the_door_reads_with_a_proof_of_its_maker(
    monkeypatch: pytest.MonkeyPatch, credentials: dict[str, str]
):
    door = Lambda({"outcome": "approved", "says": "approved by oncall"})
    said = stack(door, monkeypatch, **credentials).answer(DIGEST, Answer.APPROVE, "canary was bad")
    assert said["outcome"] == "approved"
    ((function, payload),) = door.asked
    ballot = ballot_of(payload)
    assert function == "kedge-approve"
    assert (ballot.digest, ballot.answer, ballot.by) == (DIGEST, Answer.APPROVE, ONCALL)
    assert (ballot.reason, ballot.door) == ("canary was bad", "lambda")
    proof = msgspec.convert(ballot.proof, Proof)
    assert proof.access_key == "AKIAIOSFODNN7EXAMPLE"
    assert proof.session_token == credentials.get("aws_session_token", "")


def test_no_secret_leaves_the_machine_with_an_answer(monkeypatch: pytest.MonkeyPatch):
    door = Lambda({"outcome": "rejected", "says": "rejected"})
    stack(door, monkeypatch, aws_secret_access_key="wJalrXUtnFEMI").answer(DIGEST, Answer.REJECT, "no")
    assert "wJalrXUtnFEMI" not in json.dumps(door.asked)


def test_a_door_that_broke_is_told_as_aws_s_refusal(monkeypatch: pytest.MonkeyPatch):
    door = Lambda({"errorMessage": "Throttled"}, error="Unhandled")
    with pytest.raises(AwsRefused, match="approve could not take it in: Throttled"):
        stack(door, monkeypatch).answer(DIGEST, Answer.APPROVE, "")
