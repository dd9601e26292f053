"""Labels on a command line: `endpoint=churn-prod,severity=critical,feature=age,feature=income`."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from kedge.policy.labels import BUILT_IN
from kedge.policy.lint.fault import near
from kedge.policy.lint.field_readers import KNOWN_VALUES

# A comma ends a value only if another label follows: tags and matchers may contain commas.
_BETWEEN: Final = re.compile(r",(?=\s*[A-Za-z_][\w.:/@+-]*\s*=)")
_ONE: Final = re.compile(r"\s*+(?P<label>[A-Za-z_][\w.:/@+-]*+)\s*+=(?P<value>.*)", re.DOTALL)


class MalformedLabels(Exception):
    """The text does not name labels; the message gives a correct form."""


def labels_in(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the labels in texts; a repeated label has several values. Raises MalformedLabels."""
    found: dict[str, tuple[str, ...]] = {}
    for part in (part for text in texts for part in _BETWEEN.split(text)):
        one = _ONE.fullmatch(part)
        if one is None:
            raise MalformedLabels(f"{part.strip()!r} is not a label: write name=value, and a comma before the next")
        value = one["value"].strip()
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        _must_be_known(one["label"], value)
        found[one["label"]] = (*found.get(one["label"], ()), value)
    # Every incident of an endpoint has its name under both labels.
    return {"target": found["endpoint"], **found} if "endpoint" in found else found


def _must_be_known(label: str, value: str) -> None:
    """Refuse a value that no incident can have: it would also match a route, and look like an answer."""
    values = [each.value for each in KNOWN_VALUES.get(label, ())]
    if value and values and value not in values:
        mend = near(value, values) or f"it is one of {', '.join(values)}"
        raise MalformedLabels(f"there is no {label} {value!r}: {mend}")


def misspelt(labels: Iterable[str]) -> list[str]:
    """Return notes on labels that are close to one of Kedge's own; they count as tags."""
    notes = []
    for label in labels:
        near = get_close_matches(label, BUILT_IN, 1, 0.8) if label not in BUILT_IN else []
        if near:
            notes.append(f"{label} counts as a tag; did you mean {near[0]}?")
    return notes
