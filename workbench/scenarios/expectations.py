"""The rules for an expectation beyond the schema of tests."""

from collections.abc import Iterator
from typing import Final

from kedge.policy.lint import Fault
from kedge.policy.lint.tree import Node
from workbench.scenarios.naming import target_of
from workbench.scenarios.situation import RANGE

_SAYING: Final = (
    "incident",
    "open",
    "reason",
    "notify",
    "quiet",
    "remedies",
    "standing",
    "acts",
    "message",
    "any_of",
    "not",
)
"""The keys that make a statement in an expectation."""


def expected(node: Node) -> Iterator[Fault]:
    """Yield every fault of an expectation and of its alternatives."""
    yield from target_of(node)
    yield from _one(node)
    denied = node.get("not")
    alternatives = node.each("any_of")
    if (here := node.get("any_of")) is not None and not alternatives:
        yield here.fault("none of nothing is ever so", "list what may be so, or leave the key out")
    for each in (*alternatives, *((denied,) if denied is not None else ())):
        if not set(_SAYING).intersection(key.text for key, _ in each.entries):
            yield each.fault("this says nothing", f"give one of {', '.join(_SAYING)}")
        yield from expected(each)


def _one(node: Node) -> Iterator[Fault]:
    """Yield a fault if an expectation has more than one target."""
    target = node.get("target")
    name = target.get("endpoint") if target is not None else None
    if name is not None and RANGE.fullmatch(name.text):
        yield name.fault("these are many endpoints", "name one of them; `open` and `standing` count all")
