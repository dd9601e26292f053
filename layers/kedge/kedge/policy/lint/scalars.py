"""Readers of one value by the type of its key: numbers, booleans, and words of a list.

Each raises ValueError with `why: mend`.
"""

import re
from typing import Final

from msgspec import inspect

from kedge.policy.lint.fault import near, quoted
from kedge.policy.lint.tree import Node

_WHOLE: Final = re.compile(r"-?[0-9]{1,9}")
_NUMBER: Final = re.compile(r"-?(?:[0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})")
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?) ?%")
_SWITCH: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_YES: Final = frozenset({"yes", "on", "y", "1"})
_NO: Final = frozenset({"no", "off", "n", "0"})


def whole_number(node: Node, type_: inspect.IntType) -> int:
    """Return a whole number within its bounds."""
    if not _WHOLE.fullmatch(node.text):
        raise ValueError(f"{quoted(node.text)} is not a whole number: write digits only")
    _must_be_plain(node, "a number")
    return int(_bounded(int(node.text), type_))


def number(node: Node, type_: inspect.FloatType) -> float:
    """Return a number within its bounds."""
    if percent := _PERCENT.fullmatch(node.text):
        raise ValueError(f"{quoted(node.text)} is not a number: write {float(percent[1]) / 100:g}")
    if not _NUMBER.fullmatch(node.text):
        raise ValueError(f"{quoted(node.text)} is not a number: write one such as 0.3")
    _must_be_plain(node, "a number")
    return _bounded(float(node.text), type_)


def switch(node: Node) -> bool:
    """Return True or False."""
    if node.text not in _SWITCH:
        small = node.text.lower()
        mend = (
            "did you mean true?" if small in _YES else "did you mean false?" if small in _NO else "write true or false"
        )
        raise ValueError(f"{quoted(node.text)} is neither true nor false: {mend}")
    _must_be_plain(node, "true or false")
    return _SWITCH[node.text]


def choice(node: Node, known: tuple[str, ...]) -> str:
    """Return one of a few words."""
    if node.text in known:
        return node.text
    mend = near(node.text, known) or f"write {'one of ' if len(known) > 1 else ''}{', '.join(known)}"
    raise ValueError(f"{quoted(node.text)} is not known here: {mend}")


def text(node: Node, type_: inspect.StrType) -> str:
    """Return a text of the right form."""
    if not node.text.strip() and type_.min_length:
        raise ValueError("there is no text here: write one")
    if type_.pattern is not None and not re.search(type_.pattern, node.text):
        raise ValueError(
            f"{quoted(node.text)} does not have the required form: {_FORMS.get(type_.pattern[:5], f'it must match {type_.pattern}')}"
        )
    return node.text


# Descriptions of patterns for people, by the beginning of the pattern.
_FORMS: Final = {
    "^[A-Z": "letters, digits, dots, dashes and underscores, 64 at most, beginning with a letter or digit",
    "^http": "write an address that begins with https://",
    "^arn:": "write an ARN, such as arn:aws:sagemaker:eu-central-1:111122223333:pipeline/retrain-churn",
}


def _must_be_plain(node: Node, what: str) -> None:
    if not node.plain:
        raise ValueError(f"{quoted(node.text)} in quotes is a text, and {what} is asked for: remove the quotes")


def _bounded[T: (int, float)](value: T, type_: inspect.IntType | inspect.FloatType) -> T:
    if type_.ge is not None and value < type_.ge:
        raise ValueError(f"{value:g} is too small: it must be {type_.ge:g} or more")
    if type_.le is not None and value > type_.le:
        raise ValueError(f"{value:g} is too large: it must be {type_.le:g} or less")
    if type_.gt is not None and value <= type_.gt:
        raise ValueError(f"{value:g} is too small: it must be more than {type_.gt:g}")
    return value
