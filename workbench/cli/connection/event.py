"""A person's decision as an event for intake."""

from datetime import datetime
from typing import Any
from uuid import uuid4

type Event = dict[str, Any]


def event_of(kind: str, detail: Event, account: str, region: str, now: datetime) -> Event:
    """Return an event in EventBridge's envelope.

    `kind` is its detail-type. Each event has an id of its own, so that none counts twice.
    """
    stamp = now.isoformat().replace("+00:00", "Z")
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": kind,
        "source": "kedge",
        "account": account,
        "time": stamp,
        "region": region,
        "resources": [],
        "detail": {"id": str(uuid4()), "at": stamp, **detail},
    }
