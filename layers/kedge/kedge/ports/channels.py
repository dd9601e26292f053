"""The ports that notify people and programs."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from kedge.domain.effect import ChannelName


class Message(Struct, frozen=True, kw_only=True):
    """The content for one channel: a body, and a subject for mail.

    Attributes (texts or lists) are for filter policies.
    """

    body: str
    subject: str | None = None
    attributes: dict[str, str | tuple[str, ...]] = {}


class Channel(Protocol):
    """One way to reach people or programs."""

    def send(self, message: Message) -> str:
        """Send a message, and return the channel's own id of it."""


class Audience(Protocol):
    """The subscribers of a channel."""

    def listens(self) -> bool:
        """Return whether there is a confirmed subscriber; also True if this is unknown. Never raises."""


class SubscriptionStatus(StrEnum):
    """The status of a subscription to a topic. Only a confirmed one receives messages."""

    CONFIRMED = "confirmed"
    PENDING = "pending"
    DELETED = "deleted"


class Subscription(Struct, frozen=True):
    """One subscription of a topic. `filter_policy` is its JSON, None if it receives all messages or is not confirmed."""

    status: SubscriptionStatus
    filter_policy: str | None = None


class Subscriptions(Protocol):
    """The subscriptions of a channel."""

    def every(self) -> tuple[Subscription, ...]:
        """Return the subscriptions. Raises Transient or Permanent."""


class KnownAudience(Protocol):
    """The receivers without a confirmed subscriber, as the last check found them."""

    def is_unheard(self, receiver: str, channel: ChannelName) -> bool:
        """Return whether a receiver has no confirmed subscriber in a channel; False if this is unknown. Never raises."""


type Channels = Mapping[ChannelName, Channel]
