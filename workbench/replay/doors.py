"""By which door the events of a recording came, and which buckets their operator named: a recording does not say, but shows."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final

from kedge.domain.errors import InputError
from kedge.domain.provenance import EntryPoint
from kedge.sources.event_header import Home
from kedge.sources.json_path import JsonValue

_WRAPPINGS: Final = frozenset({"body", "Sns", "TopicArn"})


def door_of(body: object) -> EntryPoint:
    """The door of an event as it was delivered: its shape tells, since whoever recorded it saw it delivered.

    A message of a queue has the door of its body. What was published to a topic came by EVENTS: the reader sees through which topic.
    """
    try:
        root = (body if isinstance(body, JsonValue) else JsonValue(body)).parsed()
        if isinstance(root.value, dict) and _WRAPPINGS.isdisjoint(root.value):
            return _of_event(root)
        inner = root.at("body").parsed() if root.has("body") else root
    except InputError:
        return EntryPoint.DIRECT
    return _door_of(inner)


def _door_of(root: JsonValue) -> EntryPoint:
    note = root.at("Sns") if root.has("Sns") else root
    if note.has("TopicArn"):
        return EntryPoint.EVENTS
    return _of_event(root)


def _of_event(root: JsonValue) -> EntryPoint:
    if root.has("detail-type"):
        return EntryPoint.PEOPLE if root.text("source") == "kedge" else EntryPoint.EVENTS
    return EntryPoint.DIRECT


class NamedBuckets:
    """The buckets whose objects a recording holds, and SageMaker's default bucket of the account and Region of each event."""

    def __init__(self, objects: Path, owner: Callable[[], Home]) -> None:
        """`objects` is the recording's folder `s3`; `owner` tells whose event is read now."""
        self._objects = objects
        self._owner = owner

    def __contains__(self, bucket: object) -> bool:
        """Whether reports in a bucket of this name are taken."""
        owner = self._owner()
        return bucket in self._held or bucket == f"sagemaker-{owner.region}-{owner.account}"

    @cached_property
    def _held(self) -> frozenset[str]:
        return frozenset(each.name for each in self._objects.iterdir()) if self._objects.is_dir() else frozenset()
