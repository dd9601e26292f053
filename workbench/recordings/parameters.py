"""Refuses the parameters of a call that boto3 refuses."""

from collections.abc import Mapping
from typing import Any, Final, cast

from botocore.exceptions import ParamValidationError

from workbench.recordings.service_model import Shape, StructureShape

_NEVER: Final = float("inf")


class Parameters:
    """The parameters of one operation."""

    def __init__(self, shape: StructureShape) -> None:
        """Keep `shape`, the operation's input."""
        self._shape = shape
        self._required = frozenset(shape.required_members)
        self._least = {name: _least(member) for name, member in shape.members.items()}

    def check(self, asked: Mapping[str, object]) -> None:
        """Raise ParamValidationError if boto3 would.

        Plain texts, which are in nearly every call, are checked here. All else goes to botocore's validator, which
        takes far longer.
        """
        if self._are_sound(asked):
            return
        from botocore.validate import ParamValidator

        report = ParamValidator().validate(asked, cast("Any", self._shape))
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())

    def _are_sound(self, asked: Mapping[str, object]) -> bool:
        for name, value in asked.items():
            if not isinstance(value, str) or len(value) < self._least.get(name, _NEVER):
                return False
        return self._required <= asked.keys()


def _least(shape: Shape) -> float:
    """Return the minimum of characters that is certainly allowed; infinity if this is not a plain text."""
    if shape.type_name != "string" or shape.serialization.get("jsonvalue", False):
        return _NEVER
    return max(1, int(shape.metadata.get("min", 0)))
