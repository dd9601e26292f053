"""What follows from matchers: whether one set lets nothing through, and whether one takes all that another does."""

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
