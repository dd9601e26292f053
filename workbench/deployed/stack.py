"""A deployed stack and the ways to it: its table, to read, and its two doors, which hear what people decide."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from kedge.aws.actions import DynamoActions
from kedge.aws.identity import sts_url
from kedge.aws.incidents import DynamoIncidents
from kedge.aws.ledger import DynamoLedger
from kedge.aws.policies import TableShelf
from kedge.aws.table import Table
from kedge.aws.tags import SageMakerTags
from kedge.domain.action import Answer
from kedge.domain.target import Target, TargetKind
from kedge.errors import KedgeError
from kedge.policies.in_force import PolicyInForce
from kedge.policy.rules import Policy
from workbench.approvals.proof import NobodySigns, proof_of
from workbench.deployed.event import event_of

STACK: Final = "kedge"
"""The stack's name in samconfig.toml."""


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

    def whoami(self) -> str:
        """The caller as AWS knows it: `user/oncall`, or `assumed-role/OnCall/oncall`."""
        return str(self._identity()["Arn"]).rpartition(":")[2]

    def endpoint(self, name: str) -> Target:
        """The endpoint of a name in the stack's account and region."""
        account, region = str(self._identity()["Account"]), str(self._session.region_name)
        return Target(account=account, region=region, kind=TargetKind.ENDPOINT, name=name)

    def tags(self, target: Target, failed: Callable[[Target, KedgeError], None]) -> dict[str, str]:
        """The tags of an endpoint; none where AWS refuses, of which `failed` is told."""
        return SageMakerTags(self._client("sagemaker"), lambda: 0.0, failed).of(target)

    def say(self, kind: str, detail: dict[str, Any]) -> list[dict[str, Any]]:
        """Tell intake what a person decided, and get what came of it: an outcome for each signal."""
        event = event_of(kind, detail, self._identity()["Account"], self._session.region_name, datetime.now(UTC))
        outcomes: list[dict[str, Any]] = self._invoke("intake", self.outputs["IntakeFunctionName"], event)["outcomes"]
        return outcomes

    def hand_in(self, event: object) -> list[dict[str, Any]]:
        """Hand an event to intake as it is, and get what came of it. Raises NotTaken where intake fails."""
        answer = self._invoke("intake", self.outputs["IntakeFunctionName"], event)
        if "outcomes" not in answer:
            raise NotTaken("intake took it for a batch of its queue; take it apart and hand in each body")
        outcomes: list[dict[str, Any]] = answer["outcomes"]
        return outcomes

    def answer(self, digest: str, given: Answer, reason: str) -> dict[str, Any]:
        """Say yes or no to a plan at the door for approvers, as who AWS says one is, and get what came of it."""
        try:
            proof = proof_of(self._session, sts_url(self._session.region_name, os.environ), digest, given)
        except NobodySigns as error:
            raise AwsRefused(f"who answers: {error}") from error
        ballot = {
            "digest": digest,
            "decision": given.value,
            "by": str(self._identity()["Arn"]),
            "reason": reason,
            "proof": proof,
        }
        return self._invoke("approve", self.outputs.get("ApproveFunctionName", f"{self.name}-approve"), ballot)

    def client(self, service: str) -> Any:
        """boto3's client of a service, in the stack's account and region."""
        return self._client(service)

    def _identity(self) -> dict[str, Any]:
        found: dict[str, Any] = _asked(self._client("sts").get_caller_identity, "who is asking")
        return found

    def _invoke(self, what: str, function: str, event: object) -> dict[str, Any]:
        payload = json.dumps(event).encode()
        answer = _asked(lambda: self._client("lambda").invoke(FunctionName=function, Payload=payload), what)
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise NotTaken(f"{what} could not take it in: {said.get('errorMessage', said)}")
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
