"""Deletions of endpoints and schedules in a test, and schedules that are made again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from kedge.domain.target import Target, TargetKind
from workbench.scenarios.document import Input
from workbench.scenarios.events import endpoint_event, schedule_event
from workbench.scenarios.happening import Happening
from workbench.scenarios.lifetimes import Told
from workbench.scenarios.ring import Ring, Unplayable
from workbench.scenarios.situation import Place
from workbench.scenarios.world import schedule_named

_TOOK: Final = timedelta(minutes=1)
"""The duration of an endpoint's deletion."""

_TIMES: Final = {Told.NEVER: 0, Told.ONCE: 1, Told.TWICE: 2}


def lived(given: Input, place: Place, at: datetime) -> Iterator[Happening]:
    """Yield the happenings if the target's endpoint is deleted, or a schedule is deleted or made."""
    if given.made is not None:
        yield Happening(at, partial(_make, given=given, target=place.target, heard=given.made.heard))
    elif given.deleted is not None and (given.schedule or place.target.kind is TargetKind.SCHEDULE):
        yield Happening(at, partial(_unmake, given=given, target=place.target, heard=given.deleted.heard))
    elif given.deleted is not None:
        yield Happening(at, partial(_delete, target=place.target, heard=given.deleted.heard))


def _delete(ring: Ring, target: Target, heard: Told) -> None:
    before = ring.world.endpoints.delete(target.name)
    if before is None:
        raise Unplayable(f"there is no endpoint {target.name} that could be deleted")
    ring.story.remark(ring.now, target.name, "it is being deleted")
    _tell(ring, endpoint_event(target, "DELETING", before.config, ring.now), heard)
    gone = ring.now + _TOOK
    ring.remedies.at(gone, lambda: _tell(ring, endpoint_event(target, "DELETED", before.config, gone), heard))


def _unmake(ring: Ring, given: Input, target: Target, heard: Told) -> None:
    name = given.schedule or target.name
    ring.world.gone.add(name)
    ring.story.remark(ring.now, name, "it is deleted")
    _tell(ring, schedule_event(target, name, given.monitor, "Stopped", ring.now), heard)


def _make(ring: Ring, given: Input, target: Target, heard: Told) -> None:
    name = given.schedule or target.name
    endpoint = target.name if target.kind is TargetKind.ENDPOINT else None
    ring.world.gone.discard(name)
    ring.world.schedules[name] = schedule_named(name, target, given.monitor, endpoint)
    ring.story.remark(ring.now, name, "it is made")
    _tell(ring, schedule_event(target, name, given.monitor, "Scheduled", ring.now), heard)


def _tell(ring: Ring, event: dict[str, object], heard: Told) -> None:
    for _ in range(_TIMES[heard]):
        ring.take_in(event, str(event["detail-type"]))
