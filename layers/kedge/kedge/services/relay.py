"""Carries the outbox from the table's stream into the effects queue. It knows ids and bodies, and reads neither."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from kedge.ports.readers import Queue

type StreamRecord = Mapping[str, Any]


class Relay:
    """The step between stream and queue: a stream waits behind a record that cannot be handled, a queue does not."""

    def __init__(self, queue: Queue) -> None:
        """`queue` is the effects queue."""
        self._queue = queue

    def carry(self, records: Iterable[StreamRecord]) -> tuple[str, ...]:
        """Send the body of every record (of a DynamoDB stream, with new images) to the queue.

        Returns the sequence numbers of those that the queue did not take, in the stream's order; Lambda hands out again
        from the first of them on, so some are sent twice, which whoever performs them recognises. Raises Permanent where
        the queue refuses for a reason that holds for all.
        """
        bodies = {record["dynamodb"]["SequenceNumber"]: _body(record) for record in records}
        left = self._queue.send(bodies)
        return tuple(number for number in bodies if number in left)


def _body(record: StreamRecord) -> str:
    """The item's body; of an item without one the whole record, which ends with the dead letters instead of here."""
    body = record["dynamodb"].get("NewImage", {}).get("body", {}).get("S")
    return body if isinstance(body, str) and body else msgspec.json.encode(record).decode()
