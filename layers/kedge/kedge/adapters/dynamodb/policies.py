"""The item that stores the last valid policy, and the faults of a newer one."""

from typing import Final

from kedge.adapters.dynamodb.table import Table
from kedge.ledger.items import Item, ItemKind, Key, Write

_KEY: Final = Key("POLICY", "KEPT")


class DynamoStoredPolicies:
    """The item that keeps what Kedge remembers of policies."""

    def __init__(self, table: Table) -> None:
        """Keep `table`, the ledger's table."""
        self._table = table

    def load(self) -> tuple[str | None, int]:
        """Return the text (None if there is none yet) and the version to write the next one against (0 for none)."""
        item = self._table.get(_KEY)
        return (None, 0) if item is None else (item.body, item.version)

    def keep(self, text: str, over: int) -> None:
        """Write a text against the version that was loaded.

        Raises:
            Conflict: another worker wrote one in the meantime.
        """
        self._table.put(Write(item=Item(key=_KEY, kind=ItemKind.POLICY, version=over + 1, body=text), over=over))
