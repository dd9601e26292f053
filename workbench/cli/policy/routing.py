"""The routes of labels under a policy at a time, with everything that a route says about its notifications."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from kedge.decide.incident_parts import covers
from kedge.explain.route_trace import Visit, trace_route
from kedge.formatting import format_time
from kedge.policy.compiled import InhibitRule, Policy
from kedge.policy.matchers import Labels, all_hold
from kedge.policy.routes import Route
from workbench.replay.wire import shown_group


class Time(Struct, frozen=True):
    """A mute or active interval of a route: whether it suppresses at the given time, and until when."""

    name: str
    quiet: bool
    until: datetime | None


class End(Struct, frozen=True, kw_only=True):
    """A route that the labels end at. Durations are in seconds; `repeat` None means never."""

    route: str
    receiver: str
    channels: tuple[str, ...]
    group: str
    group_wait: float
    group_interval: float
    repeat: float | None
    times: tuple[Time, ...]


class Hush(Struct, frozen=True):
    """A planned silence or inhibition rule for the labels, and whether it suppresses now."""

    name: str
    said: str
    holds: bool


class Routing(Struct, frozen=True, kw_only=True):
    """The complete routing. `receivers` are in the order of the tree, each once."""

    receivers: tuple[str, ...]
    visits: tuple[Visit, ...]
    ends: tuple[End, ...]
    silences: tuple[Hush, ...]
    inhibitions: tuple[Hush, ...]


def routing(policy: Policy, labels: Labels, at: datetime) -> Routing:
    """Return the routing of labels through a policy at a time (UTC)."""
    ends = tuple(_end(policy, route, labels, at) for route in policy.route.leading(labels))
    return Routing(
        receivers=tuple(dict.fromkeys(end.receiver for end in ends)),
        visits=tuple(trace_route(policy.route, labels)),
        ends=ends,
        silences=tuple(_silences(policy, labels, at)),
        inhibitions=tuple(each for rule in policy.inhibit_rules for each in _inhibition(rule, labels)),
    )


def _end(policy: Policy, route: Route, labels: Labels, at: datetime) -> End:
    return End(
        route=route.path,
        receiver=route.receiver,
        channels=tuple(policy.receivers[route.receiver].channels),
        group=shown_group(route.group(labels, route.receiver, said=labels.get("confirmed") == ("false",))),
        group_wait=route.group_wait.total_seconds(),
        group_interval=route.group_interval.total_seconds(),
        repeat=route.repeat.total_seconds() if route.repeat is not None else None,
        times=tuple(_times(policy, route, labels, at)),
    )


def _times(policy: Policy, route: Route, labels: Labels, at: datetime) -> Iterator[Time]:
    whole = covers(route.reach, (labels,))
    for name in route.mute:
        interval = policy.intervals[name]
        quiet = whole and interval.holds(at)
        yield Time(name, quiet, interval.ends(at) if quiet else None)
    if not route.active:
        return
    active = [policy.intervals[name] for name in route.active]
    quiet = whole and not any(interval.holds(at) for interval in active)
    until = min(interval.starts(at) for interval in active) if quiet else None
    yield Time(f"outside of {' and '.join(route.active)}", quiet, until)


def _silences(policy: Policy, labels: Labels, at: datetime) -> Iterator[Hush]:
    for known, wanted in policy.silences:
        if covers(wanted, (labels,)):
            span = f"{known.starts_at:%Y-%m-%d %H:%M} to {format_time(known.ends_at)}"
            yield Hush(known.id, f"{span}, {known.author_name}: {known.comment}", known.holds(at))


def _inhibition(rule: InhibitRule, labels: Labels) -> Iterator[Hush]:
    missing = [label for label in rule.equal if not any(labels.get(label, ()))]
    if all_hold(rule.sources, labels):
        said = f"inhibits what matches {_and(rule.targets)} and has the same {', '.join(rule.equal)}"
        yield Hush(rule.name, _or_missing(said, missing), holds=False)
    elif covers(rule.targets, (labels,)):
        said = f"quiet while an incident is open that matches {_and(rule.sources)} and has the same {', '.join(rule.equal)}"
        yield Hush(rule.name, _or_missing(said, missing), holds=False)


def _or_missing(said: str, missing: list[str]) -> str:
    return f"does not apply: there is no {' and no '.join(missing)} to be equal" if missing else said


def _and(matchers: tuple[object, ...]) -> str:
    return " and ".join(map(str, matchers))
