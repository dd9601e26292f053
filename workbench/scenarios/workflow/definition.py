"""A definition in Amazon States Language, as far as the workflow of remedies uses it. Unknown elements are refused."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from msgspec import Struct

REMEDIATION: Final = Path(__file__).parents[3] / "statemachines" / "remediation.asl.yaml"
"""The definition that template.yaml deploys."""

type State = Mapping[str, Any]

_ANY: Final = {"Type", "Comment"}
_ENDS: Final = {"Next", "End"}
_KNOWN: Final[dict[str, set[str]]] = {
    "Task": _ANY
    | _ENDS
    | {"Resource", "Parameters", "OutputPath", "ResultPath", "TimeoutSeconds", "TimeoutSecondsPath", "Retry", "Catch"},
    "Choice": _ANY | {"Choices", "Default"},
    "Wait": _ANY | _ENDS | {"Seconds", "SecondsPath"},
    "Pass": _ANY | _ENDS | {"Result", "ResultPath"},
    "Succeed": _ANY,
    "Fail": _ANY | {"Error", "Cause"},
}


class NotPlayed(Exception):
    """The definition uses an element that is not played here."""


class Definition(Struct, frozen=True):
    """The start state, and the states by name."""

    start: str
    states: Mapping[str, State]


@cache
def remediation() -> Definition:
    """Return the workflow of remedies as it is deployed. Raises OSError, NotPlayed."""
    return definition_of(REMEDIATION.read_text(encoding="utf-8"))


def definition_of(text: str) -> Definition:
    """Return the definition in a YAML text. Raises NotPlayed."""
    document = yaml.safe_load(text)
    states: dict[str, State] = document["States"]
    for name, state in states.items():
        kind = state["Type"]
        if kind not in _KNOWN:
            raise NotPlayed(f"{name} is of type {kind}")
        if unknown := set(state) - _KNOWN[kind]:
            raise NotPlayed(f"{name} has {', '.join(sorted(unknown))}")
    return Definition(document["StartAt"], states)
