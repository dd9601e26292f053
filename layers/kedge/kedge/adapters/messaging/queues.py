"""SQS: queues that Kedge sends to, and the messages in them."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from kedge.adapters.calls import Client, in_our_words, send
from kedge.adapters.errors import code_of
from kedge.domain.errors import InputError, KedgeError, Permanent, Transient
from kedge.domain.redelivery import again_in

_MOST: Final = 10
_VISIBLE: Final = "ApproximateNumberOfMessages"
# Bytes of all bodies of a batch. SQS accepts 1 MiB since 2025, but older queues have a lower limit.
_LARGEST: Final = 262_144

type _Batch = dict[str, str]


class SqsQueue:
    """A queue, filled with SendMessageBatch."""

    def __init__(self, sqs: Client, url: str) -> None:
        """Keep `sqs`, boto3's client or a double of it."""
        self._sqs = sqs
        self._url = url

    def send(self, bodies: Mapping[str, str]) -> set[str]:
        """Send bodies by id and return the ids of those that were not accepted.

        If a batch fails as a whole for a transient reason, none of its bodies were accepted.

        Raises:
            Permanent: SQS refuses a batch for a reason that applies to all of them.
        """
        refused: set[str] = set()
        for batch in _batches(bodies):
            refused |= self._send(batch)
        return refused

    def _send(self, batch: _Batch) -> set[str]:
        # Ids of a batch are numbers: SQS accepts only letters, digits, - and _, and Kedge's ids may contain anything.
        ids = dict(enumerate(batch))
        entries = [{"Id": str(number), "MessageBody": batch[name]} for number, name in ids.items()]
        try:
            answer = send(self._sqs.send_message_batch, QueueUrl=self._url, Entries=entries)
        except Transient:
            return set(batch)
        return {ids[int(failure["Id"])] for failure in answer.get("Failed", ())}


class QueueBacklog:
    """The number of messages that wait in a queue, read with GetQueueAttributes."""

    def __init__(self, sqs: Client, url: str) -> None:
        """Keep `sqs`, boto3's client or a double of it."""
        self._sqs = sqs
        self._url = url

    def waiting(self) -> int:
        """Return the approximate number of messages that can be received now. Raises Transient or Permanent."""
        told = send(self._sqs.get_queue_attributes, QueueUrl=self._url, AttributeNames=[_VISIBLE])
        return int(told["Attributes"][_VISIBLE])


class MessageQueue:
    """A queue that gets single messages."""

    def __init__(self, sqs: Client, url: str) -> None:
        """Keep `sqs`, boto3's client or a double of it."""
        self._sqs = sqs
        self._url = url

    def send_one(self, body: str) -> None:
        """Send a body. Raises Transient or Permanent."""
        send(self._sqs.send_message, QueueUrl=self._url, MessageBody=body)


class OrderedQueue:
    """A FIFO queue: the messages of one group are processed in order, one at a time."""

    def __init__(self, sqs: Client, url: str) -> None:
        """Keep `sqs`, boto3's client or a double of it."""
        self._sqs = sqs
        self._url = url

    def send(self, body: str, group: str, name: str) -> None:
        """Send a body. SQS drops a second message of the same name within 5 minutes. Raises Transient or Permanent.

        Group and name may hold any text; SQS accepts 128 characters of a few kinds, so it gets their digests.
        """
        send(
            self._sqs.send_message,
            QueueUrl=self._url,
            MessageBody=body,
            MessageGroupId=hashlib.sha256(group.encode()).hexdigest(),
            MessageDeduplicationId=hashlib.sha256(name.encode()).hexdigest(),
        )


def _batches(bodies: Mapping[str, str]) -> Iterator[_Batch]:
    """Yield batches of at most 10 bodies within SQS's size limit. A larger body is sent alone."""
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


_LONGEST = 1_000


class DeadLetterQueue:
    """The dead-letter queue, which keeps raw input together with the place and the reason of its fault."""

    def __init__(self, sqs: Client, url: str) -> None:
        """Keep `sqs`, boto3's client or a double of it."""
        self._sqs = sqs
        self._url = url

    def keep(self, body: str, fault: InputError) -> str:
        """Send a body unchanged, and return the queue's id of it. Raises Transient or Permanent."""
        told = {"fault": type(fault).__name__, "path": fault.path, "why": fault.why}
        attributes = {
            name: {"DataType": "String", "StringValue": _acceptable(text)} for name, text in told.items() if text
        }
        answer = send(self._sqs.send_message, QueueUrl=self._url, MessageBody=body, MessageAttributes=attributes)
        return str(answer["MessageId"])


def _acceptable(text: str) -> str:
    """Return the text without control characters: because of one, SQS would refuse the whole message."""
    return "".join(char if char.isprintable() else "?" for char in text[:_LONGEST])


_TIMEOUT: Final = "VisibilityTimeout"


class SqsRedelivery:
    """The failed messages of one queue."""

    def __init__(self, sqs: Client, url: str, failed: Callable[[KedgeError], None]) -> None:
        """Keep boto3's client (or a double) and `failed`, which is called if SQS refuses.

        Then the message returns later.
        """
        self._sqs = sqs
        self._url = url
        self._failed = failed

    def hasten(self, receipt: str, receive: int) -> None:
        """Let a message return sooner after its `receive`-th failed try.

        It never raises: without it, the queue's own time applies.
        """
        try:
            told = send(self._sqs.get_queue_attributes, QueueUrl=self._url, AttributeNames=[_TIMEOUT])
            longest = timedelta(seconds=int(told["Attributes"][_TIMEOUT]))
            wait = again_in(receive, longest)
            if wait < longest:
                send(
                    self._sqs.change_message_visibility,
                    QueueUrl=self._url,
                    ReceiptHandle=receipt,
                    VisibilityTimeout=int(wait.total_seconds()),
                )
        except KedgeError as error:
            self._failed(error)


VISIBILITY: Final = 360
"""Seconds, equal to the visibility timeout of the signals queue in template.yaml, which the check only restarts."""

# SQS has had several codes for an invalid or expired receipt. boto3 prefixes those of the older protocol.
_UNKNOWN: Final = frozenset({"ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"})


def queue_arn(function_arn: str, url: str) -> str:
    """Return the ARN of a queue in a function's account and Region. A URL ends with the queue's name."""
    _, partition, _, region, account, *_ = function_arn.split(":")
    return f"arn:{partition}:sqs:{region}:{account}:{url.rpartition('/')[2]}"


class SqsReceipts:
    """The receipts of one queue, checked with ChangeMessageVisibility."""

    def __init__(self, sqs: Client, url: str, arn: str, failed: Callable[[KedgeError], None]) -> None:
        """Keep boto3's client (or a double), the queue, and `failed`, which is called if SQS refuses to answer."""
        self._sqs = sqs
        self._url = url
        self._arn = arn
        self._failed = failed

    def knows(self, queue: str | None, receipt: str | None) -> bool:
        """Return whether the queue just issued this receipt; False if SQS refuses permanently. Raises Transient."""
        if queue != self._arn or not isinstance(receipt, str) or not receipt:
            return False
        try:
            self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=VISIBILITY)
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and code_of(error).rpartition(".")[2] in _UNKNOWN:
                return False
            meant = in_our_words(error, "change_message_visibility")
            if not isinstance(meant, Permanent):
                raise meant from error
            self._failed(meant)
            return False
        return True
