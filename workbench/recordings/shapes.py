"""Answers in the shapes that boto3 gives them, after botocore's own service model."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Final

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.response import StreamingBody

from workbench.recordings.recording import moment

_LOADER: Final = Loader()


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


def response_of(operation: OperationModel, answer: Mapping[str, object]) -> dict[str, object]:
    """A recorded response as boto3 would have returned it: times are datetimes, streams can be read.

    Raises Misshapen with the place of the fault.
    """
    shape = operation.output_shape
    body = {} if shape is None else _structure(shape, answer, "$.response", operation)
    return {"ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}, **body}


def empty_listing(service: str, operation: str) -> dict[str, object]:
    """The answer of a listing operation that found nothing."""
    return {key: [] for key in result_keys(service)[operation] if "." not in key}


def _structure(
    shape: StructureShape, value: Mapping[str, object], path: str, operation: OperationModel | None = None
) -> dict[str, object]:
    streaming = operation is not None and operation.has_streaming_output
    read: dict[str, object] = {}
    for name, part in value.items():
        member = shape.members.get(name)
        if member is None or part is None:
            read[name] = part  # newer than this botocore: kept as it is
        elif streaming and name == shape.serialization.get("payload"):
            data = str(part).encode()
            read[name] = StreamingBody(io.BytesIO(data), len(data))
        else:
            read[name] = _value(member, part, f"{path}.{name}")
    return read


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
        case _:
            return value


def _mapping(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise Misshapen(path, "is not an object")
    return value


def _time(value: object, path: str) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)  # AWS's JSON protocols write seconds since 1970
    try:
        return moment(value)
    except ValueError as error:
        raise Misshapen(path, str(error)) from error
