"""Matchers on labels in Alertmanager's syntax: `label="value"`, `!=`, `=~`, `!~`.

Regular expressions match the whole value. A label may have several values (an incident has many features). `=` and `=~`
hold if one of them fits, `!=` and `!~` if none does. A missing label is the empty text.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, override

from msgspec import Struct

from kedge.policy.safe_regex import danger

type Labels = Mapping[str, tuple[str, ...]]

LONGEST_VALUE: Final = 256
"""The number of characters of a label's value that are matched, so that expressions stay fast."""

_NOTHING: Final = ("",)
# A tag of AWS may hold letters, digits, spaces and + - = . _ : / @. A label's name allows those that need no quotes.
_TEXT: Final = re.compile(r"(?P<label>[A-Za-z_][\w.:/@+-]*?)\s*(?P<operator>=~|!~|!=|=)\s*(?P<value>.*)", re.DOTALL)
# The end of a quoted value and the beginning of another matcher.
_ANOTHER: Final = re.compile(r'(?<!\\)"\s*,\s*[A-Za-z_][\w.:/@+-]*\s*(?:=|!=|!~)')
_OTHER_QUOTES: Final = ("'", "\u2018", "\u2019", "\u201c", "\u201d", "\u201e")
_ESCAPES: Final = {"n": "\n", '"': '"', "\\": "\\"}


class Operator(StrEnum):
    """The operator that compares a label."""

    EQUAL = "="
    NOT_EQUAL = "!="
    MATCH = "=~"
    NOT_MATCH = "!~"


class Matcher(Struct, frozen=True):
    """One condition on one label. `pattern` is set for `=~` and `!~`."""

    label: str
    operator: Operator
    value: str
    pattern: re.Pattern[str] | None = None

    def holds(self, labels: Labels) -> bool:
        """Return whether the labels fulfil it."""
        values = labels.get(self.label) or _NOTHING
        if self.pattern is not None:
            found = any(map(self.pattern.fullmatch, [value[:LONGEST_VALUE] for value in values]))
        else:
            found = self.value in values
        return found is (self.operator is Operator.EQUAL or self.operator is Operator.MATCH)

    def covers(self, labels: Labels) -> bool:
        """Return whether every value of the label fulfils it, so that nothing described by the labels is left out."""
        if self.operator in (Operator.NOT_EQUAL, Operator.NOT_MATCH):
            return self.holds(labels)
        return all(self.holds({self.label: (value,)}) for value in labels.get(self.label) or _NOTHING)

    @override
    def __str__(self) -> str:
        """Return the matcher as it is written."""
        quoted = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.operator}"{quoted}"'


def matcher(text: str) -> Matcher:
    """Return the matcher in a text; the quotes around the value are optional.

    Raises:
        ValueError: the text is not a matcher, or its regular expression could run too long; with a suggested fix.
    """
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f'{text!r} is not a matcher: write a label, then =, !=, =~ or !~, then a value, as in severity="critical"'
        )
    _must_be_one(text, found["value"])
    operator, value = Operator(found["operator"]), _unquoted(found["value"], text)
    if operator not in (Operator.MATCH, Operator.NOT_MATCH):
        return Matcher(found["label"], operator, value)
    if (why := danger(value)) is not None:
        raise ValueError(f"the regular expression {value!r} {why}")
    return Matcher(found["label"], operator, value, re.compile(value))


def matchers(texts: Iterable[str]) -> tuple[Matcher, ...]:
    """Return the matchers in texts. Raises ValueError with a suggested fix."""
    return tuple(matcher(text) for text in texts)


def all_hold(conditions: tuple[Matcher, ...], labels: Labels) -> bool:
    """Return whether every condition holds; True if there are none."""
    for condition in conditions:  # noqa: SIM110  `all` would make a generator for each of a few conditions
        if not condition.holds(labels):
            return False
    return True


def _must_be_one(text: str, value: str) -> None:
    """Refuse a text that would become an unintended value and silently match nothing."""
    if value.startswith('="'):
        raise ValueError(f"{text!r} has an equals sign too many: write one, or =~ for a regular expression")
    if value.startswith(_OTHER_QUOTES):
        raise ValueError(f"{text!r} has quotes of another kind: put the value in double ones, or in none")
    if _ANOTHER.search(value):
        raise ValueError(f"{text!r} is more than one matcher: make an item of the list of each")


def _unquoted(value: str, text: str) -> str:
    if not value.startswith('"'):
        if '"' in value:
            raise ValueError(f"{text!r} has a quote in the middle of its value: put the whole value in quotes")
        return value
    if len(value) < 2 or not value.endswith('"'):
        raise ValueError(f"{text!r} has no closing quote")
    plain, inner = [], iter(value[1:-1])
    for char in inner:
        if char == '"':
            raise ValueError(f'{text!r} has a quote inside its value: write \\"')
        plain.append(_unescaped(next(inner, ""), text) if char == "\\" else char)
    return "".join(plain)


def _unescaped(char: str, text: str) -> str:
    if not char:
        raise ValueError(f"{text!r} ends with a backslash")
    # As in Go, an unknown escape stays unchanged, so that \d does not need to be written \\d.
    return _ESCAPES.get(char, f"\\{char}")
