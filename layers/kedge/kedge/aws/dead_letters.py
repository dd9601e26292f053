"""SQS: the queue of what could not be read."""

from kedge.aws.calls import Client, tell
from kedge.domain.malformed import InputError

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
        answer = tell(self._sqs.send_message, QueueUrl=self._url, MessageBody=body, MessageAttributes=attributes)
        return str(answer["MessageId"])


def _acceptable(text: str) -> str:
    """SQS refuses control characters in an attribute, and with them the whole message."""
    return "".join(char if char.isprintable() else "?" for char in text[:_LONGEST])
