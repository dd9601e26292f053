"""The context of a case in DynamoDB. All reads are consistent, because the choice of receivers depends on them."""

from kedge.adapters.dynamodb.table import Table
from kedge.domain.context import ContextRequest
from kedge.ledger.codec import context_of, memories_asked
from kedge.ledger.keys import SILENCES, inhibition_key
from kedge.ports.storage import VersionedContext


def load_context(table: Table, asks: ContextRequest) -> VersionedContext:
    """Return the silences (one Query), receivers and groups (one BatchGetItem) and inhibitions (one Query each).

    Parts that `asks` does not name cost nothing. Raises Transient or Permanent.
    """
    return context_of(
        asks,
        silences=table.partition(SILENCES),
        memories=table.get_all(memories_asked(asks)),
        inhibitions={key: table.partition(inhibition_key(key).pk) for key in asks.inhibitions},
    )
