"""The entry points of a recording's events, and the buckets of its operator, derived from its content."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final

from kedge.domain.errors import InputError
from kedge.domain.provenance import EntryPoint
from kedge.sources.event_header import Home
from kedge.sources.json_path import JsonValue

_WRAPPINGS: Final = frozenset({"body", "Sns", "TopicArn"})


def entry_point_of(body: object) -> EntryPoint:
    """Return the entry point of an event as it was delivered, by its shape: the recorder saw the delivery.

    A message of a queue has the entry point of its body. A publication to a topic has EVENTS: the reader sees the
    topic.
    """
    try:
        root = (body if isinstance(body, JsonValue) else JsonValue(body)).parsed()
        if isinstance(root.value, dict) and _WRAPPINGS.isdisjoint(root.value):
            return _of_event(root)
        inner = root.at("body").parsed() if root.has("body") else root
    except InputError:
        return EntryPoint.DIRECT
    return _entry_point_of(inner)


def _entry_point_of(root: JsonValue) -> EntryPoint:
    note = root.at("Sns") if root.has("Sns") else root
    if note.has("TopicArn"):
        return EntryPoint.EVENTS
    return _of_event(root)


def _of_event(root: JsonValue) -> EntryPoint:
    if root.has("detail-type"):
        return EntryPoint.PEOPLE if root.text("source") == "kedge" else EntryPoint.EVENTS
    return EntryPoint.DIRECT


class NamedBuckets:
    """The buckets with objects in a recording, and SageMaker's default bucket of each event's account and Region."""

    def __init__(self, objects: Path, owner: Callable[[], Home]) -> None:
        """Connect to a recording. `objects` is its folder `s3`; `owner` returns the account of the current event."""
        self._objects = objects
        self._owner = owner

    def __contains__(self, bucket: object) -> bool:
        """Return whether reports in a bucket of this name are accepted."""
        owner = self._owner()
        return bucket in self._held or bucket == f"sagemaker-{owner.region}-{owner.account}"

    @cached_property
    def _held(self) -> frozenset[str]:
        return frozenset(each.name for each in self._objects.iterdir()) if self._objects.is_dir() else frozenset()
