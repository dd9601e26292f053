"""A deployed stack and the ways to it: its table, to read, and its doors for people and detectors."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from kedge.adapters.appconfig import TableShelf
from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.incidents import DynamoIncidents
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.sagemaker.tags import SageMakerTags
from kedge.adapters.sts import sts_url
from kedge.domain.action import Answer
from kedge.domain.errors import KedgeError
from kedge.domain.statement import PROOF, Statement
from kedge.domain.target import Target, TargetKind
from kedge.policy.compiled import Policy
from kedge.services.policy_store.active import PolicyInForce
from workbench.cli.connection.event import event_of
from workbench.cli.connection.proof import NobodySigns, proof_of

STACK: Final = "kedge"
"""The stack's name in samconfig.toml."""

APPROVE: Final = "approve"
INTAKE: Final = "intake"
PEOPLE: Final = "people"


class AwsRefused(Exception):
    """AWS said no, or did not answer; the message says what was asked for."""


class NotTaken(AwsRefused):
    """A function was invoked, and failed; the message says of what."""


class NoSuchStack(Exception):
    """There is no such stack, or it is none of Kedge's."""


class DeployedStack:
    """What the command line needs of a stack. Every method raises AwsRefused where AWS says no."""

    def __init__(self, name: str, region: str | None = None, profile: str | None = None) -> None:
        """Find the stack by its outputs. Raises NoSuchStack, AwsRefused."""
        self._session: Any = boto3.Session(profile_name=profile, region_name=region) if profile else _session(region)
        self.name = name
        described = _asked(lambda: self._client("cloudformation").describe_stacks(StackName=name), f"stack {name}")
        stack = described["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        # arn:aws:cloudformation:us-east-1:111122223333:stack/kedge/…: a proof names the stack's function by partition, Region and account.
        self._arn = str(stack["StackId"])
        self.parameters = {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}
        if "TableName" not in self.outputs or "IntakeFunctionName" not in self.outputs:
            raise NoSuchStack(f"{name} is no stack of Kedge: it has no output TableName or IntakeFunctionName")

    @property
    def environment(self) -> str:
        """The environment that matchers may ask for."""
        return str(self.parameters.get("EnvironmentName", ""))

    @property
    def incidents(self) -> DynamoIncidents:
        """Reads incidents and silences."""
        return DynamoIncidents(Table(self._client("dynamodb"), self.outputs["TableName"]))

    @property
    def actions(self) -> DynamoActions:
        """Reads plans under way, and never a token."""
        return DynamoActions(Table(self._client("dynamodb"), self.outputs["TableName"]))

    @property
    def ledger(self) -> DynamoLedger:
        """Reads what is known of endpoints."""
        return DynamoLedger(Table(self._client("dynamodb"), self.outputs["TableName"]))

    @property
    def policy(self) -> Policy:
        """The policy in force: the last sound one that was published, or the built-in one."""
        return policy_of(Table(self._client("dynamodb"), self.outputs["TableName"]), self.environment)

    @property
    def arn(self) -> str:
        """The caller's ARN, as AWS knows it."""
        return str(self._identity()["Arn"])

    def whoami(self) -> str:
        """The end of the caller's ARN: `user/oncall`, or `assumed-role/OnCall/oncall`."""
        return self.arn.rpartition(":")[2]

    def endpoint(self, name: str) -> Target:
        """The endpoint of a name in the stack's account and region."""
        account, region = str(self._identity()["Account"]), str(self._session.region_name)
        return Target(account=account, region=region, kind=TargetKind.ENDPOINT, name=name)

    def tags(self, target: Target, failed: Callable[[Target, KedgeError], None]) -> dict[str, str]:
        """The tags of an endpoint; none where AWS refuses, of which `failed` is told."""
        return SageMakerTags(self._client("sagemaker"), lambda: 0.0, failed).of(target)

    def say(self, kind: str, detail: dict[str, Any]) -> list[dict[str, Any]]:
        """Tell the stack what a person decided, signed, and return what came of it: an outcome for each signal.

        Raises AwsRefused also if the stack refuses it.
        """
        event = event_of(kind, detail, self._identity()["Account"], self._session.region_name, datetime.now(UTC))
        said = self._invoke(PEOPLE, self._signed(self._function(PEOPLE), event))
        if said.get("outcome") != "taken":
            raise AwsRefused(str(said.get("says", said)))
        outcomes: list[dict[str, Any]] = said["outcomes"]
        return outcomes

    def hand_in(self, event: object) -> list[dict[str, Any]]:
        """Hand an event to intake as it is, and get what came of it. Raises NotTaken where intake fails."""
        answer = self._invoke(INTAKE, event)
        if "outcomes" not in answer:
            raise NotTaken("intake took it for a batch of its queue; take it apart and hand in each body")
        outcomes: list[dict[str, Any]] = answer["outcomes"]
        return outcomes

    def report(self, call: dict[str, Any]) -> dict[str, Any]:
        """Hand a detector's call to the stack, signed, and return the answer of intake."""
        return self._invoke(INTAKE, self._signed(self._function(INTAKE), call))

    def answer(self, digest: str, given: Answer, reason: str) -> dict[str, Any]:
        """Say yes or no to a plan at the door for approvers, as who AWS says one is, and get what came of it."""
        ballot = {
            "digest": digest,
            "decision": given.value,
            "by": self.arn,
            "reason": reason,
            "proof": self._proof(self._function(APPROVE), Statement.answering(digest, given)),
        }
        return self._invoke(APPROVE, ballot)

    def client(self, service: str) -> Any:
        """boto3's client of a service, in the stack's account and region."""
        return self._client(service)

    def _identity(self) -> dict[str, Any]:
        found: dict[str, Any] = _asked(self._client("sts").get_caller_identity, "who is asking")
        return found

    def _function(self, door: str) -> str:
        found = self.outputs.get(f"{door.capitalize()}FunctionName")
        if found is None:
            raise AwsRefused(
                f"stack {self.name} has no function {door}, so it is older than this command: deploy it anew"
            )
        return str(found)

    def _signed(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """An event with the proof of who sends it."""
        return event | {PROOF: self._proof(function, Statement.saying(event))}

    def _proof(self, function: str, statement: Statement) -> dict[str, str]:
        _, partition, _, region, account, *_ = self._arn.split(":")
        arn = f"arn:{partition}:lambda:{region}:{account}:function:{function}"
        try:
            return proof_of(self._session, sts_url(region, os.environ), arn, statement)
        except NobodySigns as error:
            raise AwsRefused(f"the command cannot sign: {error}") from error

    def _invoke(self, door: str, event: object) -> dict[str, Any]:
        function = self._function(door)
        payload = json.dumps(event).encode()
        answer = _asked(lambda: self._client("lambda").invoke(FunctionName=function, Payload=payload), door)
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise NotTaken(f"{door} could not take it in: {said.get('errorMessage', said)}")
        return said

    def _client(self, service: str) -> Any:
        try:
            return self._session.client(service)
        except BotoCoreError as error:
            raise AwsRefused(f"{error}") from error


def policy_of(table: Table, environment: str) -> Policy:
    """The policy that a ledger's table keeps, or the built-in one. Raises Transient, Permanent."""
    return PolicyInForce(TableShelf(table), environment, lambda: 0.0, lambda _: None).policy()


def _session(region: str | None) -> Any:
    return boto3.Session(region_name=region)


def _asked(call: Any, what: str) -> Any:
    try:
        return call()
    except ClientError as error:
        missing = error.response["Error"]["Code"] == "ValidationError" and "does not exist" in str(error)
        raise (NoSuchStack if missing else AwsRefused)(f"{what}: {error}") from error
    except BotoCoreError as error:
        raise AwsRefused(f"{what}: {error}") from error
