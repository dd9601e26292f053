"""Types of botocore's shapes for msgspec, which then decodes and checks an answer in one go."""

from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, TypedDict

from botocore.model import ListShape, MapShape, Shape, StructureShape
from msgspec import Meta

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
    """A shape that holds itself, or bytes: that is read the patient way."""


@cache
def type_of(service: str, operation: str) -> Any:
    """The type of an operation's response, or None where there is none for it.

    What fits it is what `body_of` makes of a response, but for members that this botocore does not know: they are left
    out. What does not fit it may yet be a response: null stands for what is not there, a time may be a number.
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
