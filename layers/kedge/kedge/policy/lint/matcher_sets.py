"""Reasoning about sets of matchers: whether a set matches nothing, and whether it covers another set."""

from collections.abc import Iterable
from itertools import chain
from typing import Final

from kedge.policy.lint.field_readers import KNOWN_VALUES, condition
from kedge.policy.lint.tree import Node, NodeKind
from kedge.policy.matchers import Matcher, Operator

# An incident can have several values of each of these labels, so two values do not exclude each other.
_MANY_VALUES: Final = frozenset({"check", "feature", "metric", "facet"})

type Conditions = tuple[Matcher, ...]


def conditions(node: Node, key: str = "matchers") -> Conditions | None:
    """Return the matchers under a key; None if one of them cannot be read, because then nothing can be concluded."""
    listed = node.get(key)
    if listed is not None and (
        listed.kind is not NodeKind.LIST or any(item.kind is not NodeKind.TEXT for item in listed.items)
    ):
        return None
    try:
        return tuple(condition(item.text) for item in node.texts(key))
    except ValueError:
        return None


def excluded(all_of: Conditions) -> tuple[Matcher, Matcher] | None:
    """Return two matchers that no incident can fulfil at once, or None."""
    for number, one in enumerate(all_of):
        for other in all_of[:number]:
            if one.label == other.label and _exclude(one, other):
                return other, one
    return None


def covers(all_of: Conditions, others: Conditions) -> bool:
    """Return whether everything that fulfils the others fulfils all of these."""
    return all(_follows(one, others) for one in all_of)


class MatcherCoverage:
    """The entries of a list so far, indexed by their matchers, to find one that covers a later entry."""

    def __init__(self) -> None:
        self._exactly: dict[tuple[str, str, str], list[tuple[Node, Conditions]]] = {}
        self._by_label: dict[str, list[tuple[Node, Conditions]]] = {}
        self._others: list[tuple[Node, Conditions]] = []
        self._taken: dict[str, dict[str, Node]] = {}

    def add(self, node: Node, asks: Conditions) -> None:
        """Add the next entry."""
        # A matcher on a free label covers the same matcher, and a matcher on one value that it accepts.
        free = next((one for one in asks if one.label not in KNOWN_VALUES and not _takes_all(one)), None)
        if free is None:
            self._others.append((node, asks))
        else:
            self._exactly.setdefault(_key(free), []).append((node, asks))
            if free.operator is not Operator.EQUAL:
                self._by_label.setdefault(free.label, []).append((node, asks))
        labels = {one.label for one in asks}
        if len(labels) == 1 and (known := _known(label := labels.pop())) is not None:
            for each in _let_through(asks, known):
                self._taken.setdefault(label, {}).setdefault(each, node)

    def taker(self, asks: Conditions) -> str | None:
        """Return the name of the entry that covers everything these matchers accept, for a message."""
        same = (self._exactly.get(_key(one), ()) for one in asks)
        about = (self._by_label.get(one.label, ()) for one in asks if one.operator is Operator.EQUAL)
        alone = [node.line for node, taken in chain(self._others, *same, *about) if covers(taken, asks)]
        if alone:
            return f"that of line {min(alone)}"
        for label, takers in self._taken.items():
            left = _let_through([one for one in asks if one.label == label], _known(label) or [])
            if left and all(value in takers for value in left):
                return f"those of lines {_and(sorted({takers[value].line for value in left}))} together"
        return None


def _let_through(asks: Iterable[Matcher], known: Iterable[str]) -> list[str]:
    """Return the values of one label that fulfil all matchers on it."""
    return [value for value in known if all(_holds(one, value) for one in asks)]


def _and(numbers: list[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _key(one: Matcher) -> tuple[str, str, str]:
    return one.label, one.operator, one.value


def _takes_all(one: Matcher) -> bool:
    return one.operator is Operator.MATCH and one.value == ".*"


def _exclude(one: Matcher, other: Matcher) -> bool:
    if (known := _known(one.label)) is not None:
        return not any(_holds(one, value) and _holds(other, value) for value in known)
    for equal, asked in ((one, other), (other, one)):
        if equal.operator is not Operator.EQUAL:
            continue
        # A second value may fulfil a positive matcher, never a negative one.
        forbids = asked.operator in (Operator.NOT_EQUAL, Operator.NOT_MATCH)
        if (forbids or one.label not in _MANY_VALUES) and not _holds(asked, equal.value):
            return True
    return False


def _follows(one: Matcher, from_: Conditions) -> bool:
    about = [other for other in from_ if other.label == one.label]
    if any(_key(other) == _key(one) for other in about):
        return True
    if (known := _known(one.label)) is not None:
        return all(_holds(one, value) for value in known if all(_holds(other, value) for other in about))
    if _takes_all(one):
        return True
    equal = [other.value for other in about if other.operator is Operator.EQUAL]
    if one.label in _MANY_VALUES and one.operator in (Operator.NOT_EQUAL, Operator.NOT_MATCH):
        return False
    return any(_holds(one, value) for value in equal)


def _known(label: str) -> list[str] | None:
    return [value.value for value in KNOWN_VALUES[label]] if label in KNOWN_VALUES else None


def _holds(one: Matcher, value: str) -> bool:
    return one.holds({one.label: (value,)})
