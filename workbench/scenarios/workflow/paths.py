"""Paths into a state's input and its context, parameters that they fill, and choices that read them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.scenarios.workflow.definition import NotPlayed, State


class NoSuchPath(Exception):
    """The path points at nothing."""


def found(path: str, data: Any, context: Any) -> Any:
    """Return the value at a path: `$.a.b` in the input, `$$.a.b` in the context. Raises NoSuchPath."""
    whole, names = (context, path[2:]) if path.startswith("$$") else (data, path[1:])
    here = whole
    for name in names.split(".")[1:]:
        if not isinstance(here, Mapping) or name not in here:
            raise NoSuchPath(path)
        here = here[name]
    return here


def filled(template: Any, data: Any, context: Any) -> Any:
    """Return the parameters with every `"key.$": path` filled in."""
    if isinstance(template, Mapping):
        return dict(_filled(key, value, data, context) for key, value in template.items())
    return [filled(each, data, context) for each in template] if isinstance(template, list) else template


def _filled(key: str, value: Any, data: Any, context: Any) -> tuple[str, Any]:
    if key.endswith(".$"):
        return key[:-2], found(value, data, context)
    return key, filled(value, data, context)


def placed(result: Any, state: State, data: Any) -> Any:
    """Return a state's output: its result at its ResultPath, then the part that its OutputPath selects."""
    path = state.get("ResultPath", "$")
    whole = result if path == "$" else data if path is None else _put(path, result, data)
    return found(state["OutputPath"], whole, {}) if "OutputPath" in state else whole


def _put(path: str, result: Any, data: Any) -> Any:
    name = path.removeprefix("$.")
    if "." in name or not isinstance(data, Mapping):
        raise NotPlayed(f"ResultPath {path}")
    return {**data, name: result}


def chosen(state: State, data: Any) -> str:
    """Return the next state of a choice. Raises NotPlayed if there is none, which fails an execution."""
    for rule in state["Choices"]:
        if _holds(rule, data):
            return str(rule["Next"])
    if "Default" not in state:
        raise NotPlayed("no choice matched, and there is no default")
    return str(state["Default"])


def _holds(rule: Mapping[str, Any], data: Any) -> bool:
    if "And" in rule:
        return all(_holds(each, data) for each in rule["And"])
    (kind,) = set(rule) - {"Variable", "Next", "Comment"}
    try:
        value = found(rule["Variable"], data, {})
    except NoSuchPath:
        return kind == "IsPresent" and rule[kind] is False
    match kind:
        case "IsPresent":
            return rule[kind] is True
        case "StringEquals" | "BooleanEquals" | "NumericEquals":
            return bool(value == rule[kind])
    raise NotPlayed(f"a choice by {kind}")


def plain(value: Any) -> Any:
    """Return a value as it is after a round trip through JSON, the only form that a state passes on."""
    return msgspec.json.decode(msgspec.json.encode(value))
