"""The ports that notify people and programs."""

from collections.abc import Mapping
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


type Channels = Mapping[ChannelName, Channel]
