"""EventBridge's pattern language, as far as AWS documents it for rules on an event bus.

Source: "Comparison operators for use in event patterns" in the EventBridge user guide. A pattern that this reader does not
understand is an error and never a match. A misread rule therefore cannot pass a test.
"""

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any

type Pattern = Mapping[str, Any]
# The most characters of JSON in a pattern of a rule (PutRule, member EventPattern).
LONGEST_PATTERN = 4096

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
_ABSENT = object()


class NotAPattern(ValueError):
    """EventBridge would refuse the rule, or this reader does not know the operator."""


def matches(pattern: Pattern, event: object) -> bool:
    """Return whether a rule with this pattern takes this event. Every key must match; `$or` needs one of its branches.

    If the event holds an array, one element that matches is enough. Raises NotAPattern.
    """
    if not pattern:
        raise NotAPattern("empty pattern")
    if twice := {key for branch in pattern.get("$or", ()) for key in branch} & pattern.keys():
        raise NotAPattern(f"{', '.join(sorted(twice))}: inside $or and beside it; only one of them would count")
    if isinstance(event, list):
        return any(matches(pattern, element) for element in event)
    return all(_key_matches(key, wanted, event) for key, wanted in pattern.items())


def _key_matches(key: str, wanted: Any, event: object) -> bool:
    if key == "$or":
        return any(matches(branch, event) for branch in wanted)
    found = event.get(key, _ABSENT) if isinstance(event, Mapping) else _ABSENT
    if isinstance(wanted, Mapping):
        return matches(wanted, {} if found is _ABSENT else found)
    if not isinstance(wanted, list) or not wanted:
        raise NotAPattern(f"{key}: the values to match must be a list that is not empty")
    return any(_alternative_matches(one, found) for one in wanted)


def _alternative_matches(wanted: object, found: object) -> bool:
    if isinstance(wanted, Mapping) and "exists" in wanted:
        # Only a leaf exists: an object in that place is not a value.
        return wanted["exists"] is (found is not _ABSENT and not isinstance(found, Mapping))
    if found is _ABSENT or isinstance(found, Mapping):
        return False
    values = found if isinstance(found, list) else [found]
    return any(_value_matches(wanted, value) for value in values)


def _value_matches(wanted: object, value: object) -> bool:
    if not isinstance(wanted, Mapping):
        return _same(wanted, value)
    if len(wanted) != 1:
        raise NotAPattern(f"{dict(wanted)}: one operator each")
    operator, operand = next(iter(wanted.items()))
    if operator == "numeric":
        return _numeric(operand, value)
    if operator == "anything-but":
        return _anything_but(operand, value)
    if operator == "cidr":
        return isinstance(value, str) and ip_address(value) in ip_network(operand)
    return _text_matches(operator, operand, value)


def _same(wanted: object, value: object) -> bool:
    """Return whether two values are equal as JSON: 300 is 300.0, but true is not 1 and "1" is not 1."""
    return wanted == value and isinstance(wanted, bool) == isinstance(value, bool)


def _anything_but(operand: object, value: object) -> bool:
    if isinstance(operand, Mapping):
        operator, inner = next(iter(operand.items()))
        return not any(_text_matches(operator, one, value) for one in (inner if isinstance(inner, list) else [inner]))
    return not any(_same(one, value) for one in (operand if isinstance(operand, list) else [operand]))


def _text_matches(operator: str, operand: object, value: object) -> bool:
    if isinstance(operand, Mapping):
        if operator not in ("prefix", "suffix") or list(operand) != ["equals-ignore-case"]:
            raise NotAPattern(f"{operator}: {dict(operand)}")
        operand, value = str(operand["equals-ignore-case"]).casefold(), str(value).casefold()
    if not isinstance(operand, str):
        raise NotAPattern(f"{operator}: {operand!r} is no text")
    if not isinstance(value, str):
        return False
    match operator:
        case "prefix":
            return value.startswith(operand)
        case "suffix":
            return value.endswith(operand)
        case "equals-ignore-case":
            return value.casefold() == operand.casefold()
        case "wildcard":
            return _wildcard(operand, value)
    raise NotAPattern(f"unknown operator {operator}")


def _wildcard(operand: str, value: str) -> bool:
    """Return whether `*` matches any number of characters. A backslash before `*` or a backslash makes it literal."""
    # fnmatch has more wildcards than EventBridge; a class of one character makes them literal.
    parts = re.findall(r"\\[*\\]|.", operand, flags=re.DOTALL)
    return fnmatchcase(
        value, "".join("*" if part == "*" else f"[{part[-1]}]" if part[-1] in "*?[" else part[-1] for part in parts)
    )


def _numeric(operand: list[Any], value: object) -> bool:
    if len(operand) % 2 or not operand or any(operator not in _COMPARISONS for operator in operand[::2]):
        raise NotAPattern(f"numeric: {operand}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(_COMPARISONS[op](value, limit) for op, limit in zip(operand[::2], operand[1::2], strict=True))
