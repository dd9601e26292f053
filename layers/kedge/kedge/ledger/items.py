"""The items of the table: what Kedge remembers, and under which key.

    pk                        sk                                   kind      body
    CASE#<target>#<monitor>   STATE                                case      State
    INCIDENT#<incident>       INCIDENT                             incident  Incident
    INCIDENT#<incident>       ENTRY#<revision>#<recorded>#…        entry     Entry
    INCIDENT#<incident>       DELIVERY#<effect>                    delivery  Delivery
    EFFECT#<effect>           EFFECT                               effect    Effect

One Query of `INCIDENT#<incident>` is its whole story. Every `body` is JSON, every item has a `version` that counts its
writes, and effects, which the stream has carried on long before, are forgotten after 30 days.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.decision import Decision, State
from kedge.domain.effect import Effect
from kedge.domain.incident import Incident
from kedge.domain.run import Monitor
from kedge.domain.signal import Change
from kedge.domain.target import Target
from kedge.errors import Permanent
from kedge.ledger.delivery import Delivery
from kedge.ledger.timeline import Entry

KEPT: Final = timedelta(days=30)
"""How long an effect is kept: as long as its dead letters can wait (14 days), and time to ask what became of it."""


class Kind(StrEnum):
    """What an item is."""

    CASE = "case"
    INCIDENT = "incident"
    ENTRY = "entry"
    EFFECT = "effect"
    DELIVERY = "delivery"


class Key(Struct, frozen=True, order=True):
    """Where an item lies."""

    pk: str
    sk: str


class Item(Struct, frozen=True, kw_only=True):
    """One item. `expires_at` is in seconds since 1970, None for what is kept for ever."""

    key: Key
    kind: Kind
    version: int
    body: str
    expires_at: int | None = None


class Write(Struct, frozen=True, kw_only=True):
    """An item to put, if what is there has the version `over`: 0 where there must be nothing, None whatever is there."""

    item: Item
    over: int | None = None


class Story(Struct, frozen=True, kw_only=True):
    """All that is remembered of an incident: what it is now, how it came to that, and who was told."""

    incident: Incident
    entries: tuple[Entry, ...]
    deliveries: tuple[Delivery, ...]


def case_key(target: Target, monitor: Monitor | Change) -> Key:
    """Where the state of a case lies."""
    return Key(f"CASE#{target}#{monitor}", "STATE")


def incident_key(incident_id: str) -> Key:
    """Where an incident lies, and in the same partition all that happened to it."""
    return Key(f"INCIDENT#{incident_id}", "INCIDENT")


def delivery_key(effect: Effect) -> Key:
    """Where the delivery of an effect lies."""
    return Key(incident_key(effect.incident.id).pk, f"DELIVERY#{effect.id}")


def writes_of(
    decision: Decision,
    signal_id: str,
    case: Key,
    version: int,
    effects: tuple[Effect, ...],
    now: datetime,
) -> tuple[Write, ...]:
    """What a decision leaves in the table, to be written together or not at all; the case, which may conflict, first.

    `version` is that of the case when it was loaded.
    """
    state = Item(key=case, kind=Kind.CASE, version=version + 1, body=_encode(decision.state))
    writes = [Write(item=state, over=version)]
    if decision.incident is not None:
        incident = decision.incident
        body = _encode(incident)
        kept = Item(key=incident_key(incident.id), kind=Kind.INCIDENT, version=incident.revision, body=body)
        entry = Entry.decided(decision, incident, signal_id, tuple(effect.id for effect in effects), now)
        writes += [Write(item=kept), write_of_entry(entry, incident.id)]
    writes += [Write(item=_effect_item(effect, now), over=0) for effect in effects]
    return tuple(writes)


def write_of_entry(entry: Entry, incident_id: str) -> Write:
    """A line of the timeline. Written again, it is the same item: it is named by what it tells and when that was kept."""
    # A signal's id may be longer than the 1,024 bytes that DynamoDB takes of a sort key.
    name = hashlib.sha256((entry.signal or entry.effect or "").encode()).hexdigest()[:12]
    sk = f"ENTRY#{entry.revision:06}#{entry.recorded:%Y-%m-%dT%H:%M:%S.%fZ}#{entry.what}#{name}"
    item = Item(key=Key(incident_key(incident_id).pk, sk), kind=Kind.ENTRY, version=1, body=_encode(entry))
    return Write(item=item)


def write_of_delivery(delivery: Delivery, effect: Effect, over: int) -> Write:
    """A delivery as it now stands, over the version that was read (0 for none)."""
    item = Item(key=delivery_key(effect), kind=Kind.DELIVERY, version=over + 1, body=_encode(delivery))
    return Write(item=item, over=over)


def state_of(item: Item) -> State:
    """The state of a case. Raises Permanent where the item holds none."""
    return _decode(item, State)


def delivery_of(item: Item) -> Delivery:
    """The delivery of an effect. Raises Permanent where the item holds none."""
    return _decode(item, Delivery)


def story_of(items: tuple[Item, ...]) -> Story | None:
    """The story that an incident's partition tells, in the order in which it was recorded; None of an empty one."""
    incident = next((_decode(item, Incident) for item in items if item.kind is Kind.INCIDENT), None)
    if incident is None:
        return None
    entries = sorted(
        (_decode(item, Entry) for item in items if item.kind is Kind.ENTRY), key=lambda entry: entry.recorded
    )
    deliveries = tuple(_decode(item, Delivery) for item in items if item.kind is Kind.DELIVERY)
    return Story(incident=incident, entries=tuple(entries), deliveries=deliveries)


def effect_of(body: str | bytes) -> Effect:
    """The effect that a body of the outbox holds. Raises msgspec.DecodeError where it holds none."""
    return msgspec.json.decode(body, type=Effect)


def _effect_item(effect: Effect, now: datetime) -> Item:
    forgotten = int((now + KEPT).timestamp())
    key = Key(f"EFFECT#{effect.id}", "EFFECT")
    return Item(key=key, kind=Kind.EFFECT, version=1, body=_encode(effect), expires_at=forgotten)


def _encode(value: Struct) -> str:
    text = msgspec.json.encode(value).decode()
    # SQS refuses these two characters; inside a JSON string, and they are nowhere else, an escape says the same.
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def _decode[T](item: Item, what: type[T]) -> T:
    try:
        return msgspec.json.decode(item.body, type=what)
    except msgspec.DecodeError as error:
        raise Permanent(f"the item {item.key.pk} {item.key.sk} cannot be read: {error}") from error
