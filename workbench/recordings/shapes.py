"""Answers in the shapes that boto3 gives them, after botocore's own service model."""

import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Final, NamedTuple

from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.response import StreamingBody

from workbench.recordings.recording import moment

_LOADER: Final = Loader()
_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "string": str,
    "character": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
}
# What an abbreviated answer may leave out, being what it nearly always is.
_USUAL: Final = {"MonitoringScheduleStatus": "Scheduled"}
_METADATA: Final = {"ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}}


class Owner(NamedTuple):
    """Whose things the answers tell of."""

    account: str
    region: str


class Misshapen(ValueError):
    """An answer does not have the shape that AWS gives it. `path` is the place within the response."""

    def __init__(self, path: str, why: str) -> None:
        """Keep place and reason apart."""
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


@cache
def service_model(service: str) -> ServiceModel:
    """What botocore knows of a service, by boto3's client name. Raises UnknownServiceError."""
    return ServiceModel(_LOADER.load_service_model(service, "service-2"), service)


@cache
def result_keys(service: str) -> dict[str, tuple[str, ...]]:
    """The listing operations of a service and the lists that their answers hold."""
    try:
        pages = _LOADER.load_service_model(service, "paginators-1")["pagination"]
    except UnknownServiceError:
        return {}
    return {
        operation: tuple([keys] if isinstance(keys := page["result_key"], str) else keys)
        for operation, page in pages.items()
    }


@cache
def pagination(service: str) -> Mapping[str, dict[str, object]]:
    """How botocore turns the pages of each listing operation."""
    found: dict[str, dict[str, object]] = _LOADER.load_service_model(service, "paginators-1")["pagination"]
    return found


def response_of(
    operation: OperationModel, answer: Mapping[str, object], asked: Mapping[str, object], owner: Callable[[], Owner]
) -> dict[str, object]:
    """A recorded response as boto3 would have returned it: times are datetimes, streams can be read.

    An abbreviated answer is filled up with what follows from the question: the answer about a thing repeats its name, and
    its ARN is made of name and owner; a schedule that nothing is said of is `Scheduled`.
    Raises Misshapen with the place of the fault.
    """
    shape = operation.output_shape
    if shape is None:
        return {**_METADATA}
    body = _structure(shape, answer, "$.response", operation)
    for name in shape.required_members:
        if name not in body and name in asked:
            body[name] = asked[name]
    for name in shape.required_members:
        if name not in body and shape.members[name].type_name == "string":
            body[name] = _USUAL.get(name) or _arn(operation, name, body, owner())
    return {**_METADATA, **body}


def empty_listing(service: str, operation: str) -> dict[str, object]:
    """The answer of a listing operation that found nothing."""
    return {key: [] for key in result_keys(service)[operation] if "." not in key}


def _arn(operation: OperationModel, member: str, body: Mapping[str, object], owner: Owner) -> str:
    kind = member.removesuffix("Arn")
    name = body.get(f"{kind}Name")
    if kind == member or not isinstance(name, str):
        raise Misshapen(f"$.response.{member}", "is missing, and AWS always gives it")
    service = operation.service_model.service_name
    resource = xform_name(kind, "-")  # MonitoringSchedule: monitoring-schedule
    return f"arn:aws:{service}:{owner.region}:{owner.account}:{resource}/{name.lower()}"


def _structure(
    shape: StructureShape, value: Mapping[str, object], path: str, operation: OperationModel | None = None
) -> dict[str, object]:
    payload = shape.serialization.get("payload") if operation is not None and operation.has_streaming_output else None
    read: dict[str, object] = {}
    for name, part in value.items():
        member = shape.members.get(name)
        if part is None:
            continue  # boto3 leaves out what is not there
        if member is None:
            read[name] = part  # newer than this botocore: kept as it is
        elif name == payload:
            continue
        else:
            read[name] = _value(member, part, f"{path}.{name}")
    if payload is not None:
        data = _bytes(value.get(payload))
        read[payload] = StreamingBody(io.BytesIO(data), len(data))
        if "ContentLength" in shape.members:
            read.setdefault("ContentLength", len(data))
    return read


def _bytes(body: object) -> bytes:
    """A recorded body: text as it is, JSON that was not put into a text as JSON, nothing as no bytes."""
    if body is None:
        return b""
    return body.encode(errors="replace") if isinstance(body, str) else json.dumps(body).encode()


def _value(shape: Shape, value: object, path: str) -> object:
    match shape:
        case StructureShape():
            return _structure(shape, _mapping(value, path), path)
        case ListShape():
            if not isinstance(value, list):
                raise Misshapen(path, "is not a list")
            return [_value(shape.member, part, f"{path}[{index}]") for index, part in enumerate(value)]
        case MapShape():
            return {name: _value(shape.value, part, f"{path}.{name}") for name, part in _mapping(value, path).items()}
    match shape.type_name:
        case "timestamp":
            return _time(value, path)
        case "blob":
            return str(value).encode()
        case plain:
            if not isinstance(value, _TYPES[plain]):
                raise Misshapen(path, f"is not of type {plain}")
            return value


def _mapping(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise Misshapen(path, "is not an object")
    return value


def _time(value: object, path: str) -> datetime:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)  # AWS's JSON protocols write seconds since 1970
        return moment(value)
    except (ValueError, OverflowError, OSError) as error:
        raise Misshapen(path, str(error)) from error
