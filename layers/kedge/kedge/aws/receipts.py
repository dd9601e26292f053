"""SQS: whether a message really came out of the signals queue.

Lambda does not tell who invoked a function, and anybody who may invoke one can write an event that looks like a batch of SQS. What
they cannot write is the receipt of a message that the queue has handed out and waits for.
"""

from collections.abc import Callable
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from kedge.aws.calls import Client, in_our_words
from kedge.aws.errors import code_of
from kedge.errors import KedgeError, Permanent

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
