"""Calls of AWS for the commands of models. A refused call names its permission and the statement to add."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from workbench.cli.connection.stack import AwsRefused
from workbench.cli.model.steps import Permission

type Clients = Callable[[str], Any]
"""Returns boto3's client of a service."""

_DENIED: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403", "Forbidden"}
)
_ABSENT: Final = frozenset(
    {"ResourceNotFound", "ResourceNotFoundException", "NoSuchKey", "NoSuchBucket", "404", "NotFound"}
)
# The API names these operations otherwise than IAM does.
_ACTIONS: Final = {
    "ListObjectsV2": "ListBucket",
    "HeadObject": "GetObject",
    "DescribeAlarmHistory": "DescribeAlarmHistory",
}
_CREATES_A_MONITOR: Final = frozenset(
    {
        "CreateDataQualityJobDefinition",
        "CreateModelQualityJobDefinition",
        "CreateModelBiasJobDefinition",
        "CreateModelExplainabilityJobDefinition",
        "CreateMonitoringSchedule",
    }
)
_CLOSED: Final = (
    "SageMaker Model Monitor takes no new customers since 30 July 2026. An account that had no schedule then cannot "
    "create one, whatever its permissions are. Kedge's own monitors measure the same types: leave out --with "
    "model-monitor."
)


class CallRefused(AwsRefused):
    """AWS refused a call. The message names the call, the reason, and the statement to add if a permission is missing."""

    def __init__(self, message: str, *, code: str = "", absent: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.is_absent = absent


def call(clients: Clients, service: str, operation: str, resource: str = "*", **request: Any) -> dict[str, Any]:
    """Make one call and return its answer. `resource` is its ARN for the statement of a policy. Raises CallRefused."""
    try:
        answer: dict[str, Any] = getattr(clients(service), xform_name(operation))(**request)
    except ClientError as error:
        raise refusal(error, service, operation, resource) from error
    except BotoCoreError as error:
        raise CallRefused(f"{service}:{operation} was not answered: {error}") from error
    return answer


def pages(
    clients: Clients, service: str, operation: str, result: str, resource: str = "*", **request: Any
) -> Iterator[Any]:
    """Yield each element of a list of all pages. Raises CallRefused."""
    try:
        for page in clients(service).get_paginator(xform_name(operation)).paginate(**request):
            yield from page.get(result, ())
    except ClientError as error:
        raise refusal(error, service, operation, resource) from error
    except BotoCoreError as error:
        raise CallRefused(f"{service}:{operation} was not answered: {error}") from error


def refusal(error: ClientError, service: str, operation: str, resource: str = "*") -> CallRefused:
    """Return a refusal in our words: fact, consequence, action."""
    told: Mapping[str, Any] = error.response.get("Error", {})
    code, message = str(told.get("Code", "")), str(told.get("Message", error))
    lines = [f"AWS refuses {service}:{operation} ({code}): {message}"]
    if code in _DENIED:
        wanted = Permission(f"{service}:{_ACTIONS.get(operation, operation)}", resource)
        lines += ["Add this statement to a policy of your role:", statement(wanted)]
    if operation in _CREATES_A_MONITOR and (code in _DENIED or code == "ValidationException"):
        lines.append(_CLOSED)
    absent = code in _ABSENT or (code == "ValidationException" and message.startswith("Could not find"))
    return CallRefused("\n".join(lines), code=code, absent=absent)


def statement(*wanted: Permission) -> str:
    """Return one statement of an IAM policy in JSON, which allows all given actions on their resources."""
    actions = sorted({each.action for each in wanted})
    resources = sorted({each.resource for each in wanted})
    return json.dumps({"Effect": "Allow", "Action": actions, "Resource": resources}, indent=2)
