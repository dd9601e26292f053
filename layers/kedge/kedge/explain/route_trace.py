"""The path of labels through the routing tree: which routes matched, which did not, and which were not reached."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from kedge.policy.matchers import Labels, Matcher
from kedge.policy.routes import Route


class Passage(StrEnum):
    """The result of the labels at a route."""

    ENDS_HERE = "ends here"  # it matches, and none of its children does
    GOES_BELOW = "goes on below"
    FAILS = "does not match"
    NOT_REACHED = "not reached"  # an earlier route took the labels, and does not have `continue`


class MatcherResult(Struct, frozen=True, kw_only=True):
    """One matcher, whether it holds, and the values of the label."""

    matcher: str
    holds: bool
    values: tuple[str, ...]


class Visit(Struct, frozen=True, kw_only=True):
    """One route of the tree. `taken_by` is the earlier route that took the labels."""

    path: str
    receiver: str
    passage: Passage
    matchers: tuple[MatcherResult, ...] = ()
    taken_by: str = ""

    @property
    def because(self) -> str:
        """Return why the labels do not end here, in half a sentence; an empty text if they do."""
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
    """Yield every route in the order of the tree, also those not reached; `Route.leading` returns the final ones."""
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
