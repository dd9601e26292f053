"""The agenda in DynamoDB: what the index lists by time, read anew where it lies before anything comes of it."""

from datetime import datetime

from kedge.aws.surroundings import surroundings
from kedge.aws.table import Table
from kedge.domain.around import Asks
from kedge.domain.notice import Notice
from kedge.ledger.items import Listing
from kedge.ledger.keys import case_of
from kedge.ledger.reading import notice_of
from kedge.ledger.writes import writes_of_telling
from kedge.ports import Due, Surroundings, Telling


class DynamoAgenda:
    """An agenda that reads the ledger's table."""

    def __init__(self, table: Table) -> None:
        """`table` is the ledger's."""
        self._table = table

    def due(self, now: datetime, most: int) -> tuple[Due, ...]:
        """The cases that want to be looked at by now, the longest waiting first, at most so many.

        They are not read anew here: whoever decides about one reads it anyway, and finds nothing due where the index was
        behind.
        """
        found = self._table.listed(Listing.DUE, most, until=now)
        return tuple(Due(at, *case_of(key)) for key, at in found)

    def notices(self, now: datetime, most: int) -> tuple[Notice, ...]:
        """What may be told by now, the longest waiting first, at most so many."""
        keys = [key for key, _ in self._table.listed(Listing.NOTICE, most, until=now)]
        items = self._table.get_all(keys)
        return tuple(notice_of(items[key]) for key in keys if key in items)

    def surroundings(self, asks: Asks) -> Surroundings:
        """As `Ledger.surroundings`."""
        return surroundings(self._table, asks)

    def tell(self, telling: Telling) -> None:
        """Take away the notices that were told and keep what takes their place, in one transaction of 100 writes at most.

        Raises Conflict where somebody else did it, or changed pace or group since.
        """
        self._table.change_all(writes_of_telling(telling))
