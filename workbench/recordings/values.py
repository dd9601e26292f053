"""Recorded values as boto3 returns them, by the shapes of botocore's own service model: times are datetimes.

The reader of a shape is built once, as a function, because a long recording has millions of answers of a few shapes.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from workbench.recordings.recording import moment
from workbench.recordings.service_model import ListShape, MapShape, Shape, StructureShape

type _Read = Callable[[object], object]

_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "string": str,
    "character": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
}

_TEXT: Final = frozenset({str})


class Misshapen(ValueError):
    """An answer does not have AWS's shape. `path` is the place within the response."""

    def __init__(self, path: str, why: str) -> None:
        """Keep place and reason apart."""
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why

    def below(self, path: str) -> "Misshapen":
        """Return the same fault from a higher level: `path` leads from there to the beginning of this path."""
        return Misshapen(f"{path}{self.path}", self.why)


def reader_of(shape: StructureShape, as_it_is: str | None = None) -> Callable[[object], dict[str, object]]:
    """Return the reader for an object of this shape, without the member that stays `as_it_is`.

    The reader raises Misshapen, with the path below the object.
    """
    return _structure(shape, {}, as_it_is)


def _value(shape: Shape, known: dict[str, _Read]) -> _Read:
    """Return the reader for a value of this shape. Shapes may contain themselves.

    The reader raises Misshapen with the path below the value.
    """
    if shape.name not in known:
        known[shape.name] = lambda value: known[shape.name](value)  # noqa: PLW0108  by then it is another
        known[shape.name] = _made(shape, known)
    return known[shape.name]


def _made(shape: Shape, known: dict[str, _Read]) -> _Read:
    match shape:
        case StructureShape():
            return _structure(shape, known)
        case ListShape():
            return _list(_value(shape.member, known))
        case MapShape():
            return _map(_value(shape.value, known), of_texts=shape.value.type_name == "string")
    match shape.type_name:
        case "timestamp":
            return _time
        case "blob":
            return lambda value: str(value).encode()
        case plain:
            return _scalar(plain)


def _structure(
    shape: StructureShape, known: dict[str, _Read], as_it_is: str | None = None
) -> Callable[[object], dict[str, object]]:
    texts = frozenset(name for name, member in shape.members.items() if member.type_name == "string")
    others = {name: _value(member, known) for name, member in shape.members.items() if name != as_it_is}

    def read(value: object) -> dict[str, object]:
        # These are a third of all structures, and they are read in one step.
        if isinstance(value, dict) and texts >= value.keys() and _TEXT.issuperset(map(type, value.values())):
            return value
        found: dict[str, object] = {}
        name = ""
        try:
            for name, part in _mapping(value).items():
                if isinstance(part, str) and name in texts:
                    found[name] = part
                elif part is not None:  # boto3 leaves out what does not exist
                    member = others.get(name)
                    # A member that is newer than this botocore stays unchanged.
                    found[name] = part if member is None else member(part)
        except Misshapen as error:
            raise error.below(f".{name}" if name else "") from error
        return found

    return read


def _map(member: _Read, *, of_texts: bool) -> _Read:
    def read(value: object) -> object:
        name = ""
        if of_texts and isinstance(value, dict) and _TEXT.issuperset(map(type, value.values())):
            return value
        try:
            return {(name := key): member(part) for key, part in _mapping(value).items()}
        except Misshapen as error:
            raise error.below(f".{name}" if name else "") from error

    return read


def _list(member: _Read) -> _Read:
    def read(value: object) -> object:
        if not isinstance(value, list):
            raise Misshapen("", "is not a list")
        found: list[object] = []
        try:
            for part in value:
                found.append(member(part))  # noqa: PERF401  its length is the place of a fault
        except Misshapen as error:
            raise error.below(f"[{len(found)}]") from error
        return found

    return read


def _scalar(name: str) -> _Read:
    types = _TYPES[name]

    def read(value: object) -> object:
        if not isinstance(value, types):
            raise Misshapen("", f"is not of type {name}")
        return value

    return read


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Misshapen("", "is not an object")
    return value


def _time(value: object) -> datetime:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)  # AWS's JSON protocols write seconds since 1970
        return moment(value)
    except (ValueError, OverflowError, OSError) as error:
        raise Misshapen("", str(error)) from error
