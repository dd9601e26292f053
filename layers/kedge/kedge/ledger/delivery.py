"""Telling once: who holds the right to perform an effect, and what came of it. Pure; the adapters only keep it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

import msgspec
from msgspec import Struct

from kedge.domain.effect import Effect
from kedge.domain.errors import Busy


class DeliveryStatus(StrEnum):
    """How a delivery stands."""

    CLAIMED = "claimed"  # somebody is at it, or crashed at it: the lease tells which
    RELEASED = "released"  # it failed, and may be tried again
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"  # it failed for good, unless somebody sends the dead letter back


class Delivery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The delivery of one effect: how it stands, since when, at which try.

    `until` is the end of the lease of a claim. `message_id` is the channel's own id of a delivered message, `why` the
    reason of the last failure.
    """

    effect: str
    standing: DeliveryStatus
    since: datetime
    tries: int = 1
    until: datetime | None = None
    message_id: str | None = None
    why: str | None = None

    @property
    def done(self) -> bool:
        """Whether the effect was performed."""
        return self.standing is DeliveryStatus.DELIVERED

    def delivered(self, message_id: str, now: datetime) -> Self:
        """After success."""
        return msgspec.structs.replace(
            self, standing=DeliveryStatus.DELIVERED, since=now, until=None, message_id=message_id, why=None
        )

    def failed(self, why: str, now: datetime, *, final: bool) -> Self:
        """After a failure; nothing undoes a success."""
        if self.done:
            return self
        standing = DeliveryStatus.UNDELIVERED if final else DeliveryStatus.RELEASED
        return msgspec.structs.replace(self, standing=standing, since=now, until=None, why=why)


def claimed(known: Delivery | None, effect: Effect, now: datetime, lease_seconds: int) -> Delivery:
    """The delivery after somebody has taken the right to perform it, or unchanged where it is done.

    Raises Busy while somebody else's lease lasts. A lease must outlast whoever holds it, or two may tell the same.
    """
    if known is not None and known.done:
        return known
    if known is not None and known.standing is DeliveryStatus.CLAIMED and known.until is not None and now < known.until:
        raise Busy(f"{effect.id} is being performed until {known.until:%H:%M:%S} UTC")
    return Delivery(
        effect=effect.id,
        standing=DeliveryStatus.CLAIMED,
        since=now,
        tries=1 if known is None else known.tries + 1,
        until=now + timedelta(seconds=lease_seconds),
        why=None if known is None else known.why,
    )
