"""SQS: a queue to send to."""

from collections.abc import Iterator, Mapping
from typing import Final

from kedge.aws.calls import Client, tell
from kedge.errors import Transient

_MOST: Final = 10
_VISIBLE: Final = "ApproximateNumberOfMessages"
# Bytes of all bodies of a batch. SQS takes 1 MiB since 2025, but older queues were made for less.
_LARGEST: Final = 262_144

type _Batch = dict[str, str]


class SqsQueue:
    """A queue, filled with SendMessageBatch."""

    def __init__(self, sqs: Client, url: str) -> None:
        """`sqs` is boto3's client, or one that answers like it."""
        self._sqs = sqs
        self._url = url

    def send(self, bodies: Mapping[str, str]) -> set[str]:
        """Send bodies by id; returns the ids of those that were not taken.

        A batch that fails as a whole for a passing reason was not taken. Raises Permanent, where SQS refuses a batch for
        a reason that holds for all.
        """
        refused: set[str] = set()
        for batch in _batches(bodies):
            refused |= self._send(batch)
        return refused

    def _send(self, batch: _Batch) -> set[str]:
        # Ids of a batch are numbers: SQS takes letters, digits, - and _ only, and ours may be anything.
        ids = dict(enumerate(batch))
        entries = [{"Id": str(number), "MessageBody": batch[name]} for number, name in ids.items()]
        try:
            answer = tell(self._sqs.send_message_batch, QueueUrl=self._url, Entries=entries)
        except Transient:
            return set(batch)
        return {ids[int(failure["Id"])] for failure in answer.get("Failed", ())}


class QueueBacklog:
    """How many messages wait in a queue, by GetQueueAttributes."""

    def __init__(self, sqs: Client, url: str) -> None:
        """`sqs` is boto3's client, or one that answers like it."""
        self._sqs = sqs
        self._url = url

    def waiting(self) -> int:
        """Return about how many messages can be received now. Raises Transient, Permanent."""
        told = tell(self._sqs.get_queue_attributes, QueueUrl=self._url, AttributeNames=[_VISIBLE])
        return int(told["Attributes"][_VISIBLE])


def _batches(bodies: Mapping[str, str]) -> Iterator[_Batch]:
    """In tens, and no batch above the size that SQS takes; a body that is larger by itself goes alone."""
    batch: _Batch = {}
    size = 0
    for name, body in bodies.items():
        length = len(body.encode())
        if batch and (len(batch) == _MOST or size + length > _LARGEST):
            yield batch
            batch, size = {}, 0
        batch[name] = body
        size += length
    if batch:
        yield batch
