"""Deployments of a test, with the events by which SageMaker tells of them, in the shapes of events/eventbridge.*.json."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct

from kedge.domain.target import Target
from kedge.policy.durations import duration
from workbench.policytest.changes import DeploymentPart, Heard
from workbench.policytest.doors import By
from workbench.policytest.events import deployment_event, endpoint_event
from workbench.policytest.happening import Happening
from workbench.policytest.ring import Ring

_ECHO = timedelta(hours=2)
_STRANGERS = (By.TOPIC, By.CALL)


class _Deployment(Struct):
    """One deployment while it goes on; `over` is known once it begins."""

    part: DeploymentPart
    target: Target
    begins: datetime
    ends: datetime
    by: By | None = None
    created: bool = False
    over: str = ""


def deployed(part: DeploymentPart, target: Target, at: datetime, by: By | None) -> Iterator[Happening]:
    """What happens in a deployment that begins at a moment: it begins, and it ends, and what is heard of both is delivered.

    A stranger's deployment is only told of, and the world stays as it is.
    """
    one = _Deployment(part, target, at, at + duration(part.took), by)
    if by in _STRANGERS:
        yield Happening(
            at, partial(_pretend, event=deployment_event(target, part.over or "", part.config, at), one=one)
        )
        yield Happening(
            one.ends, partial(_pretend, event=endpoint_event(target, "IN_SERVICE", part.config, one.ends), one=one)
        )
        return
    yield Happening(at, partial(_begin, one=one))
    yield Happening(one.ends, partial(_end, one=one))


def _pretend(ring: Ring, event: dict[str, object], one: _Deployment) -> None:
    ring.take_in(event, f"a stranger: {event['detail-type']}", one.by)


def _begin(ring: Ring, one: _Deployment) -> None:
    part, endpoints, name = one.part, ring.world.endpoints, one.target.name
    ring.story.remark(ring.now, name, f"{part.config} is being deployed")
    if part.over is not None and not endpoints.is_known(name):
        endpoints.create(name, part.over, ring.start - timedelta(days=30))
    one.created = not endpoints.is_known(name)
    if one.created:
        endpoints.create(name, part.config, ring.now)
    else:
        one.over = endpoints.begin(name, part.config, ring.now)
    if part.heard in (Heard.ONCE, Heard.TWICE, Heard.ECHOED, Heard.BEGINNING):
        _tell(ring, _first(one), part.heard)


def _end(ring: Ring, one: _Deployment) -> None:
    part, endpoints, name = one.part, ring.world.endpoints, one.target.name
    runs = part.config if one.created else endpoints.end(name, ring.now, fails=part.fails)
    ring.story.remark(ring.now, name, f"{runs} is in service")
    if part.heard in (Heard.ONCE, Heard.TWICE, Heard.ECHOED, Heard.END, Heard.BACKWARDS):
        _tell(ring, endpoint_event(one.target, "IN_SERVICE", runs, one.ends), part.heard)
    if part.heard is Heard.BACKWARDS:
        _tell(ring, _first(one), part.heard)


def _tell(ring: Ring, event: dict[str, object], heard: Heard) -> None:
    for _ in range(2 if heard is Heard.TWICE else 1):
        ring.take_in(event, str(event["detail-type"]))
    if heard is Heard.ECHOED:
        ring.remedies.at(ring.now + _ECHO, lambda: ring.take_in(event, str(event["detail-type"])))


def _first(one: _Deployment) -> dict[str, object]:
    if one.created:
        return endpoint_event(one.target, "CREATING", one.part.config, one.begins)
    return deployment_event(one.target, one.over, one.part.config, one.begins)
