"""Checks of the routing tree: the root takes everything, and every route is reachable."""

from collections.abc import Iterator

from kedge.policy.lint.fault import Fault, near, quoted
from kedge.policy.lint.matcher_sets import Conditions, MatcherCoverage, conditions, excluded
from kedge.policy.lint.tree import Node


def root(document: Node) -> Iterator[Fault]:
    """Yield faults of the root, which needs a receiver and must match everything."""
    if (top := document.get("route")) is None or not top.entries:
        return
    if top.get("receiver") is None:
        yield top.fault(
            "the first route has no receiver", "add `receiver:`: it receives everything that no other route matches"
        )
    if (listed := top.get("matchers")) is not None and listed.items:
        yield listed.fault(
            "the first route takes everything and can have no matchers", "put them on a route below it, under `routes:`"
        )
    if (goes_on := top.get("continue")) is not None and goes_on.text == "true":
        yield goes_on.fault("nothing comes after the first route", "remove `continue`")


def names(document: Node) -> Iterator[Fault]:
    """Yield receivers and intervals that routes name but that do not exist."""
    known = (
        ("receiver", "receiver", _names(document, "receivers")),
        ("mute_time_intervals", "mute_time_interval", _names(document, "mute_time_intervals")),
        ("active_time_intervals", "mute_time_interval", _names(document, "mute_time_intervals")),
    )
    for route in every_route(document):
        for key, what, those in known:
            single = route.get(key)
            for name in [single] if single is not None and single.text else route.texts(key):
                if name.text not in those:
                    listed = (
                        f"there {'is' if len(those) == 1 else 'are'} {', '.join(those)}"
                        if those
                        else f"there is none: add it under `{what}s:`"
                    )
                    yield name.fault(f"there is no {what} {quoted(name.text)}", near(name.text, those) or listed)


def reachable(document: Node) -> Iterator[Fault]:
    """Yield routes that nothing can reach."""
    top = document.get("route")
    if top is not None:
        yield from _below(top, ())


def every_route(document: Node) -> Iterator[Node]:
    """Yield the root and all routes below it, once each."""
    waiting = [top] if (top := document.get("route")) is not None else []
    while waiting:
        route = waiting.pop(0)
        yield route
        waiting += route.each("routes")


def _below(parent: Node, above: Conditions) -> Iterator[Fault]:
    before = MatcherCoverage()
    for route in parent.each("routes"):
        own = conditions(route)
        if own is None:
            continue
        if (pair := excluded((*above, *own))) is not None:
            yield route.fault(
                f"nothing can come to this route: {pair[0]} and {pair[1]} exclude each other",
                "a route takes only what all routes above it take, too",
            )
            continue
        if (taker := before.taker((*above, *own))) is not None:
            yield route.fault(
                f"nothing comes to this route: it is all taken by {taker}",
                "move it up, or write `continue: true` there",
            )
            continue
        goes_on = route.get("continue")
        if goes_on is None or goes_on.text.lower() != "true":
            before.add(route, own)
        yield from _below(route, (*above, *own))


def _names(document: Node, key: str) -> tuple[str, ...]:
    return tuple(name for item in document.each(key) if (name := item.words("name")) is not None)
