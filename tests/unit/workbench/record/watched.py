"""Answers that note at which of their places they were read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, override

from workbench.recordings.service_model import ListShape, MapShape, Shape, StructureShape

type Path = tuple[str, ...]

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Watched(dict[str, Any]):
    """An object of an answer. `read` gathers the dotted places of every value that somebody took out and that holds no more objects."""

    def __init__(self, told: dict[str, Any], read: set[str], path: Path = ()) -> None:
        self._read, self._path = read, path
        super().__init__({name: self._watched(name, value) for name, value in told.items()})

    def _watched(self, name: str, value: Any) -> Any:
        path = (*self._path, name)
        if isinstance(value, dict):
            return Watched(value, self._read, path)
        if isinstance(value, list):
            return [self._watched(name, each) for each in value]
        return value

    def _note(self, name: str) -> None:
        value = super().get(name)
        inner = value[0] if isinstance(value, list) and value else value
        if not isinstance(inner, Watched):
            self._read.add(".".join((*self._path, name)))

    @override
    def __getitem__(self, name: str) -> Any:
        self._note(name)
        return super().__getitem__(name)

    @override
    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    @override
    def __contains__(self, name: object) -> bool:
        self._note(str(name))
        return super().__contains__(name)

    @override
    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            self._note(name)
            yield name

    @override
    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    @override
    def values(self) -> Any:
        return [self[name] for name in self]

    @override
    def keys(self) -> Any:
        return list(self)


def full(shape: Shape, values: dict[str, Any], within: Path = ()) -> Any:
    """A value of a shape in which every member is there, one of each list; members named in `values` hold those."""
    match shape:
        case StructureShape():
            return {
                name: values.get(name, full(member, values, (*within, shape.name)))
                for name, member in shape.members.items()
                if member.name not in within
            }
        case ListShape():
            return [] if shape.member.name in within else [full(shape.member, values, (*within, shape.name))]
        case MapShape():
            names = values.get(shape.name, ("x",))
            return {name: full(shape.value, values, (*within, shape.name)) for name in names}
    return {"timestamp": NOON, "boolean": True, "integer": 1, "long": 1, "double": 1.0, "float": 1.0}.get(
        shape.type_name, "x"
    )


def without(told: Any, path: Path) -> Any:
    """The same without what lies at a place."""
    if isinstance(told, list):
        return [without(each, path) for each in told]
    if not isinstance(told, dict):
        return told
    name, *rest = path
    if not rest:
        return {key: value for key, value in told.items() if key != name}
    return {key: without(value, tuple(rest)) if key == name else value for key, value in told.items()}
