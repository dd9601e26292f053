"""Regular expressions with a bounded run time.

Python's matcher tries one way after another, and a bad expression has more ways than there is time. This module counts
the ways beforehand on the parser's own tree. It refuses an expression if a value of 256 characters could cause more
than a few million tries. The count is an upper bound: accepted expressions are fast, and some refused ones would be
fast, too.
"""

import re
import warnings
from functools import lru_cache
from importlib import import_module
from itertools import combinations
from math import comb, prod
from typing import Any, Final

from msgspec import Struct

LONGEST_PATTERN: Final = 200
"""The maximum length of an expression in characters."""

_LONGEST_VALUE: Final = 256
_MOST_WAYS: Final = 4 * comb(
    _LONGEST_VALUE + 3, 3
)  # `.*one.*two.*` with a small choice in it: about 50 ms in the worst case
_NARROW: Final = 32  # a repeat with fewer choices than this is a choice; with more, it counts as unbounded
_MOST_WIDE: Final = 3
_LARGEST_RANGE: Final = 512

_REFUSED: Final = {
    "GROUPREF": "refers back to a group: what that costs has no bound",
    "GROUPREF_EXISTS": "depends on a group: what that costs has no bound",
    "ASSERT": "looks ahead or behind: write what should match, or use !~",
    "ASSERT_NOT": "looks ahead or behind: write what should match, or use !~",
}
_NESTED: Final = (
    "repeats a part that itself repeats or matches in several ways, so it could run too long:"
    " repeat only plain characters and sets, as in [a-z-]+"
)
_TOO_MANY: Final = "has more than three repeats, or too many choices between them, and could run very long"


class _Ways(Struct, frozen=True):
    """The number of ways a part can match from one place.

    `choices` is the number for every arrangement of `wide` unbounded repeats.
    """

    wide: int = 0
    choices: int = 1

    @property
    def only_one(self) -> bool:
        return self.wide == 0 and self.choices == 1

    @property
    def count(self) -> int:
        # Repeats in a row end one after the other, so their ends can only be chosen in order.
        return self.choices * comb(_LONGEST_VALUE + self.wide, self.wide)


class _Danger(Exception):
    """The reason for refusing an expression."""


@lru_cache(maxsize=1_024)
def danger(pattern: str) -> str | None:
    """Return why a regular expression is refused, as the end of a sentence that begins with it; None if it is safe."""
    if len(pattern) > LONGEST_PATTERN:
        return f"is longer than {LONGEST_PATTERN} characters"
    if pattern.startswith("*"):
        return "begins with *: write .* for whatever may stand there"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
            # The parser has no public name. The matcher walks this same tree, so both read an expression alike.
            tree = import_module("re._parser").parse(pattern)
    except (re.error, ValueError, OverflowError, RecursionError, Warning) as error:
        return f"cannot be read: {error}"
    try:
        _sequence(list(tree), folded=bool(tree.state.flags & re.IGNORECASE))
    except _Danger as refused:
        return str(refused)
    return None


def _sequence(items: list[Any], *, folded: bool) -> _Ways:
    ways = [_item(str(kind), value, folded=folded) for kind, value in items]
    return _bounded(_Ways(sum(way.wide for way in ways), prod(way.choices for way in ways)))


def _item(kind: str, value: Any, *, folded: bool) -> _Ways:
    if kind in _REFUSED:
        raise _Danger(_REFUSED[kind])
    match kind:
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, body = value
            return _repeated(int(least), int(most), _sequence(list(body), folded=folded))
        case "SUBPATTERN":
            _, added, _, body = value
            return _sequence(list(body), folded=folded or bool(added & re.IGNORECASE))
        case "ATOMIC_GROUP":
            return _sequence(list(value), folded=folded)
        case "BRANCH":
            return _branched([list(branch) for branch in value[1]], folded=folded)
    return _Ways()


def _repeated(least: int, most: int, body: _Ways) -> _Ways:
    most = min(most, _LONGEST_VALUE)
    numbers = max(most - least, 0) + 1
    if body.only_one:
        return _Ways(choices=numbers) if numbers < _NARROW else _Ways(wide=1)
    if most >= _NARROW:
        raise _Danger(_NESTED)
    return _bounded(_Ways(body.wide * most, numbers * body.choices**most), _NESTED)


def _branched(branches: list[list[Any]], *, folded: bool) -> _Ways:
    ways = [_sequence(branch, folded=folded) for branch in branches]
    starts = [None if folded else _first(branch) for branch in branches]
    apart = all(one is not None and two is not None and one.isdisjoint(two) for one, two in combinations(starts, 2))
    choices = [way.choices for way in ways]
    return _bounded(_Ways(max(way.wide for way in ways), max(choices) if apart else sum(choices)))


def _bounded(ways: _Ways, why: str = _TOO_MANY) -> _Ways:
    if ways.wide > _MOST_WIDE or ways.count > _MOST_WAYS:
        raise _Danger(why)
    return ways


def _first(items: list[Any]) -> frozenset[int] | None:
    """Return the characters that a sequence can begin with; None if any, or none, is possible."""
    for kind, value in items:
        match str(kind):
            case "AT":
                continue
            case "LITERAL":
                return frozenset({int(value)})
            case "IN":
                return _members(value)
            case "SUBPATTERN" if not value[1] & re.IGNORECASE:
                return _first(list(value[3]))
        break
    return None


def _members(parts: list[Any]) -> frozenset[int] | None:
    members: set[int] = set()
    for kind, value in parts:
        match str(kind):
            case "LITERAL":
                members.add(int(value))
            case "RANGE" if value[1] - value[0] < _LARGEST_RANGE:
                members.update(range(value[0], value[1] + 1))
            case _:
                return None
    return frozenset(members)
