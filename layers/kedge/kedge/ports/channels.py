"""Tells people and programs."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from kedge.domain.effect import ChannelName


class Message(Struct, frozen=True, kw_only=True):
    """What one channel is to send: a body, and for mail a subject. Attributes, text or lists of it, are for filter policies."""

    body: str
    subject: str | None = None
    attributes: dict[str, str | tuple[str, ...]] = {}


class Channel(Protocol):
    """One way to reach people or programs."""

    def send(self, message: Message) -> str:
        """Send, and return the channel's own id of the message."""


class Audience(Protocol):
    """Tells whether anybody hears what a channel sends."""

    def listens(self) -> bool:
        """Return whether there is a subscriber who has confirmed; also True where that cannot be told. Never raises."""


type Channels = Mapping[ChannelName, Channel]
