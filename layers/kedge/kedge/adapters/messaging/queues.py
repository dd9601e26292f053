"""SQS: a queue to send to."""

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
            answer = send(self._sqs.send_message_batch, QueueUrl=self._url, Entries=entries)
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
        told = send(self._sqs.get_queue_attributes, QueueUrl=self._url, AttributeNames=[_VISIBLE])
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


_LONGEST = 1_000


class DeadLetterQueue:
    """Keeps raw input, with the place and the reason of its fault beside it."""

    def __init__(self, sqs: Client, url: str) -> None:
        """`sqs` is boto3's client, or one that answers like it."""
        self._sqs = sqs
        self._url = url

    def keep(self, body: str, fault: InputError) -> str:
        """Keep a body as it came, and return the queue's id of it. Raises Transient, Permanent."""
        told = {"fault": type(fault).__name__, "path": fault.path, "why": fault.why}
        attributes = {
            name: {"DataType": "String", "StringValue": _acceptable(text)} for name, text in told.items() if text
        }
        answer = send(self._sqs.send_message, QueueUrl=self._url, MessageBody=body, MessageAttributes=attributes)
        return str(answer["MessageId"])


def _acceptable(text: str) -> str:
    """SQS refuses control characters in an attribute, and with them the whole message."""
    return "".join(char if char.isprintable() else "?" for char in text[:_LONGEST])


_TIMEOUT: Final = "VisibilityTimeout"


class SqsRedelivery:
    """Messages of one queue that failed."""

    def __init__(self, sqs: Client, url: str, failed: Callable[[KedgeError], None]) -> None:
        """`sqs` is boto3's client, or one that answers like it; `failed` is told where SQS refuses, and the message comes later."""
        self._sqs = sqs
        self._url = url
        self._failed = failed

    def hasten(self, receipt: str, receive: int) -> None:
        """Let a message come again after its `receive`-th failed try. Never raises: without it, the queue's own time holds."""
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
"""Seconds, as the signals queue has it (template.yaml): the check changes nothing but when they began."""

# SQS has had several words for a receipt that is none, or no longer one. boto3 prefixes those of the older protocol.
_UNKNOWN: Final = frozenset({"ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"})


def queue_arn(function_arn: str, url: str) -> str:
    """The ARN of a queue in the account and Region of a function. A URL ends in the queue's name."""
    _, partition, _, region, account, *_ = function_arn.split(":")
    return f"arn:{partition}:sqs:{region}:{account}:{url.rpartition('/')[2]}"


class SqsReceipts:
    """Receipts of one queue, checked with ChangeMessageVisibility."""

    def __init__(self, sqs: Client, url: str, arn: str, failed: Callable[[KedgeError], None]) -> None:
        """`sqs` is boto3's client, or one that answers like it; `failed` is told where SQS refuses to answer."""
        self._sqs = sqs
        self._url = url
        self._arn = arn
        self._failed = failed

    def knows(self, queue: str | None, receipt: str | None) -> bool:
        """Whether the queue has handed out this receipt just now; also not, where SQS refuses for good. Raises Transient."""
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
