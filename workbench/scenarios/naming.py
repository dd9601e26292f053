"""Rejects names that SageMaker or CloudWatch would refuse: a test with such a name describes an impossible situation."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from kedge.policy.lint import Fault
from kedge.policy.lint.fault import quoted
from kedge.policy.lint.tree import Node, NodeKind
from workbench.scenarios.situation import RANGE

_SAGEMAKER: Final = (
    re.compile(r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}"),
    63,
    "letters, digits and single hyphens between them",
)
_PACKAGE: Final = (
    re.compile(r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}/[1-9]\d{0,9}"),
    74,
    "a group and a number, such as churn/41",
)
_ALARM: Final = (re.compile(r"[^\x00-\x1f\x7f]+"), 255, "characters that can be seen")
_BUCKET: Final = (re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), 63, "small letters, digits, dots and hyphens")

type _Rule = tuple[re.Pattern[str], int, str]

_TARGET: Final[Mapping[str, _Rule]] = {"endpoint": _SAGEMAKER, "schedule": _SAGEMAKER}
_PARTS: Final[Mapping[str, Mapping[str, _Rule]]] = {
    "deployment": {"config": _SAGEMAKER, "over": _SAGEMAKER},
    "mark": {"config": _SAGEMAKER},
    "package": {"name": _PACKAGE},
    "alarm": {"name": _ALARM},
    "world": {"config": _SAGEMAKER, "coming": _SAGEMAKER},
}
_LISTS: Final[tuple[tuple[tuple[str, ...], Mapping[str, _Rule]], ...]] = (
    (("variants",), {"name": _SAGEMAKER, "model": _SAGEMAKER}),
    (("configs",), {"name": _SAGEMAKER}),
    (("models",), {"name": _SAGEMAKER}),
)
_TEXTS: Final[Mapping[str, _Rule]] = {"scaled": _SAGEMAKER, "shadows": _SAGEMAKER, "buckets": _BUCKET}


def misnamed(node: Node) -> Iterator[Fault]:
    """Yield every name in an input that AWS would refuse."""
    yield from _misnamed(node, {"schedule": _SAGEMAKER})
    for key, rules in _PARTS.items():
        if (part := node.get(key)) is not None:
            yield from _misnamed(part, rules)
    if (world := node.get("world")) is not None:
        yield from _within(world)
        for config in world.each("configs"):
            yield from _within(config)


def _within(part: Node) -> Iterator[Fault]:
    for path, rules in _LISTS:
        for each in part.each(*path):
            yield from _misnamed(each, rules)
    for key, rule in _TEXTS.items():
        for each in part.texts(key):
            yield from _judged(each, rule)


def _misnamed(node: Node, rules: Mapping[str, _Rule]) -> Iterator[Fault]:
    for key, rule in rules.items():
        found = node.get(key)
        if found is not None and found.kind is NodeKind.TEXT:
            yield from _judged(found, rule)


def _judged(found: Node, rule: _Rule) -> Iterator[Fault]:
    pattern, longest, of = rule
    many = RANGE.fullmatch(found.text)
    # If one name stands for many endpoints, the last endpoint has the longest name.
    name = f"{many['before']}{many['last']:>0{len(many['first'])}}{many['after']}" if many is not None else found.text
    if len(name) > longest or pattern.fullmatch(name) is None:
        yield found.fault(
            f"AWS takes no name such as {quoted(found.text)}", f"write {of}, {longest} characters at most"
        )


def target_of(node: Node) -> Iterator[Fault]:
    """Yield every fault of the target of a test, an input or an expectation."""
    target = node.get("target")
    if target is not None and target.get("endpoint") is not None and (here := target.get("schedule")) is not None:
        yield here.fault(
            "a target is an endpoint or a schedule", "remove one; another schedule is named beside `values`"
        )
    if target is not None:
        yield from _misnamed(target, _TARGET)
