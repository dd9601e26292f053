"""Checks of lists whose first match counts, and of lists without repeated entries."""

from collections.abc import Iterator
from typing import Final

from kedge.policy.lint.checks.routes import every_route
from kedge.policy.lint.fault import Fault, quoted
from kedge.policy.lint.matcher_sets import MatcherCoverage, conditions, covers, excluded
from kedge.policy.lint.tree import Node, NodeKind

_FIRST_COUNTS: Final = (("severities",), ("evidence", "persistence"), ("runbooks",), ("remedies",))
_MATCHERS: Final = ("matchers", "source_matchers", "target_matchers")


def first_counts(document: Node) -> Iterator[Fault]:
    """Yield rules that come after one that matches everything they would match."""
    for path in _FIRST_COUNTS:
        before = MatcherCoverage()
        for rule in document.each(*path):
            own = conditions(rule)
            if own is None:
                continue
            taker = before.taker(own)
            if taker is not None:
                yield rule.fault(
                    f"this never matches: all that it matches goes to {taker}, and the first counts",
                    "move it up, or remove it",
                )
            # A rule that also requires many features lets other incidents pass.
            elif rule.get("many") is None:
                before.add(rule, own)


def possible(document: Node) -> Iterator[Fault]:
    """Yield rules whose matchers cannot all hold; `routes.reachable` does this for routes."""
    for path in (*_FIRST_COUNTS, ("silences",), ("inhibit_rules",)):
        for rule in document.each(*path):
            for key in _MATCHERS:
                pair = excluded(conditions(rule, key) or ())
                listed = rule.get(key)
                if pair is not None and listed is not None:
                    yield listed.fault(
                        f"nothing can match: {pair[0]} and {pair[1]} exclude each other", "remove one of them"
                    )


def inhibits(document: Node) -> Iterator[Fault]:
    """Yield inhibitions that can suppress nothing: an incident that matches a rule's sources is not inhibited by it."""
    for rule in document.each("inhibit_rules"):
        sources, targets = conditions(rule, "source_matchers"), conditions(rule, "target_matchers")
        if sources and targets and covers(sources, targets):
            yield rule.fault(
                "this suppresses nothing: whatever matches target_matchers matches source_matchers, too",
                'exclude the sources from the targets, as severity!="critical" does',
            )


def severity_asked(document: Node) -> Iterator[Fault]:
    """Yield severity rules that match on the severity."""
    for rule in document.each("severities"):
        for item, matcher in zip(rule.each("matchers"), conditions(rule) or (), strict=False):
            if matcher.label == "severity":
                yield item.fault("the severity is what this rule decides", "ask for the cause, the monitor or a tag")


def once(document: Node) -> Iterator[Fault]:
    """Yield names and entries that come twice."""
    for key in ("receivers", "mute_time_intervals"):
        yield from _repeated([name for item in document.each(key) if (name := item.get("name")) is not None])
    for parts, keys in (
        (document.each("receivers"), ("channels",)),
        (every_route(document), ("matchers", "group_by", "mute_time_intervals", "active_time_intervals")),
        (document.each("inhibit_rules"), ("equal",)),
        (_approval(document), ("approvers",)),
    ):
        for part in parts:
            for key in keys:
                yield from _repeated(list(part.texts(key)))


def _approval(document: Node) -> list[Node]:
    limits = document.get("limits")
    approval = limits.get("approval") if limits is not None else None
    return [approval] if approval is not None else []


def _repeated(names: list[Node]) -> Iterator[Fault]:
    first: dict[str, Node] = {}
    for name in names:
        if name.kind is NodeKind.TEXT and (earlier := first.setdefault(name.text, name)) is not name:
            yield name.fault(f"{quoted(name.text)} is given twice", f"the first is in line {earlier.line}: keep one")
