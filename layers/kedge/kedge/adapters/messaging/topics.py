"""SNS: a topic as a channel."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Final

from kedge.adapters.calls import Client, send
from kedge.domain.errors import KedgeError
from kedge.ports.channels import Channel, Message, Subscription, SubscriptionStatus

LONGEST_SUBJECT: Final = 99
"""Characters. SNS refuses 100 (its API reference, Publish: Subject)."""


class SnsTopic:
    """A channel that publishes each message to one topic."""

    def __init__(self, sns: Client, topic_arn: str) -> None:
        """Keep `sns`, boto3's client or a double of it."""
        self._sns = sns
        self._arn = topic_arn

    def send(self, message: Message) -> str:
        """Publish a message, and return SNS's id of it. Raises Transient or Permanent."""
        subject = printable(message.subject or "")
        answer = send(
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
    """Return a message attribute in the form of SNS's developer guide ("Message attributes": data types)."""
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    return {"DataType": "String.Array", "StringValue": json.dumps(value, ensure_ascii=False)}


def printable(subject: str) -> str:
    """Return a subject in the form that SNS always accepts: printable ASCII in one line, at most 99 characters."""
    plain = "".join(char if " " <= char <= "~" else " " if char.isspace() else "?" for char in subject)
    return " ".join(plain.split())[:LONGEST_SUBJECT].rstrip()


SECONDS_A_MAIL: Final = 0.25
"""The minimum time of a worker per mail.

Each of the workers that run at once (2 in the template) sends at most 4 mails a second. SNS allows 10 a second for each
subscription, and this limit cannot be raised:
https://repost.aws/knowledge-center/sns-email-subscription-disabled
"""


class RateLimitedChannel:
    """A channel that waits before each message.

    docs/decisions/0012-mail-has-a-pace.md explains why a function may wait.
    """

    def __init__(self, channel: Channel, seconds: float, sleep: Callable[[float], None]) -> None:
        """Keep the channel, the seconds to wait, and `sleep`, which is `time.sleep` or a double that only counts."""
        self._channel = channel
        self._seconds = seconds
        self._sleep = sleep

    def send(self, message: Message) -> str:
        """Wait, send, and return the channel's own id of the message. Raises what the channel raises."""
        self._sleep(self._seconds)
        return self._channel.send(message)


_BELIEVED: Final = timedelta(minutes=1)
"""How long an answer is used: many messages cause one request a minute."""


class TopicAudience:
    """The confirmed subscribers of one topic. SNS accepts a message even if there are none."""

    def __init__(
        self, sns: Client, topic_arn: str, monotonic: Callable[[], float], failed: Callable[[KedgeError], None]
    ) -> None:
        """Keep `sns` (boto3's client or a double), `monotonic` seconds and `failed`.

        `failed` is called if SNS refuses to answer.
        """
        self._sns = sns
        self._arn = topic_arn
        self._monotonic = monotonic
        self._failed = failed
        self._answered: tuple[float, bool] | None = None

    def listens(self) -> bool:
        """Return whether there is a confirmed subscriber; also True if SNS does not say. Never raises."""
        now = self._monotonic()
        if self._answered is not None and now - self._answered[0] < _BELIEVED.total_seconds():
            return self._answered[1]
        try:
            told = send(self._sns.get_topic_attributes, TopicArn=self._arn)
        except KedgeError as error:
            self._failed(error)
            return True
        listens = str(told["Attributes"].get("SubscriptionsConfirmed")) != "0"
        self._answered = (now, listens)
        return listens


MOST_SUBSCRIPTIONS: Final = 200
"""The maximum number of subscriptions that are read. A topic with more of them counts as heard by each receiver."""

# ListSubscriptionsByTopic gives these words instead of an ARN.
_STATUS: Final = {"PendingConfirmation": SubscriptionStatus.PENDING, "Deleted": SubscriptionStatus.DELETED}


class TopicSubscriptions:
    """The subscriptions of one topic, without their addresses."""

    def __init__(self, sns: Client, topic_arn: str) -> None:
        """Keep `sns`, boto3's client or a double of it."""
        self._sns = sns
        self._arn = topic_arn

    def every(self) -> tuple[Subscription, ...]:
        """Return the subscriptions, at most 200. Raises Transient or Permanent.

        If there are more, an additional one stands for the rest: it is confirmed and has no filter.
        """
        found = tuple(islice(self._pages(), MOST_SUBSCRIPTIONS + 1))
        read = tuple(map(self._subscription, found[:MOST_SUBSCRIPTIONS]))
        return read if len(found) <= MOST_SUBSCRIPTIONS else (*read, Subscription(SubscriptionStatus.CONFIRMED))

    def _pages(self) -> Iterator[str]:
        more: dict[str, str] = {}
        while True:
            page = send(self._sns.list_subscriptions_by_topic, TopicArn=self._arn, **more)
            yield from (str(each["SubscriptionArn"]) for each in page["Subscriptions"])
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}

    def _subscription(self, arn: str) -> Subscription:
        if (status := _STATUS.get(arn)) is not None:
            return Subscription(status)
        told = send(self._sns.get_subscription_attributes, SubscriptionArn=arn)["Attributes"]
        if told.get("PendingConfirmation") == "true":
            return Subscription(SubscriptionStatus.PENDING)
        return Subscription(SubscriptionStatus.CONFIRMED, told.get("FilterPolicy") or None)
