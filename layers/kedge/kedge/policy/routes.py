"""Alertmanager's routing tree, which selects the receivers of an incident."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kedge.policy.durations import parse_duration
from kedge.policy.matchers import Labels, Matcher, all_hold, matchers
from kedge.policy.spec import document as written

ROOT_GROUP_BY: Final = ("account", "region", "target", "monitor")
_EVERYTHING: Final = "..."
_CONFIRMED: Final = "confirmed"
SEPARATOR: Final = "\x1f"
"""The separator of the parts in a group's name."""
_SAID: Final = f"{SEPARATOR}{_CONFIRMED}=false"


class Route(Struct, frozen=True, kw_only=True):
    """A node of the tree with all inherited values. `path` is its place in the document; `repeat` None means never.

    `reach` holds its matchers, and those of all routes above it.
    """

    path: str
    receiver: str
    matchers: tuple[Matcher, ...]
    reach: tuple[Matcher, ...]
    group_by: tuple[str, ...]
    group_wait: timedelta
    group_interval: timedelta
    repeat: timedelta | None
    mute: tuple[str, ...]
    active: tuple[str, ...]
    goes_on: bool
    routes: tuple["Route", ...] = ()

    def whole(self) -> Iterator["Route"]:
        """Yield this node and all nodes below it."""
        yield self
        for route in self.routes:
            yield from route.whole()

    def leading(self, labels: Labels) -> tuple["Route", ...]:
        """Return the nodes that these labels end at: the matching children's, or this one if none matches."""
        found: list[Route] = []
        for child in self.routes:
            if all_hold(child.matchers, labels):
                found += child.leading(labels)
                if not child.goes_on:
                    break
        return tuple(found) or (self,)

    def group(self, labels: Labels, receiver: str, *, said: bool) -> str:
        """Return the name of the message group for these labels: receiver, route and group labels are the same.

        If the incident is only `said` and no authority confirms it, it has a group of its own. It then does not delay
        confirmed incidents.
        """
        by = sorted(labels) if _EVERYTHING in self.group_by else self.group_by
        values = [f"{label}={','.join(labels.get(label, ()))}" for label in by if not (said and label == _CONFIRMED)]
        group = SEPARATOR.join((receiver, self.path, *values))
        return said_group(group) if said else group


def said_group(group: str) -> str:
    """Return the group beside another one for unconfirmed incidents."""
    return f"{group}{_SAID}"


def is_said(group: str) -> bool:
    """Return whether a group is for unconfirmed incidents."""
    return group.endswith(_SAID)


def route_of(root: written.RouteSpec) -> Route:
    """Return the tree below a root. Raises ValueError with a suggested fix."""
    top = Route(
        path="route",
        receiver=root.receiver or "",
        matchers=(),
        reach=(),
        group_by=ROOT_GROUP_BY,
        group_wait=timedelta(),
        group_interval=timedelta(minutes=1),
        repeat=timedelta(days=1),
        mute=(),
        active=(),
        goes_on=False,
    )
    return _node("route", root, top)


def _node(path: str, route: written.RouteSpec, parent: Route) -> Route:
    own = matchers(route.matchers)
    here = msgspec.structs.replace(
        parent,
        path=path,
        receiver=route.receiver or parent.receiver,
        matchers=own,
        reach=(*parent.reach, *own),
        group_by=parent.group_by if route.group_by is None else route.group_by,
        group_wait=parent.group_wait if route.group_wait is None else parse_duration(route.group_wait),
        group_interval=parent.group_interval if route.group_interval is None else parse_duration(route.group_interval),
        repeat=parent.repeat if route.repeat_interval is None else _repeat(route.repeat_interval),
        # As in Alertmanager, children do not inherit times.
        mute=route.mute_time_intervals,
        active=route.active_time_intervals,
        goes_on=route.continue_,
        routes=(),
    )
    children = tuple(_node(f"{path}.routes[{index}]", child, here) for index, child in enumerate(route.routes))
    return msgspec.structs.replace(here, routes=children)


def _repeat(text: str) -> timedelta | None:
    if text == "never":
        return None
    every = parse_duration(text)
    if every < timedelta(minutes=1):
        raise ValueError("repeat_interval is below a minute: write never, or a time from 1m on")
    return every
