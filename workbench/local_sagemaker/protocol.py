"""AWS's JSON 1.1 protocol, checked by botocore's models of SageMaker, Application Auto Scaling and CodePipeline.

The operations of the first two differ in name. Those of CodePipeline have their names in IAM, `codepipeline:…`, since
SageMaker starts and lists pipelines, too.

A request is read into Python (times become datetimes), then checked as in the service: missing, too long, out of
pattern, not in the enumeration. Before an answer is written, it is checked by the same rules, and unknown fields are
refused.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from workbench.local_sagemaker.errors import ApiError, WrongAnswer, invalid
from workbench.local_sagemaker.world import Document

SERVICES = ("sagemaker", "application-autoscaling", "codepipeline")
_BY_NAME = SERVICES[:2]
_PREFIXES = {"CodePipeline_20150709": "codepipeline:"}
CONTENT_TYPE = "application/x-amz-json-1.1"


@cache
def service_model(service: str = "sagemaker") -> ServiceModel:
    """Return botocore's description of a service. It is loaded once, because SageMaker's is 2 MB of JSON."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def operation_model(operation: str) -> OperationModel:
    """Return the model of an operation. Raises ApiError UnknownOperationException if no service has it."""
    service, _, name = operation.rpartition(":")
    for model in map(service_model, [service] if service in SERVICES else _BY_NAME):
        if name in model.operation_names:
            return model.operation_model(name)
    raise ApiError("UnknownOperationException", f"SageMaker has no operation {operation!r}.")


def action(operation: str) -> str:
    """Return IAM's name: `sagemaker:UpdateEndpoint`, `application-autoscaling:DescribeScalableTargets`."""
    model = operation_model(operation)
    return f"{model.service_model.signing_name}:{model.name}"


def operation_of(target: str) -> str:
    """Return the operation in the header X-Amz-Target: `UpdateEndpoint` of `SageMaker.UpdateEndpoint`."""
    prefix, _, name = target.rpartition(".")
    return f"{_PREFIXES.get(prefix, '')}{name}"


def read_request(operation: str, body: object) -> Document:
    """Return the request's parameters.

    Raises:
        ApiError: SerializationException for a wrong type, ValidationException for a wrong value.
    """
    if not isinstance(body, dict):
        raise ApiError("SerializationException", "The request is not a JSON object.")
    shape = operation_model(operation).input_shape
    if shape is None:
        return {}
    request: Document = _read(shape, body, "")
    complaints = list(_complaints(shape, request, ""))
    if complaints:
        errors = "error" if len(complaints) == 1 else "errors"
        raise invalid(f"{len(complaints)} validation {errors} detected: {'; '.join(complaints)}")
    return request


def write_answer(operation: str, answer: Document) -> Document:
    """Return the answer as JSON, times as epoch seconds. Raises WrongAnswer if SageMaker could not give it."""
    shape = operation_model(operation).output_shape
    if shape is None:
        if answer:
            raise WrongAnswer(f"{operation} has no answer, not {sorted(answer)}")
        return {}
    complaints = list(_complaints(shape, answer, ""))
    if complaints:
        raise WrongAnswer(f"{operation}: {'; '.join(complaints)}")
    written: Document = _write(answer)
    return written


def trim(shape_name: str, document: Document) -> Document:
    """Return the part of `document` that the named structure has, such as a summary of a description."""
    shape = service_model().shape_for(shape_name)
    if not isinstance(shape, StructureShape):
        raise TypeError(f"{shape_name} is no structure")
    return {key: value for key, value in document.items() if key in shape.members}


def _read(shape: Shape, value: Any, at: str) -> Any:
    match shape:
        case StructureShape() if isinstance(value, dict):
            # AWS ignores unknown members. This server refuses them, so that a spelling mistake becomes visible.
            unknown = value.keys() - shape.members.keys()
            if unknown:
                raise ApiError(
                    "SerializationException", f"Unknown field at '{at or '/'}': {', '.join(sorted(unknown))}"
                )
            return {
                key: _read(shape.members[key], item, _below(at, key)) for key, item in value.items() if item is not None
            }
        case ListShape() if isinstance(value, list):
            return [_read(shape.member, item, f"{at}.{place}.member") for place, item in enumerate(value, 1)]
        case MapShape() if isinstance(value, dict):
            return {key: _read(shape.value, item, _below(at, key)) for key, item in value.items()}
    if shape.type_name == "timestamp" and _is_number(value):
        return datetime.fromtimestamp(value, UTC)
    if shape.type_name in ("float", "double") and _is_number(value):
        return float(value)
    if _fits(shape, value) and shape.type_name != "timestamp":
        return value
    raise ApiError("SerializationException", f"{type(value).__name__} cannot be read as {shape.type_name} at '{at}'")


def _complaints(shape: Shape, value: Any, at: str) -> Iterator[str]:
    if not _fits(shape, value):
        yield f"Value at '{at}' is {type(value).__name__}, not {shape.type_name}"
        return
    match shape:
        case StructureShape():
            yield from _complaints_of_members(shape, value, at)
        case ListShape():
            for place, item in enumerate(value, 1):
                yield from _complaints(shape.member, item, f"{at}.{place}.member")
        case MapShape():
            for key, item in value.items():
                yield from _complaints(shape.key, key, at)
                yield from _complaints(shape.value, item, _below(at, key))
    for rule in _broken_rules(shape, value):
        yield f"Value '{value}' at '{at}' failed to satisfy constraint: {rule}"


def _complaints_of_members(shape: StructureShape, value: Document, at: str) -> Iterator[str]:
    for key in shape.required_members:
        if key not in value:
            yield f"Value null at '{_below(at, key)}' failed to satisfy constraint: Member must not be null"
    for key, item in value.items():
        if key in shape.members:
            yield from _complaints(shape.members[key], item, _below(at, key))
        else:
            yield f"Unknown field '{_below(at, key)}'"


def _broken_rules(shape: Shape, value: Any) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    sized = isinstance(value, str | list | dict)
    size = len(value) if sized else value
    what = "have length" if sized else "have value"
    if isinstance(size, int | float):
        if least is not None and size < least:
            yield f"Member must {what} greater than or equal to {least}"
        if most is not None and size > most:
            yield f"Member must {what} less than or equal to {most}"
    if isinstance(value, str):
        values = shape.metadata.get("enum")
        if values and value not in values:
            yield f"Member must satisfy enum value set: [{', '.join(values)}]"
        pattern = _pattern(shape.metadata.get("pattern", ""))
        if pattern and not pattern.fullmatch(value):
            yield f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}"


@cache
def _pattern(pattern: str) -> re.Pattern[str] | None:
    """Return the compiled pattern, or None if there is none.

    The few patterns in Java's own dialect (its letter classes) give None, too, and are not checked.
    """
    try:
        return re.compile(pattern) if pattern else None
    except re.error:
        return None


def _fits(shape: Shape, value: Any) -> bool:
    match shape.type_name:
        case "structure" | "map":
            return isinstance(value, dict)
        case "list":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer" | "long":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float" | "double":
            return _is_number(value)
        case "timestamp":
            return isinstance(value, datetime)
        case other:
            raise NotImplementedError(f"SageMaker's model had no {other} when this was written")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _write(value: Any) -> Any:
    match value:
        case datetime():
            return value.timestamp()
        case dict():
            return {key: _write(item) for key, item in value.items()}
        case list():
            return [_write(item) for item in value]
        case _:
            return value


def _below(at: str, key: str) -> str:
    name = key[:1].lower() + key[1:]
    return f"{at}.{name}" if at else name
