"""Deployments of a test with SageMaker's events about them, in the shapes of events/eventbridge.*.json."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct

from kedge.domain.target import Target
from kedge.policy.durations import parse_duration
from workbench.scenarios.catalogue import YOUNG
from workbench.scenarios.changes import DeploymentPart, Heard
from workbench.scenarios.entry_points import By
from workbench.scenarios.events import by_its_clock, deployment_event, endpoint_event
from workbench.scenarios.happening import Happening
from workbench.scenarios.ring import Ring

_ECHO = timedelta(hours=2)
_STRANGERS = (By.TOPIC, By.CALL)


class _Deployment(Struct):
    """A deployment while it runs. `over` is known as soon as it begins."""

    part: DeploymentPart
    target: Target
    begins: datetime
    ends: datetime
    by: By | None = None
    created: bool = False
    over: str = ""

    def clock(self, at: datetime) -> datetime:
        """Return a moment on the clock of the deployment's events."""
        return by_its_clock(at, self.part.ahead, self.part.behind)


def deployed(part: DeploymentPart, target: Target, at: datetime, by: By | None) -> Iterator[Happening]:
    """Yield the happenings of a deployment: its beginning, its end, and the delivery of the events that Kedge receives.

    A stranger's deployment is only an event; the world stays unchanged.
    """
    steps = tuple(parse_duration(each.for_) for each in part.canary)
    one = _Deployment(part, target, at, at + (sum(steps, timedelta()) if steps else parse_duration(part.took)), by)
    if by in _STRANGERS:
        yield Happening(
            at, partial(_pretend, event=deployment_event(target, part.over or "", part.config, at), one=one)
        )
        yield Happening(
            one.ends, partial(_pretend, event=endpoint_event(target, "IN_SERVICE", part.config, one.ends), one=one)
        )
        return
    yield Happening(at, partial(_begin, one=one))
    for number, each in enumerate(part.canary):
        begins = at + sum(steps[:number], timedelta())
        yield Happening(begins, partial(_bake, one=one, share=each.share, begins=begins))
    yield Happening(one.ends, partial(_end, one=one))


def _pretend(ring: Ring, event: dict[str, object], one: _Deployment) -> None:
    ring.take_in(event, f"a stranger: {event['detail-type']}", one.by)


def _begin(ring: Ring, one: _Deployment) -> None:
    part, endpoints, name = one.part, ring.world.endpoints, one.target.name
    age = YOUNG if part.age is None else parse_duration(part.age)
    ring.story.remark(ring.now, name, f"{part.config} is being deployed")
    if part.over is not None and not endpoints.is_known(name):
        endpoints.create(name, part.over, ring.start - timedelta(days=30))
    one.created = not endpoints.is_known(name)
    if one.created:
        endpoints.create(name, part.config, ring.now, age)
    else:
        one.over = endpoints.begin(name, part.config, ring.now, age)
    if part.heard in (Heard.ONCE, Heard.TWICE, Heard.ECHOED, Heard.BEGINNING):
        _tell(ring, _first(one), part)


def _end(ring: Ring, one: _Deployment) -> None:
    part, endpoints, name = one.part, ring.world.endpoints, one.target.name
    runs = part.config if one.created else endpoints.end(name, ring.now, fails=part.fails)
    ring.story.remark(ring.now, name, f"{runs} is in service")
    if part.heard in (Heard.ONCE, Heard.TWICE, Heard.ECHOED, Heard.END, Heard.BACKWARDS):
        _tell(ring, endpoint_event(one.target, "IN_SERVICE", runs, one.clock(one.ends)), part)
    if part.heard is Heard.BACKWARDS:
        _tell(ring, _first(one), part)


def _bake(ring: Ring, one: _Deployment, share: float, begins: datetime) -> None:
    """Give the new config a share of the traffic. A creation does not have a canary."""
    if one.created:
        return
    ring.story.remark(ring.now, one.target.name, f"{one.part.config} has {share:.0%} of the traffic")
    if one.part.heard in (Heard.ONCE, Heard.TWICE, Heard.ECHOED, Heard.BEGINNING):
        event = deployment_event(one.target, one.over, one.part.config, one.clock(begins), "Baking")
        _tell(ring, event, one.part)


def _tell(ring: Ring, event: dict[str, object], part: DeploymentPart) -> None:
    late = parse_duration(part.late or "0")

    def arrive() -> None:
        ring.take_in(event, str(event["detail-type"]))

    for _ in range(2 if part.heard is Heard.TWICE else 1):
        if late:
            ring.remedies.at(ring.now + late, arrive)
        else:
            arrive()
    if part.heard is Heard.ECHOED:
        ring.remedies.at(ring.now + late + _ECHO, arrive)


def _first(one: _Deployment) -> dict[str, object]:
    if one.created:
        return endpoint_event(one.target, "CREATING", one.part.config, one.clock(one.begins))
    return deployment_event(one.target, one.over, one.part.config, one.clock(one.begins))
