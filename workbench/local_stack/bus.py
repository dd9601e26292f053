"""EventBridge as AWS's own services use it: it accepts whole envelopes, and the template's rules decide their targets."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from workbench.local_sagemaker.world import Document

_MOST_ENTRIES = 10


class EventRefused(Exception):
    """The bus accepted a call but not an event in it."""


class Bus:
    """The default event bus. `client` returns a boto3 client by service name."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client
        self.sent = 0

    def put_event(self, event: Document) -> None:
        """Send one envelope: `source`, `detail-type` and `detail`, and optionally `time` and `resources`."""
        self.put_events([event])

    def put_events(self, events: Iterable[Document]) -> None:
        """Send envelopes in order. EventBridge gives each an id of its own. Raises EventRefused."""
        for some in batched(map(_entry, events), _MOST_ENTRIES, strict=False):
            answer = self._client("events").put_events(Entries=list(some))
            if answer["FailedEntryCount"]:
                raise EventRefused(json.dumps([entry for entry in answer["Entries"] if "ErrorCode" in entry]))
            self.sent += len(some)


def _entry(event: Document) -> Document:
    entry = {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "Resources": event.get("resources", []),
    }
    moment = _moment(event.get("time"))
    return entry if moment is None else entry | {"Time": moment}


def _moment(time: object) -> datetime | None:
    """Return an envelope's time: ISO 8601, or epoch milliseconds as text in the sample of an endpoint's event."""
    if not isinstance(time, str):
        return None
    if time.isdigit():
        return datetime.fromtimestamp(int(time) / 1000, UTC)
    return datetime.fromisoformat(time)
