"""Types of botocore's shapes for msgspec, which then decodes and checks an answer in one step."""

from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, TypedDict

from msgspec import Meta

from workbench.recordings.service_model import ListShape, MapShape, Shape, StructureShape
from workbench.recordings.shapes import service_model

_PLAIN: Final[dict[str, Any]] = {
    "string": str,
    "character": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "timestamp": Annotated[datetime, Meta(tz=True)],
}


class _NoType(Exception):
    """The shape contains itself, or bytes; the slower reader handles it."""


@cache
def type_of(service: str, operation: str) -> Any:
    """Return the type of an operation's response, or None if it cannot have one.

    A fitting response decodes to the same value as `body_of` returns, without members that this botocore does not know.
    A response that does not fit may still be valid: null means absent, and a time may be a number.
    """
    model = service_model(service).operation_model(operation)
    if model.output_shape is None or model.has_streaming_output:
        return None
    try:
        return _typed(model.output_shape, ())
    except _NoType:
        return None


def _typed(shape: Shape, within: tuple[str, ...]) -> Any:
    if shape.name in within:
        raise _NoType(shape.name)
    within = (*within, shape.name)
    match shape:
        case StructureShape():
            members = {name: _typed(member, within) for name, member in shape.members.items()}
            return TypedDict(shape.name, members, total=False)  # type: ignore[operator]  # made of a model at run time
        case ListShape():
            return list[_typed(shape.member, within)]  # type: ignore[misc]
        case MapShape():
            return dict[str, _typed(shape.value, within)]  # type: ignore[misc]
    if shape.type_name not in _PLAIN:
        raise _NoType(shape.type_name)
    return _PLAIN[shape.type_name]
