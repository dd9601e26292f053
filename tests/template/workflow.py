"""The workflow of remedies as it is deployed, and the paths through it."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from tests.template.deployed import ROOT, Deployed

FILE = ROOT / "statemachines" / "remediation.asl.yaml"

type States = dict[str, dict[str, Any]]


@cache
def written() -> dict[str, Any]:
    """Return the definition as it is written."""
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def deployed(stack: Deployed) -> dict[str, Any]:
    """Return the definition with the template's substitutions."""
    text = FILE.read_text(encoding="utf-8")
    for name, value in substitutions(stack).items():
        text = text.replace(f"${{{name}}}", value)
    return dict(yaml.safe_load(text))


def substitutions(stack: Deployed) -> dict[str, str]:
    """Return the template's substitutions for the definition, by name."""
    return dict(stack.properties("Remediation")["DefinitionSubstitutions"])


def states() -> States:
    """Return the states by name."""
    return dict(written()["States"])


def tasks() -> States:
    """Return the states that call a function."""
    return {name: state for name, state in states().items() if state["Type"] == "Task"}


def waiting() -> States:
    """Return the tasks that end when their token is sent back."""
    return {name: task for name, task in tasks().items() if task["Resource"].endswith(".waitForTaskToken")}


def ways(state: Mapping[str, Any]) -> Iterator[str]:
    """Yield the states that can follow a state."""
    yield from (state[key] for key in ("Next", "Default") if key in state)
    yield from (one["Next"] for key in ("Choices", "Catch") for one in state.get(key, ()))


def reached(start: str, without: frozenset[str] = frozenset()) -> set[str]:
    """Return all states that can be reached from one, including itself, on paths that avoid the states of `without`."""
    found: set[str] = set()
    next_ones = {start} - without
    while next_ones:
        found |= next_ones
        next_ones = {to for name in next_ones for to in ways(states()[name])} - found - without
    return found


def outcomes(choice: str) -> dict[str, str]:
    """Return the next state of a choice, by the compared word."""
    return {one["StringEquals"]: one["Next"] for one in states()[choice]["Choices"] if "StringEquals" in one}
