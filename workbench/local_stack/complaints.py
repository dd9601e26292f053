"""Finds failures inside the stack in its log: the reasons why it did not come to rest."""

import json
import re
from collections.abc import Iterator

_LOUD = ("WARNING", "ERROR", "CRITICAL")
_OF_LAMBDA = re.compile(r"^\S+ \S+ (?:WARNING|ERROR) \[lambda\] (?P<said>.+)$")
_LONGEST = 400


def complaints(log: str, most: int = 5) -> list[str]:
    """Return the last different complaints of functions and of their runtime, oldest first, one line each."""
    told = dict.fromkeys(said[:_LONGEST] for line in reversed(log.splitlines()) for said in _complaint(line))
    return list(told)[:most][::-1]


def _complaint(line: str) -> Iterator[str]:
    if found := _OF_LAMBDA.match(line):
        yield found["said"]
    if not line.startswith('{"level":'):
        return
    try:
        entry = json.loads(line)
    except ValueError:
        return
    if entry.get("level") in _LOUD:
        parts = (entry.get(key) for key in ("function_name", "message", "why", "exception"))
        yield ": ".join(" ".join(str(part).split()) for part in parts if part)
