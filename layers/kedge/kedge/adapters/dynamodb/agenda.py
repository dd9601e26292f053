"""The agenda in DynamoDB: what the index lists by time, read anew where it lies before anything comes of it."""

from datetime import datetime
from itertools import islice
from typing import Final

from kedge.adapters.dynamodb.surroundings import surroundings
from kedge.adapters.dynamodb.table import Table
from kedge.domain.context import ContextRequest
from kedge.domain.notification import QueuedNotification
from kedge.ledger.codec import notice_of
from kedge.ledger.items import Listing
from kedge.ledger.keys import case_of, notices_of, receiver_of
from kedge.ledger.writes import writes_of_telling
from kedge.ports.storage import Due, NotificationCommit, VersionedContext

# So many notices are looked at to find whom they wait for; whoever is behind that many has his turn when they are told.
_LOOKED_AT: Final = 50_000


class DynamoAgenda:
    """An agenda that reads the ledger's table."""

    def __init__(self, table: Table) -> None:
        """`table` is the ledger's."""
        self._table = table

    def due(self, now: datetime, most: int) -> tuple[Due, ...]:
        """The cases that want to be looked at by now, the longest waiting first, at most so many.

        They are not read anew here: whoever decides about one reads it anyway, and finds nothing due where the index was
        behind. A case of a kind that this version does not know is left to the version that does.
        """
        found = self._table.listed(Listing.DUE, most, until=now)
        return tuple(Due(at, *case) for key, at in found if (case := case_of(key)) is not None)

    def receivers(self, now: datetime) -> tuple[str, ...]:
        """Those who may be told by now of something that waits for them, the longest waiting first."""
        found = self._table.listed(Listing.NOTICE, _LOOKED_AT, until=now)
        return tuple(dict.fromkeys(receiver_of(key) for key, _ in found))

    def notices(self, receiver: str, now: datetime, most: int) -> tuple[QueuedNotification, ...]:
        """What a receiver may be told by now, of the incident that began first first, at most so many.

        Read where they lie, not from the index: what another has told just now is not among them.
        """
        waiting = map(notice_of, self._table.partition(notices_of(receiver)))
        return tuple(islice((notice for notice in waiting if notice.due <= now), most))

    def surroundings(self, asks: ContextRequest) -> VersionedContext:
        """As `Ledger.surroundings`."""
        return surroundings(self._table, asks)

    def tell(self, telling: NotificationCommit) -> None:
        """Take away the notices that were told and keep what takes their place, in one transaction of 100 writes at most.

        Raises Conflict where somebody else did it, or changed pace or group since.
        """
        self._table.change_all(writes_of_telling(telling))
