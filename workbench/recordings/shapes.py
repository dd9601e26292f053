"""Answers in boto3's shapes, built with botocore's own service model."""

import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, NamedTuple

from botocore import xform_name
from botocore.exceptions import UnknownServiceError

from workbench.recordings.service_model import OperationModel, ServiceModel, data_of
from workbench.recordings.values import Misshapen, reader_of

# An abbreviated answer may leave these out, because they nearly always have these values.
_USUAL: Final = {"MonitoringScheduleStatus": "Scheduled"}
_METADATA: Final = {"ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}}


class Owner(NamedTuple):
    """The account and Region of the answers."""

    account: str
    region: str


@cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service, by boto3's client name. Raises UnknownServiceError."""
    return ServiceModel(service)


@cache
def result_keys(service: str) -> dict[str, tuple[str, ...]]:
    """Return the listing operations of a service and the lists in their answers."""
    try:
        pages = data_of(service, "paginators-1")["pagination"]
    except UnknownServiceError:
        return {}
    return {
        operation: tuple([keys] if isinstance(keys := page["result_key"], str) else keys)
        for operation, page in pages.items()
    }


@cache
def pagination(service: str) -> Mapping[str, dict[str, object]]:
    """Return botocore's paginator configuration of each listing operation."""
    found: dict[str, dict[str, object]] = data_of(service, "paginators-1")["pagination"]
    return found


def body_of(operation: OperationModel, answer: Mapping[str, object]) -> dict[str, object]:
    """Return a recorded response with boto3's values: times are datetimes.

    A stream stays as it was written, because it can be read only once. Raises Misshapen with the place of the fault.
    """
    return _reading(operation.service_model.service_name, operation.name).body(answer)


def response_of(
    operation: OperationModel, body: Mapping[str, object], asked: Mapping[str, object], owner: Callable[[], Owner]
) -> dict[str, object]:
    """Return a recorded response as boto3 would have returned it; `body` is the result of `body_of`.

    An abbreviated answer is completed from the request: the answer about a thing repeats its name, and its ARN consists
    of name and owner. A schedule without a status is `Scheduled`. Raises Misshapen with the place of the fault.
    """
    reading = _reading(operation.service_model.service_name, operation.name)
    told = {**_METADATA, **body}
    if not reading.required <= told.keys():
        for name in reading.required:
            if name not in told and name in asked:
                told[name] = asked[name]
        for name in reading.required_texts:
            if name not in told:
                told[name] = _USUAL.get(name) or _arn(operation, name, told, owner())
    if reading.stream is not None:
        from botocore.response import StreamingBody

        data = _bytes(body.get(reading.stream))
        told[reading.stream] = StreamingBody(io.BytesIO(data), len(data))
        if reading.has_length:
            told.setdefault("ContentLength", len(data))
    return told


def empty_listing(service: str, operation: str) -> dict[str, object]:
    """Return the empty answer of a listing operation."""
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
    """A reader of the answers to one operation, derived from the model once, because there may be millions of them."""

    body: Callable[[Mapping[str, object]], dict[str, object]]
    required: frozenset[str] = frozenset()
    required_texts: tuple[str, ...] = ()
    stream: str | None = None
    has_length: bool = False


@cache
def _reading(service: str, operation: str) -> _Reading:
    model = service_model(service).operation_model(operation)
    shape = model.output_shape
    if shape is None:
        return _Reading(lambda _: {})
    stream = shape.serialization.get("payload") if model.has_streaming_output else None
    read = reader_of(shape, as_it_is=stream)

    def body(answer: Mapping[str, object]) -> dict[str, object]:
        try:
            return read(answer)
        except Misshapen as error:
            raise Misshapen(f"$.response{error.path}", error.why) from error

    required = tuple(shape.required_members)
    texts = tuple(name for name in required if shape.members[name].type_name == "string")
    return _Reading(body, frozenset(required), texts, stream, "ContentLength" in shape.members)


def _bytes(body: object) -> bytes:
    """Return a recorded body as bytes: text unchanged, other JSON as JSON, and nothing as no bytes."""
    if body is None:
        return b""
    return body.encode(errors="replace") if isinstance(body, str) else json.dumps(body).encode()
