"""The AWS calls of the functions of one deployed ring, and the permissions of their roles, in a form that a file can keep."""

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import msgspec

from tests.stack.deployed_ring import DeployedRing
from tests.stack.remedying import NAMED
from tests.template.deployed import SLACK, Deployed, role_statements
from tests.template.permission_table import FUNCTIONS, WORKFLOW, partitions_in
from workbench.local_stack.deploy import resources
from workbench.local_stack.environment import ACCOUNT, REGION

KEPT_IN: Final = "KEDGE_ASKED"
"""The variable that names the file for what the ring of this process was asked."""
JUDGED: Final = "KEDGE_JUDGED"
"""The variable that names all files to judge, with the separator of PATH between them."""


class Call(msgspec.Struct, frozen=True):
    """A call of a function. `partitions` are the kinds of partitions of a table that it named (`CASE#`)."""

    function: str
    action: str
    resource: str
    partitions: tuple[str, ...]
    allowed: bool


class Grant(msgspec.Struct, frozen=True):
    """One action on one resource that a statement of a function's role allows; `written` is the resource in the template.

    `partitions` are the partitions of a table that it is limited to; none without a limit.
    """

    function: str
    sid: str
    action: str
    written: str
    resource: str
    partitions: tuple[str, ...]

    def allows(self, call: Call) -> bool:
        """Return whether the grant matches a call as IAM does. Conditions on tags and services are taken as met."""
        same = (self.function, self.action) == (call.function, call.action)
        return same and fnmatchcase(call.resource, self.resource) and self.allows_partitions(call)

    def allows_partitions(self, call: Call) -> bool:
        """Return whether a call names at least one partition, and only allowed ones."""
        if not self.partitions:
            return True
        allowed = (any(fnmatchcase(named, each) for each in self.partitions) for named in call.partitions)
        return bool(call.partitions) and all(allowed)


class Asked(msgspec.Struct, frozen=True):
    """All calls of the functions of one ring, and all permissions of their roles there."""

    calls: tuple[Call, ...]
    grants: tuple[Grant, ...]

    def allows(self, call: Call) -> bool:
        """Return whether a role of this ring allows a call of this ring."""
        return any(grant.allows(call) for grant in self.grants)


def asked_of(ring: DeployedRing) -> Asked:
    """Return the calls of a ring so far, and the permissions of its roles."""
    functions = {name: logical for logical, name in resources(ring.stack, "AWS::Lambda::Function", ring.name).items()}
    functions[ring.outputs["WorkflowArn"].rpartition(":")[2]] = WORKFLOW
    calls = (
        Call(functions[name], call["action"], call["resource"], tuple(call["partitions"]), call["allowed"])
        for call in ring.stack.calls()
        if (name := call["principal"].rpartition("/")[2]) in functions
    )
    return Asked(calls=tuple(calls), grants=tuple(_grants(ring)))


def keep(ring: DeployedRing) -> None:
    """Write the calls of a ring to the file in the environment variable `KEPT_IN`, if it is set."""
    if file := os.environ.get(KEPT_IN):
        Path(file).write_bytes(msgspec.json.encode(asked_of(ring)))


def kept() -> list[Asked]:
    """Read the calls of all rings from the files in the variable `JUDGED`. Raises FileNotFoundError if one is missing."""
    files = [Path(file) for file in os.environ.get(JUDGED, "").split(os.pathsep) if file]
    return [msgspec.json.decode(file.read_bytes(), type=Asked) for file in files]


def _grants(ring: DeployedRing) -> Iterator[Grant]:
    template, arns = Deployed(**SLACK, **NAMED), dict(_arns(ring))
    for function in (*FUNCTIONS, WORKFLOW):
        for statement in role_statements(template, function):
            for action in statement["Action"]:
                for written in statement["Resource"]:
                    resource, partitions = _with_arns(written, arns), tuple(partitions_in(statement))
                    yield Grant(function, statement["Sid"], action, written, resource, partitions)


def _arns(ring: DeployedRing) -> Iterator[tuple[str, str]]:
    """Yield the template's references with their deployed values."""
    for name, url in resources(ring.stack, "AWS::SQS::Queue").items():
        yield f"${{{name}.Arn}}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}"
    for name, table in resources(ring.stack, "AWS::DynamoDB::Table").items():
        yield f"${{{name}.Arn}}", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    for kind in ("Application", "Environment", "ConfigurationProfile"):
        for name, given in resources(ring.stack, f"AWS::AppConfig::{kind}").items():
            yield f"${{{name}}}", given
    for name, topic in resources(ring.stack, "AWS::SNS::Topic").items():
        yield f"${{{name}}}", topic
    for name, function in resources(ring.stack, "AWS::Lambda::Function").items():
        yield f"${{{name}.Arn}}", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    yield f"${{{WORKFLOW}}}", ring.outputs["WorkflowArn"]


def _with_arns(written: str, arns: dict[str, str]) -> str:
    """Return a resource of a policy as it was deployed."""
    for reference, arn in arns.items():
        written = written.replace(reference, arn)
    return written
