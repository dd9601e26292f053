"""Deliveries in DynamoDB. A claim writes against the version that it read, so only one of two workers succeeds."""

from datetime import datetime

from kedge.adapters.dynamodb.table import Table
from kedge.domain.effect import Effect, Heartbeat
from kedge.domain.errors import Busy, Conflict
from kedge.ledger.codec import delivery_of
from kedge.ledger.delivery import Delivery, DeliveryStatus, claimed
from kedge.ledger.keys import delivery_key
from kedge.ledger.timeline import delivered, undelivered
from kedge.ledger.writes import write_of_delivery, write_of_heartbeat, writes_of_delivery
from kedge.ports.storage import Claim


class DynamoDeliveries:
    """The deliveries, stored with the incident that they report."""

    def __init__(self, table: Table) -> None:
        """Keep `table`, the ledger's table."""
        self._table = table

    def claim(self, effect: Effect, now: datetime, lease_seconds: int) -> Claim:
        """Take and return the right to perform an effect until the lease ends.

        Raises:
            Busy: another worker holds it.
        """
        known, version = self._known(effect)
        taken = claimed(known, effect, now, lease_seconds)
        if not taken.done:
            try:
                self._table.put(write_of_delivery(taken, effect, version))
            except Conflict as conflict:
                raise Busy(f"{effect.id} was claimed by another invocation") from conflict
        return Claim(effect.id, taken.done)

    def failed_so_far(self, effect: Effect) -> bool:
        """Return whether an effect has failed so far and will be tried again."""
        known, _ = self._known(effect)
        return known is not None and known.standing is DeliveryStatus.RELEASED

    def delivered(self, effect: Effect, message_id: str, now: datetime, but: str | None = None) -> None:
        """Record that an effect was performed, on the delivery and on the timelines together.

        `but` says why its receiver probably did not get it.
        """
        known, version = self._known(effect)
        if known is not None and known.done:
            return
        done = (known or _unclaimed(effect, now)).delivered(message_id, now, but)
        for changes in writes_of_delivery(done, effect, version, delivered(effect, message_id, now, but)):
            self._table.change_all(changes)

    def failed(self, effect: Effect, why: str, now: datetime, *, final: bool) -> None:
        """Release the claim. If `final`, record the failure on the timelines as undelivered."""
        known, version = self._known(effect)
        if known is not None and known.done:
            return
        given_back = (known or _unclaimed(effect, now)).failed(why, now, final=final)
        if not final:
            self._table.put(write_of_delivery(given_back, effect, version))
            return
        for changes in writes_of_delivery(given_back, effect, version, undelivered(effect, why, now)):
            self._table.change_all(changes)

    def _known(self, effect: Effect) -> tuple[Delivery | None, int]:
        item = self._table.get(delivery_key(effect))
        return (None, 0) if item is None else (delivery_of(item), item.version)


def _unclaimed(effect: Effect, now: datetime) -> Delivery:
    """Return a delivery without a claim, so that Kedge can record what happened to it."""
    return Delivery(effect=effect.id, standing=DeliveryStatus.RELEASED, since=now)


class DynamoHeartbeats:
    """The heartbeats in the ledger's table."""

    def __init__(self, table: Table) -> None:
        """Keep `table`, the ledger's table."""
        self._table = table

    def pass_on(self, heartbeat: Heartbeat) -> None:
        """Write a heartbeat to the outbox, unless it is already there. Raises Transient or Permanent."""
        self._table.put(write_of_heartbeat(heartbeat))
