"""The agenda in DynamoDB: the index lists entries by time, and Kedge reads each entry again before it acts on it."""

from datetime import datetime
from itertools import islice
from typing import Final

from msgspec.structs import replace

from kedge.adapters.dynamodb.context import load_context
from kedge.adapters.dynamodb.table import Table
from kedge.domain.context import ContextRequest
from kedge.domain.effect import Effect
from kedge.domain.notification import QueuedNotification
from kedge.ledger.codec import notice_of
from kedge.ledger.items import Listed, Listing, Write, decode
from kedge.ledger.keys import case_of, delivery_of_effect, effect_key, notices_of, receiver_of
from kedge.ledger.writes import writes_of_telling
from kedge.ports.storage import Due, NotificationCommit, StrandedEffect, VersionedContext

# Kedge reads only this many notices to find their receivers. Later receivers follow after these are notified.
_LOOKED_AT: Final = 50_000


class DynamoAgenda:
    """The agenda, read from the ledger's table."""

    def __init__(self, table: Table) -> None:
        """Keep `table`, the ledger's table."""
        self._table = table

    def due(self, now: datetime, most: int) -> tuple[Due, ...]:
        """Return at most `most` cases that are due for evaluation by now, the longest waiting first.

        The function does not read them again. The caller reads each case before it decides, and finds nothing due if
        the index lagged behind. A case of a kind that this version does not know is left to the version that does.
        """
        found = self._table.listed(Listing.DUE, most, until=now)
        return tuple(Due(at, *case) for key, at in found if (case := case_of(key)) is not None)

    def receivers(self, now: datetime) -> tuple[str, ...]:
        """Return the receivers that Kedge may notify by now, the longest waiting first."""
        found = self._table.listed(Listing.NOTICE, _LOOKED_AT, until=now)
        return tuple(dict.fromkeys(receiver_of(key) for key, _ in found))

    def notices(self, receiver: str, now: datetime, most: int) -> tuple[QueuedNotification, ...]:
        """Return at most `most` notices that a receiver may get by now, ordered by the start of the incident.

        The function reads the table, not the index, so notices that another worker just sent are not included.
        """
        waiting = map(notice_of, self._table.partition(notices_of(receiver)))
        return tuple(islice((notice for notice in waiting if notice.due <= now), most))

    def load_context(self, asks: ContextRequest) -> VersionedContext:
        """Return the context of a case, as `Ledger.load_context` does."""
        return load_context(self._table, asks)

    def tell(self, telling: NotificationCommit) -> None:
        """Delete the notices that were sent and write what replaces them, in one transaction of at most 100 writes.

        Raises:
            Conflict: another worker did it, or changed the pace or the group in the meantime.
        """
        self._table.change_all(writes_of_telling(telling))


class DynamoOutbox:
    """The effects in the ledger's table."""

    def __init__(self, table: Table) -> None:
        """Keep `table`, the ledger's table."""
        self._table = table

    def stranded(self, since: datetime, until: datetime, most: int) -> tuple[tuple[StrandedEffect, ...], datetime]:
        """Return the effects without a delivery among the first `most` of a time span, and the end of what was read.

        An effect with any delivery was received by a worker, and the effects queue or its dead letters still have it.
        Effects of older releases are not in the index. Raises Transient or Permanent.
        """
        listed = self._table.listed(Listing.EFFECT, most, since=since, until=until)
        deliveries = {key: delivery_of_effect(key) for key, _ in listed}
        known = self._table.get_all(deliveries.values())
        items = self._table.get_all(key for key, delivery in deliveries.items() if delivery not in known)
        found = ((item.body, decode(item, Effect)) for item in items.values())
        effects = sorted((StrandedEffect(id=effect.id, body=body, made=effect.at) for body, effect in found), key=_made)
        return tuple(effects), listed[-1][1] if len(listed) == most else until

    def list_again(self, effect_id: str, at: datetime) -> None:
        """List an effect at another time. A replaced item is not an INSERT in the stream, so the relay ignores it.

        Raises:
            Conflict: another worker did it.
        """
        if (item := self._table.get(effect_key(effect_id))) is not None:
            again = replace(item, version=item.version + 1, listed=Listed(Listing.EFFECT, at))
            self._table.put(Write(item=again, over=item.version))


def _made(effect: StrandedEffect) -> datetime:
    return effect.made
