"""The way of labels through the routing tree, step by step: what matched, what did not, and what was never asked."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from kedge.policy.matchers import Labels, Matcher
from kedge.policy.routes import Route


class Passage(StrEnum):
    """What became of the labels at a route."""

    ENDS_HERE = "ends here"  # it matches, and none of its children does
    GOES_BELOW = "goes on below"
    FAILS = "does not match"
    NOT_REACHED = "not reached"  # a route before it took them, and has no continue


class MatcherResult(Struct, frozen=True, kw_only=True):
    """One matcher, whether it holds, and the values that the label has."""

    matcher: str
    holds: bool
    values: tuple[str, ...]


class Visit(Struct, frozen=True, kw_only=True):
    """One route of the tree. `taken_by` is the route because of which it was not reached."""

    path: str
    receiver: str
    passage: Passage
    matchers: tuple[MatcherResult, ...] = ()
    taken_by: str = ""

    @property
    def because(self) -> str:
        """Why the labels do not end here, in half a sentence; empty where they do."""
        match self.passage:
            case Passage.FAILS:
                failed = next(each for each in self.matchers if not each.holds)
                return f"{failed.matcher} does not hold: it is {', '.join(map(repr, failed.values)) or 'empty'}"
            case Passage.NOT_REACHED:
                return f"{self.taken_by} took it and has no continue"
            case Passage.GOES_BELOW:
                return "a route below it took it"
            case Passage.ENDS_HERE:
                return ""


def trace_route(route: Route, labels: Labels) -> Iterator[Visit]:
    """Every route that is looked at, or would be, in the order of the tree; `Route.leading` are those at which it ends."""
    taken_by, below = "", []
    for child in route.routes:
        if taken_by:
            below.append((child, Passage.NOT_REACHED))
        elif all(matcher.holds(labels) for matcher in child.matchers):
            below.append((child, Passage.GOES_BELOW))
            taken_by = "" if child.goes_on else child.path
        else:
            below.append((child, Passage.FAILS))
    ends = all(passage is not Passage.GOES_BELOW for _, passage in below)
    yield _visit(route, Passage.ENDS_HERE if ends else Passage.GOES_BELOW, labels)
    for child, passage in below:
        if passage is Passage.GOES_BELOW:
            yield from trace_route(child, labels)
        else:
            yield _visit(child, passage, labels, taken_by if passage is Passage.NOT_REACHED else "")


def _visit(route: Route, passage: Passage, labels: Labels, taken_by: str = "") -> Visit:
    held = tuple(_held(matcher, labels) for matcher in route.matchers)
    return Visit(path=route.path, receiver=route.receiver, passage=passage, matchers=held, taken_by=taken_by)


def _held(matcher: Matcher, labels: Labels) -> MatcherResult:
    return MatcherResult(matcher=str(matcher), holds=matcher.holds(labels), values=tuple(labels.get(matcher.label, ())))
