"""Moves the outbox from the table's stream into the effects queue. It copies ids and bodies without reading them."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from kedge.ports.readers import Queue

type StreamRecord = Mapping[str, Any]


class Relay:
    """The step between stream and queue: a stream waits behind a record that cannot be handled, a queue does not."""

    def __init__(self, queue: Queue) -> None:
        """Connect to the effects queue."""
        self._queue = queue

    def carry(self, records: Iterable[StreamRecord]) -> tuple[str, ...]:
        """Send the body of every record (of a DynamoDB stream, with new images) to the queue.

        Returns the sequence numbers of those that the queue did not accept, in the stream's order. Lambda delivers
        again from the first of them on, so some are sent twice; the worker recognizes repetitions.

        Raises:
            Permanent: the queue refuses all of them.
        """
        bodies = {record["dynamodb"]["SequenceNumber"]: _body(record) for record in records}
        left = self._queue.send(bodies)
        return tuple(number for number in bodies if number in left)


def _body(record: StreamRecord) -> str:
    """Return the item's body. If an item has none, the whole record goes to the dead letters instead of failing here."""
    body = record["dynamodb"].get("NewImage", {}).get("body", {}).get("S")
    return body if isinstance(body, str) and body else msgspec.json.encode(record).decode()
