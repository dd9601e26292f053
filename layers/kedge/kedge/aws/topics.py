"""SNS: a topic as a channel."""

import json
from typing import Final

from kedge.aws.calls import Client, tell
from kedge.ports import Message

LONGEST_SUBJECT: Final = 99
"""Characters. SNS refuses 100 (its API reference, Publish: Subject)."""


class SnsTopic:
    """A channel that publishes each message to one topic."""

    def __init__(self, sns: Client, topic_arn: str) -> None:
        """`sns` is boto3's client, or one that answers like it."""
        self._sns = sns
        self._arn = topic_arn

    def send(self, message: Message) -> str:
        """Publish, and return SNS's id of the message. Raises Transient, Permanent."""
        subject = printable(message.subject or "")
        answer = tell(
            self._sns.publish,
            TopicArn=self._arn,
            Message=message.body,
            MessageAttributes={
                name: _attribute(value)
                # SNS refuses the whole message for an empty value.
                for name, value in message.attributes.items()
                if value
            },
            **({"Subject": subject} if subject else {}),
        )
        return str(answer["MessageId"])


def _attribute(value: str | tuple[str, ...]) -> dict[str, str]:
    """A value of a message, as SNS's developer guide writes it ("Message attributes": data types)."""
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    return {"DataType": "String.Array", "StringValue": json.dumps(value, ensure_ascii=False)}


def printable(subject: str) -> str:
    """A subject as SNS takes it whatever is in it: printable ASCII in one line, at most 99 characters."""
    plain = "".join(char if " " <= char <= "~" else " " if char.isspace() else "?" for char in subject)
    return " ".join(plain.split())[:LONGEST_SUBJECT].rstrip()
