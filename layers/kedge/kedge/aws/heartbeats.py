"""DynamoDB: heartbeats, passed on through the outbox like every effect."""

from kedge.aws.table import Table
from kedge.domain.effect import Heartbeat
from kedge.ledger.puts import write_of_heartbeat


class DynamoHeartbeats:
    """Heartbeats in the ledger's table."""

    def __init__(self, table: Table) -> None:
        """`table` is the ledger's."""
        self._table = table

    def pass_on(self, heartbeat: Heartbeat) -> None:
        """Leave a heartbeat in the outbox; one that is there already is not carried again. Raises Transient, Permanent."""
        self._table.put(write_of_heartbeat(heartbeat))
