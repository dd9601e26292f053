"""A deployed stack: its table, to read, and its functions for people and detectors."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.incidents import DynamoIncidents
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.sagemaker.tags import SageMakerTags
from kedge.adapters.sts import sts_url
from kedge.domain.action import Answer
from kedge.domain.errors import KedgeError
from kedge.domain.statement import PROOF, Statement
from kedge.domain.target import Target, TargetKind
from kedge.ledger.items import ItemKind
from kedge.monitors.definitions import MonitorDefinitions
from kedge.policy.compiled import Policy
from kedge.services.policy_store.active import PolicyInForce
from kedge.services.policy_store.monitors import MonitorsInForce
from workbench.cli.connection.event import event_of
from workbench.cli.connection.proof import NobodySigns, proof_of

STACK: Final = "kedge"
"""The stack's name in samconfig.toml."""

APPROVE: Final = "approve"
INTAKE: Final = "intake"
PEOPLE: Final = "people"


class AwsRefused(Exception):
    """AWS refused a request or did not answer; the message names the request."""


class NotTaken(AwsRefused):
    """A function was invoked and failed; the message names the reason."""


class NoSuchStack(Exception):
    """There is no such stack, or it is not a stack of Kedge."""


class NoRegion(Exception):
    """The Region of the stack is unknown."""


class DeployedStack:
    """The connection of the command line to a stack. Every method raises AwsRefused if AWS refuses."""

    def __init__(self, name: str, region: str | None = None, profile: str | None = None) -> None:
        """Find the stack by its outputs. Raises NoSuchStack, NoRegion or AwsRefused."""
        self._session: Any = boto3.Session(profile_name=profile, region_name=region) if profile else _session(region)
        self.name = name
        described = _asked(lambda: self._client("cloudformation").describe_stacks(StackName=name), f"stack {name}")
        stack = described["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        # arn:aws:cloudformation:us-east-1:111122223333:stack/kedge/…: a proof names the stack's function by partition,
        # Region and account.
        self._arn = str(stack["StackId"])
        self.parameters = {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}
        if "TableName" not in self.outputs or "IntakeFunctionName" not in self.outputs:
            raise NoSuchStack(f"{name} is no stack of Kedge: it has no output TableName or IntakeFunctionName")

    @property
    def environment(self) -> str:
        """Return the environment for matchers."""
        return str(self.parameters.get("EnvironmentName", ""))

    @property
    def incidents(self) -> DynamoIncidents:
        """Return the reader of incidents and silences."""
        return DynamoIncidents(Table(self._client("dynamodb"), self.outputs["TableName"]))

    @property
    def actions(self) -> DynamoActions:
        """Return the reader of plans in progress, without tokens."""
        return DynamoActions(Table(self._client("dynamodb"), self.outputs["TableName"]))

    @property
    def ledger(self) -> DynamoLedger:
        """Return the reader of known endpoints."""
        return DynamoLedger(Table(self._client("dynamodb"), self.outputs["TableName"]))

    @property
    def policy(self) -> Policy:
        """Return the policy in force: the last valid one that was published, or the built-in one."""
        return policy_of(Table(self._client("dynamodb"), self.outputs["TableName"]), self.environment)

    @property
    def monitors(self) -> MonitorDefinitions:
        """Return the monitors in force: those of the last valid document that was published."""
        table = Table(self._client("dynamodb"), self.outputs["TableName"])
        kept = DynamoStoredDocument(table, ItemKind.MONITORS)
        return MonitorsInForce(kept, lambda: 0.0, lambda _: None).monitors()

    @property
    def arn(self) -> str:
        """Return the caller's ARN from AWS."""
        return str(self._identity()["Arn"])

    def whoami(self) -> str:
        """Return the end of the caller's ARN: `user/oncall`, or `assumed-role/OnCall/oncall`."""
        return self.arn.rpartition(":")[2]

    def endpoint(self, name: str) -> Target:
        """Return the endpoint of this name in the stack's account and Region."""
        account, region = str(self._identity()["Account"]), str(self._session.region_name)
        return Target(account=account, region=region, kind=TargetKind.ENDPOINT, name=name)

    def tags(self, target: Target, failed: Callable[[Target, KedgeError], None]) -> dict[str, str]:
        """Return the tags of an endpoint; none if AWS refuses, which is reported to `failed`."""
        return SageMakerTags(self._client("sagemaker"), lambda: 0.0, failed).of(target)

    def say(self, kind: str, detail: dict[str, Any]) -> list[dict[str, Any]]:
        """Send a person's decision to the stack, signed, and return one outcome for each signal.

        Raises AwsRefused, also if the stack refuses it.
        """
        event = event_of(kind, detail, self._identity()["Account"], self._session.region_name, datetime.now(UTC))
        said = self._invoke(PEOPLE, self._signed(self._function(PEOPLE), event))
        if said.get("outcome") != "taken":
            raise AwsRefused(str(said.get("says", said)))
        outcomes: list[dict[str, Any]] = said["outcomes"]
        return outcomes

    def hand_in(self, event: object) -> list[dict[str, Any]]:
        """Send an unchanged event to intake and return its outcomes. Raises NotTaken if intake fails."""
        answer = self._invoke(INTAKE, event)
        if "outcomes" not in answer:
            raise NotTaken("intake took it for a batch of its queue; take it apart and hand in each body")
        outcomes: list[dict[str, Any]] = answer["outcomes"]
        return outcomes

    def report(self, call: dict[str, Any]) -> dict[str, Any]:
        """Send a detector's call to the stack, signed, and return the response of intake."""
        return self._invoke(INTAKE, self._signed(self._function(INTAKE), call))

    def answer(self, digest: str, given: Answer, reason: str) -> dict[str, Any]:
        """Approve or reject a plan with the caller's AWS identity, and return the result."""
        ballot = {
            "digest": digest,
            "decision": given.value,
            "by": self.arn,
            "reason": reason,
            "proof": self._proof(self._function(APPROVE), Statement.answering(digest, given)),
        }
        return self._invoke(APPROVE, ballot)

    def client(self, service: str) -> Any:
        """Return boto3's client of a service, in the stack's account and Region."""
        return self._client(service)

    def _identity(self) -> dict[str, Any]:
        found: dict[str, Any] = _asked(self._client("sts").get_caller_identity, "who is asking")
        return found

    def _function(self, name: str) -> str:
        found = self.outputs.get(f"{name.capitalize()}FunctionName")
        if found is None:
            raise AwsRefused(
                f"stack {self.name} has no function {name}, so it is older than this command: deploy it anew"
            )
        return str(found)

    def _signed(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Return an event with the proof of its sender."""
        return event | {PROOF: self._proof(function, Statement.saying(event))}

    def _proof(self, function: str, statement: Statement) -> dict[str, str]:
        _, partition, _, region, account, *_ = self._arn.split(":")
        arn = f"arn:{partition}:lambda:{region}:{account}:function:{function}"
        try:
            return proof_of(self._session, sts_url(region, os.environ), arn, statement)
        except NobodySigns as error:
            raise AwsRefused(f"the command cannot sign: {error}") from error

    def _invoke(self, name: str, event: object) -> dict[str, Any]:
        function = self._function(name)
        payload = json.dumps(event).encode()
        answer = _asked(lambda: self._client("lambda").invoke(FunctionName=function, Payload=payload), name)
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise NotTaken(f"{name} could not take it in: {said.get('errorMessage', said)}")
        return said

    def _client(self, service: str) -> Any:
        try:
            return self._session.client(service)
        except NoRegionError as error:
            raise NoRegion("the Region is unknown: add --region, or set AWS_DEFAULT_REGION") from error
        except BotoCoreError as error:
            raise AwsRefused(f"{error}") from error


def policy_of(table: Table, environment: str) -> Policy:
    """Return the policy in a ledger's table, or the built-in one. Raises Transient or Permanent."""
    return PolicyInForce(DynamoStoredDocument(table), environment, lambda: 0.0, lambda _: None).policy()


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
