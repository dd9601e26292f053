"""The items that keep what Kedge remembers of the policy and of the monitors."""

from kedge.adapters.dynamodb.table import Table
from kedge.ledger.items import Item, ItemKind, Key, Write


class DynamoStoredDocument:
    """An item that keeps what Kedge remembers of the policy, or of the monitors."""

    def __init__(self, table: Table, kind: ItemKind = ItemKind.POLICY, name: str = "KEPT") -> None:
        """Keep `table`, the ledger's table. `kind` selects the document: POLICY, MONITORS or AUDIENCE.

        `name` selects the item of its partition: the document itself, or what is known about it.
        """
        self._table = table
        self._kind = kind
        # Each document has a partition of its own, because IAM separates partitions.
        self._key = Key(kind.upper(), name)

    def load(self) -> tuple[str | None, int]:
        """Return the text (None if there is none yet) and the version to write the next one against (0 for none)."""
        item = self._table.get(self._key)
        return (None, 0) if item is None else (item.body, item.version)

    def keep(self, text: str, over: int) -> None:
        """Write a text against the version that was loaded.

        Raises:
            Conflict: another worker wrote one in the meantime.
        """
        self._table.put(Write(item=Item(key=self._key, kind=self._kind, version=over + 1, body=text), over=over))
