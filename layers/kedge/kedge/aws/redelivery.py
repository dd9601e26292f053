"""SQS: a message that could not be handled is offered again sooner than the queue would by itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from kedge.aws.calls import Client, tell
from kedge.domain.redelivery import again_in
from kedge.errors import KedgeError

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
            told = tell(self._sqs.get_queue_attributes, QueueUrl=self._url, AttributeNames=[_TIMEOUT])
            longest = timedelta(seconds=int(told["Attributes"][_TIMEOUT]))
            wait = again_in(receive, longest)
            if wait < longest:
                tell(
                    self._sqs.change_message_visibility,
                    QueueUrl=self._url,
                    ReceiptHandle=receipt,
                    VisibilityTimeout=int(wait.total_seconds()),
                )
        except KedgeError as error:
            self._failed(error)
