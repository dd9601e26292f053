"""The custom notification schema of Amazon Q Developer in chat applications (once AWS Chatbot).

A message of any other shape on its topic is dropped without a word, so the types below are the schema. Text is Slack's
markdown, in which `&`, `<` and `>` must be escaped. The lengths are those of the service's guide.
"""

from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct

from kedge.formatting import shorten, shorten_name

TITLE: Final = 250
WORD: Final = 100
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Content(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the channel shows."""

    text_type: Literal["client-markdown"] = "client-markdown"
    title: str
    description: str
    next_steps: tuple[str, ...]
    keywords: tuple[str, ...]


class Metadata(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the service does with it: `thread_id` keeps an incident in one thread, where the channel allows threads.

    `additional_context` feeds the variables of custom actions; its values are strings.
    """

    thread_id: str
    summary: str
    event_type: str
    related_resources: tuple[str, ...]
    additional_context: dict[str, str]
    enable_custom_actions: bool = True


class ChatNotification(Struct, frozen=True, kw_only=True):
    """A custom notification."""

    version: Literal["1.0"] = "1.0"
    source: Literal["custom"] = "custom"
    id: str
    content: Content
    metadata: Metadata


def escaped(text: str, most: int, cut: Callable[[str, int], str] = shorten) -> str:
    """Text of at most `most` characters that Slack shows as it is, and never takes for a mention or a link.

    It is cut before it is escaped, so that no escape is cut in two.
    """
    room = most
    while len(shown := cut(text, room).translate(_ESCAPES)) > most:
        room -= max(1, (len(shown) - most) // 5)
    return shown


def code(name: str) -> str:
    """A name as code, in which underscores and asterisks are only themselves."""
    return f"`{escaped(name.replace('`', "'"), WORD, shorten_name)}`"
