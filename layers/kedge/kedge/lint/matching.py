"""What follows from matchers: whether one set lets nothing through, and whether one takes all that another does."""

from itertools import chain
from typing import Final

from kedge.lint.leaves import KNOWN_VALUES, condition
from kedge.lint.tree import Kind, Node
from kedge.policy.matchers import Matcher, Operator

# An incident can have several of each, so that two values do not exclude each other.
_MANY_VALUES: Final = frozenset({"check", "feature", "metric", "facet"})

type Conditions = tuple[Matcher, ...]


def conditions(node: Node, key: str = "matchers") -> Conditions | None:
    """The matchers under a key; None where one of them cannot be read, so that nothing follows from them."""
    listed = node.get(key)
    if listed is not None and (
        listed.kind is not Kind.LIST or any(item.kind is not Kind.TEXT for item in listed.items)
    ):
        return None
    try:
        return tuple(condition(item.text) for item in node.texts(key))
    except ValueError:
        return None


def excluded(all_of: Conditions) -> tuple[Matcher, Matcher] | None:
    """Two matchers that nothing can fulfil at once."""
    for number, one in enumerate(all_of):
        for other in all_of[:number]:
            if one.label == other.label and _exclude(one, other):
                return other, one
    return None


def covers(all_of: Conditions, others: Conditions) -> bool:
    """Whether whatever fulfils the others fulfils all of these."""
    return all(_follows(one, others) for one in all_of)


class Takers:
    """What comes first in a list, found by what it asks for: the first whose matchers cover those of another."""

    def __init__(self) -> None:
        self._by_value: dict[tuple[str, str], list[tuple[Node, Conditions]]] = {}
        self._others: list[tuple[Node, Conditions]] = []

    def add(self, node: Node, asks: Conditions) -> None:
        """Something that comes next."""
        # A free label that must have one value: only what asks for the same value is covered.
        values = (_value(one) for one in asks if one.operator is Operator.EQUAL and one.label not in KNOWN_VALUES)
        value = next(values, None)
        (self._others if value is None else self._by_value.setdefault(value, [])).append((node, asks))

    def taker(self, asks: Conditions) -> Node | None:
        """What takes all that these matchers let through."""
        same = (self._by_value.get(_value(one), ()) for one in asks if one.operator is Operator.EQUAL)
        found = (node for node, taken in chain(self._others, *same) if covers(taken, asks))
        return min(found, key=lambda node: (node.line, node.column), default=None)


def _value(one: Matcher) -> tuple[str, str]:
    return one.label, one.value


def _exclude(one: Matcher, other: Matcher) -> bool:
    if (known := _known(one.label)) is not None:
        return not any(_holds(one, value) and _holds(other, value) for value in known)
    for equal, asked in ((one, other), (other, one)):
        if equal.operator is not Operator.EQUAL:
            continue
        # A second value may fulfil what asks for one, never what forbids one.
        forbids = asked.operator in (Operator.NOT_EQUAL, Operator.NOT_MATCH)
        if (forbids or one.label not in _MANY_VALUES) and not _holds(asked, equal.value):
            return True
    return False


def _follows(one: Matcher, from_: Conditions) -> bool:
    about = [other for other in from_ if other.label == one.label]
    if any((other.operator, other.value) == (one.operator, one.value) for other in about):
        return True
    if (known := _known(one.label)) is not None:
        return all(_holds(one, value) for value in known if all(_holds(other, value) for other in about))
    if one.operator is Operator.MATCH and one.value == ".*":
        return True
    equal = [other.value for other in about if other.operator is Operator.EQUAL]
    if one.label in _MANY_VALUES and one.operator in (Operator.NOT_EQUAL, Operator.NOT_MATCH):
        return False
    return any(_holds(one, value) for value in equal)


def _known(label: str) -> list[str] | None:
    return [value.value for value in KNOWN_VALUES[label]] if label in KNOWN_VALUES else None


def _holds(one: Matcher, value: str) -> bool:
    return one.holds({one.label: (value,)})
