"""Answers in the shapes that boto3 gives them, after botocore's own service model."""

import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, NamedTuple, cast

from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, StructureShape
from botocore.response import StreamingBody

from workbench.recordings.values import Misshapen, reader_of

_LOADER: Final = Loader()
# What an abbreviated answer may leave out, being what it nearly always is.
_USUAL: Final = {"MonitoringScheduleStatus": "Scheduled"}
_METADATA: Final = {"ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}}


class Owner(NamedTuple):
    """Whose things the answers tell of."""

    account: str
    region: str


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
    if operation.output_shape is None:
        return {**_METADATA}
    reading = _reading(operation.service_model.service_name, operation.name)
    body = reading.body(answer)
    for name in reading.required:
        if name not in body and name in asked:
            body[name] = asked[name]
    for name in reading.required_texts:
        if name not in body:
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


class _Reading(NamedTuple):
    """How the answers to one operation are read: worked out of the model once, for there may be millions of them."""

    body: Callable[[Mapping[str, object]], dict[str, object]]
    required: tuple[str, ...]
    required_texts: tuple[str, ...]


@cache
def _reading(service: str, operation: str) -> _Reading:
    model = service_model(service).operation_model(operation)
    shape = cast("StructureShape", model.output_shape)
    read = reader_of(shape)

    def body(answer: Mapping[str, object]) -> dict[str, object]:
        try:
            return read(answer)
        except Misshapen as error:
            raise Misshapen(f"$.response{error.path}", error.why) from error

    required = tuple(shape.required_members)
    texts = tuple(name for name in required if shape.members[name].type_name == "string")
    payload = shape.serialization.get("payload") if model.has_streaming_output else None
    if payload is None:
        return _Reading(body, required, texts)
    length = "ContentLength" in shape.members

    def streaming(answer: Mapping[str, object]) -> dict[str, object]:
        told = body({name: part for name, part in answer.items() if name != payload})
        data = _bytes(answer.get(payload))
        told[payload] = StreamingBody(io.BytesIO(data), len(data))
        if length:
            told.setdefault("ContentLength", len(data))
        return told

    return _Reading(streaming, required, texts)


def _bytes(body: object) -> bytes:
    """A recorded body: text as it is, JSON that was not put into a text as JSON, nothing as no bytes."""
    if body is None:
        return b""
    return body.encode(errors="replace") if isinstance(body, str) else json.dumps(body).encode()
