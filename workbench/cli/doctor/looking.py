"""Reads from AWS for the checks. A refused read is a result of its own, and never stops the other checks."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from kedge.domain.errors import KedgeError, Permanent
from kedge.domain.run_failure import missing_permission
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.doctor.result import CheckResult, unknown

_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
_PERMISSION: Final = re.compile(r"perform:? ([a-z0-9-]+:[A-Za-z]+)")

type Check = Callable[["Looking"], Iterable[CheckResult]]


class Looking:
    """A stack of Kedge, its resources, and boto3's clients. Its clients may raise ClientError or BotoCoreError."""

    def __init__(self, stack: DeployedStack) -> None:
        """Keep the stack. Its resources are listed at the first use."""
        self.stack = stack
        self._resources: dict[str, dict[str, str]] | None = None

    def client(self, service: str) -> Any:
        """Return boto3's client of a service."""
        return self.stack.client(service)

    def resources(self, kind: str) -> dict[str, str]:
        """Return the physical ids of the stack's resources of a type, by logical id."""
        if self._resources is None:
            found: dict[str, dict[str, str]] = {}
            listing = self.client("cloudformation").get_paginator("list_stack_resources")
            for page in listing.paginate(StackName=self.stack.name):
                for each in page["StackResourceSummaries"]:
                    of_kind = found.setdefault(each["ResourceType"], {})
                    of_kind[each["LogicalResourceId"]] = each.get("PhysicalResourceId", "")
            self._resources = found
        return self._resources.get(kind, {})


def run(name: str, check: Check, at: Looking) -> Iterator[CheckResult]:
    """Yield the results of a check. A refused or failed read ends this check alone, as a result that says so."""
    try:
        yield from check(at)
    except ClientError as error:
        yield unread(name, error)
    except BotoCoreError as error:
        yield unknown(name, at.stack.name, str(error), "Check the network and the credentials, and try again.")
    except KedgeError as error:
        yield unread_fact(name, at.stack.name, error)


def unread_fact(name: str, what: str, error: KedgeError) -> CheckResult:
    """Return the result of a read that failed: the permission that is missing, or AWS's own words."""
    if permission := missing_permission(str(error)) if isinstance(error, Permanent) else "":
        return _refused(name, permission)
    return unknown(name, what, f"AWS did not answer: {error}", "Try again.")


def _refused(name: str, permission: str) -> CheckResult:
    return unknown(
        name, permission, f"AWS refuses {permission} to you.", f"Add {permission} to your role, and try again."
    )


def unread(name: str, error: ClientError) -> CheckResult:
    """Return the result of a check whose read AWS refused: it names the permission that is missing."""
    told = error.response["Error"]
    if told.get("Code") in _DENIED:
        found = _PERMISSION.search(told.get("Message", ""))
        permission = found[1] if found else f"the permission for {error.operation_name}"
        return _refused(name, permission)
    return unknown(
        name,
        error.operation_name,
        f"{error.operation_name} failed: {told.get('Code')}: {told.get('Message')}",
        "Try again; if it fails again, look it up in the AWS Health Dashboard.",
    )
