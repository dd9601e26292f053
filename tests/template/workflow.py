"""The workflow of remedies as it is deployed, and the ways through it."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from tests.template.deployed import ROOT, Deployed

FILE = ROOT / "statemachines" / "remediation.asl.yaml"

type States = dict[str, dict[str, Any]]


@cache
def written() -> dict[str, Any]:
    """The definition as it is written."""
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def deployed(stack: Deployed) -> dict[str, Any]:
    """The definition with everything in it that the template puts there."""
    text = FILE.read_text(encoding="utf-8")
    for name, value in substitutions(stack).items():
        text = text.replace(f"${{{name}}}", value)
    return dict(yaml.safe_load(text))


def substitutions(stack: Deployed) -> dict[str, str]:
    """What the template puts into the definition, by name."""
    return dict(stack.properties("Remediation")["DefinitionSubstitutions"])


def states() -> States:
    """By name."""
    return dict(written()["States"])


def tasks() -> States:
    """The states that call a function."""
    return {name: state for name, state in states().items() if state["Type"] == "Task"}


def waiting() -> States:
    """The tasks that end when somebody hands their token back."""
    return {name: task for name, task in tasks().items() if task["Resource"].endswith(".waitForTaskToken")}


def ways(state: Mapping[str, Any]) -> Iterator[str]:
    """The states that may come after one."""
    yield from (state[key] for key in ("Next", "Default") if key in state)
    yield from (one["Next"] for key in ("Choices", "Catch") for one in state.get(key, ()))


def reached(start: str, without: frozenset[str] = frozenset()) -> set[str]:
    """All states that can be reached from one, itself among them, on ways that pass none of some others."""
    found: set[str] = set()
    next_ones = {start} - without
    while next_ones:
        found |= next_ones
        next_ones = {to for name in next_ones for to in ways(states()[name])} - found - without
    return found


def outcomes(choice: str) -> dict[str, str]:
    """Where a choice goes, by the word that it compares."""
    return {one["StringEquals"]: one["Next"] for one in states()[choice]["Choices"] if "StringEquals" in one}
