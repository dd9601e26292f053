"""Deliveries happen once: who may perform an effect, and the result. The module is pure; the adapters store it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

import msgspec
from msgspec import Struct

from kedge.domain.effect import Effect
from kedge.domain.errors import Busy


class DeliveryStatus(StrEnum):
    """The status of a delivery."""

    CLAIMED = "claimed"  # a worker performs it, or crashed; the lease shows which
    RELEASED = "released"  # it failed, and may be tried again
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"  # it failed permanently, unless the operator redrives the dead letter


class Delivery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The delivery of one effect: its status, since when, and the number of the try.

    `until` is the end of a claim's lease. `message_id` is the channel's own id of a delivered message. `why` is the
    reason of the last failure or, of a delivered message, why its receiver probably did not get it.
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
        """Return whether the effect was performed."""
        return self.standing is DeliveryStatus.DELIVERED

    def delivered(self, message_id: str, now: datetime, but: str | None = None) -> Self:
        """Return the delivery after a success. `but` says why the receiver probably did not get the message."""
        return msgspec.structs.replace(
            self, standing=DeliveryStatus.DELIVERED, since=now, until=None, message_id=message_id, why=but
        )

    def failed(self, why: str, now: datetime, *, final: bool) -> Self:
        """Return the delivery after a failure; a success stays a success."""
        if self.done:
            return self
        standing = DeliveryStatus.UNDELIVERED if final else DeliveryStatus.RELEASED
        return msgspec.structs.replace(self, standing=standing, since=now, until=None, why=why)


def claimed(known: Delivery | None, effect: Effect, now: datetime, lease_seconds: int) -> Delivery:
    """Return the delivery after a worker has claimed the effect; unchanged if it is done.

    A lease must last longer than its holder, or two workers may send the same notification.

    Raises:
        Busy: another worker's lease lasts.
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
