"""botocore's description of a service, read from its data files without botocore's own classes.

`botocore.model` imports a whole HTTP stack, which takes longer than the replay of a day. The classes here have the
attributes of botocore's that recordings need, so botocore's validator, paginator and exceptions accept them, too.
"""

import gzip
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from botocore import BOTOCORE_ROOT
from botocore.exceptions import UnknownServiceError

_DATA: Final = Path(BOTOCORE_ROOT) / "data"


class Shape:
    """The type of a value. `metadata` are the constraints of the value, `serialization` is its place in a request."""

    def __init__(self, name: str, described: Mapping[str, Any], service: "ServiceModel") -> None:
        """Keep the name, the description, and the service that knows the other shapes."""
        self.name = name
        self.type_name: str = described["type"]
        # botocore keeps constraints and places apart. Their names differ, so readers of either find the same.
        self.metadata = self.serialization = self._described = described
        self._service = service

    @property
    def required_members(self) -> list[str]:
        """Return the members that an object of the shape must have."""
        found: list[str] = self._described.get("required", [])
        return found


class StructureShape(Shape):
    """The type of an object with known members."""

    @cached_property
    def members(self) -> dict[str, Shape]:
        """Return the shapes of the members."""
        return {name: self._service.shape(each) for name, each in self._described.get("members", {}).items()}

    @property
    def error_code(self) -> str | None:
        """Return the code of the error that an object of the shape reports; None if it is not an error."""
        if not self._described.get("exception", False):
            return None
        code: str = self._described.get("error", {}).get("code") or self.name
        return code

    @property
    def is_document_type(self) -> bool:
        """Return whether it may contain any JSON."""
        return bool(self._described.get("document", False))

    @property
    def is_tagged_union(self) -> bool:
        """Return whether exactly one member must exist."""
        return bool(self._described.get("union", False))


class ListShape(Shape):
    """The type of a list."""

    @cached_property
    def member(self) -> Shape:
        """Return the shape of its items."""
        return self._service.shape(self._described["member"])


class MapShape(Shape):
    """The type of an object with any keys."""

    @cached_property
    def key(self) -> Shape:
        """Return the shape of its keys."""
        return self._service.shape(self._described["key"])

    @cached_property
    def value(self) -> Shape:
        """Return the shape of its values."""
        return self._service.shape(self._described["value"])


_SHAPES: Final[dict[str, type[Shape]]] = {"structure": StructureShape, "list": ListShape, "map": MapShape}


class OperationModel:
    """One operation of a service."""

    def __init__(self, name: str, described: Mapping[str, Any], service: "ServiceModel") -> None:
        """Keep the name, the description, and the service."""
        self.name = name
        self.service_model = service
        self._described = described

    @cached_property
    def input_shape(self) -> StructureShape | None:
        """Return the shape of the parameters, None without any."""
        return self._structure("input")

    @cached_property
    def output_shape(self) -> StructureShape | None:
        """Return the shape of the response, None without one."""
        return self._structure("output")

    @cached_property
    def error_shapes(self) -> list[Shape]:
        """Return the shapes of its errors."""
        return [self.service_model.shape(each) for each in self._described.get("errors", ())]

    @property
    def has_streaming_output(self) -> bool:
        """Return whether the response is a stream of bytes."""
        shape = self.output_shape
        payload = shape.serialization.get("payload") if shape is not None else None
        return shape is not None and payload is not None and shape.members[payload].type_name == "blob"

    def _structure(self, part: str) -> StructureShape | None:
        if part not in self._described:
            return None
        return cast("StructureShape", self.service_model.shape(self._described[part]))


class ServiceModel:
    """All operations and shapes of a service, by boto3's name of it."""

    def __init__(self, service_name: str) -> None:
        """Read the description of a service. Raises UnknownServiceError."""
        described = data_of(service_name, "service-2")
        self.service_name = service_name
        self.metadata: dict[str, Any] = described["metadata"]
        self._operations: dict[str, Any] = described["operations"]
        self._shapes: dict[str, Any] = described["shapes"]

    @property
    def operation_names(self) -> list[str]:
        """Return the names of all operations."""
        return list(self._operations)

    @property
    def error_shapes(self) -> list[Shape]:
        """Return the shapes of all errors."""
        return [self.shape({"shape": name}) for name, each in self._shapes.items() if each.get("exception", False)]

    def operation_model(self, name: str) -> OperationModel:
        """Return an operation. Raises KeyError if the service does not have it."""
        return OperationModel(name, self._operations[name], self)

    def shape(self, reference: Mapping[str, Any]) -> Shape:
        """Return the shape that a reference names, with the traits that the reference adds."""
        name = reference["shape"]
        described = {**self._shapes[name], **reference}
        return _SHAPES.get(described["type"], Shape)(name, described, self)


def data_of(service: str, kind: str) -> dict[str, Any]:
    """Return a data file of a service in its newest version, such as `service-2`, with botocore's own additions to it.

    Raises UnknownServiceError if there is none.
    """
    folder = _DATA / service
    versions = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else ()
    for version in versions:
        if (found := _read(version / kind)) is not None:
            extras = _read(version / f"{kind}.sdk-extras") or {}
            _merge(found, extras.get("merge", {}))
            return found
    known = sorted(each.name for each in _DATA.iterdir() if each.is_dir())
    raise UnknownServiceError(service_name=service, known_service_names=", ".join(known))


def _read(file: Path) -> dict[str, Any] | None:
    for name, read in ((f"{file}.json", bytes), (f"{file}.json.gz", gzip.decompress)):
        try:
            with open(name, "rb") as stream:  # noqa: PTH123  the endings follow dots
                return msgspec.json.decode(read(stream.read()), type=dict[str, Any])
        except FileNotFoundError:
            continue
    return None


def _merge(base: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value
