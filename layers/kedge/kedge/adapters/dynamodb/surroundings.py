"""What lies around a case, in DynamoDB. All of it is read consistently: who is told depends on it."""

from kedge.adapters.dynamodb.table import Table
from kedge.domain.context import ContextRequest
from kedge.ledger.codec import memories_asked, surroundings_of
from kedge.ledger.keys import SILENCES, inhibition_key
from kedge.ports.storage import VersionedContext


def surroundings(table: Table, asks: ContextRequest) -> VersionedContext:
    """The silences by one Query, receivers and groups by one BatchGetItem, each inhibition by a Query.

    What nobody asks for costs nothing. Raises Transient, Permanent.
    """
    return surroundings_of(
        asks,
        silences=table.partition(SILENCES),
        memories=table.get_all(memories_asked(asks)),
        inhibitions={key: table.partition(inhibition_key(key).pk) for key in asks.inhibitions},
    )
