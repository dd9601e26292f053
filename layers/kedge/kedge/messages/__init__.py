"""Incidents put into words: one module a channel, each a pure function from an effect to a message."""

from typing import Final

from kedge.domain.effect import ChannelName, Effect
from kedge.messages import chat, mail
from kedge.messages.digest import alone
from kedge.messages.json import document
from kedge.ports.channels import Message

_WRITERS: Final = {ChannelName.MAIL: mail.write, ChannelName.CHAT: chat.write, ChannelName.PROGRAMS: document.write}

__all__ = ["write"]


def write(effect: Effect, runbook_url: str) -> Message:
    """The message that an effect's channel is to send.

    `runbook_url` is the team's runbook, to which the cause is added as a fragment; it may be empty. The message, its
    attributes included, is below SNS's 262,144 bytes whatever the incident holds.
    """
    return _WRITERS[effect.channel](alone(effect), runbook_url)
