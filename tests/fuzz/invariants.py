"""Invariants: conditions that hold for every outcome of every input."""

import json
import re
from typing import Any, Final

from kedge.domain.effect import Effect
from kedge.domain.errors import InputError
from kedge.ledger.items import Write
from kedge.ledger.writes import writes_of
from kedge.messages import chat, mail
from kedge.messages.programs import document as programs
from kedge.ports.storage import Commit

MOST_OF_AN_ITEM: Final = 400_000
MOST_OF_A_MESSAGE: Final = 262_144
MOST_OF_A_SUBJECT: Final = 100
MOST_OF_A_FAULT: Final = 300
RUNBOOK: Final = "https://runbooks.example.com"

# Slack's mentions, and links whose text hides their destination. Kedge's own links lead to a page.
_MENTION: Final = re.compile(r"<[!@#]")
_RUNBOOKS: Final = (RUNBOOK, "")


class Broken(AssertionError):
    """An invariant does not hold."""


def must(holds: object, what: str) -> None:
    """Raise Broken with the condition, unless it holds."""
    if not holds:
        raise Broken(what)


def explained(fault: InputError) -> None:
    """Check the error message of an input that cannot be read."""
    must(fault.path.startswith("$") and fault.why, "what is malformed has a path and a reason")
    str(fault).encode()


def kept(commit: Commit) -> int:
    """Check the writes and messages of a decision, and return the number of messages."""
    for write in writes_of(commit):
        if isinstance(write, Write):
            size = len(write.item.body.encode()) + len(write.key.pk.encode()) + len(write.key.sk.encode())
            must(size <= MOST_OF_AN_ITEM, f"an item of the table has {MOST_OF_AN_ITEM} bytes at most, not {size}")
            must(len(write.key.pk.encode()) <= 2_048, "a partition key has 2,048 bytes at most")
            must(len(write.key.sk.encode()) <= 1_024, "a sort key has 1,024 bytes at most")
            if write.key.sk == "EFFECT":
                must(size <= MOST_OF_A_MESSAGE, f"what the relay carries fits into the queue; this has {size} bytes")
    for effect in commit.effects:
        told(effect)
    return len(commit.effects)


def told(effect: Effect) -> None:
    """Check the message of an effect for every channel."""
    for runbook in _RUNBOOKS:
        letter, note, document = (
            mail.write(effect, runbook),
            chat.write(effect, runbook),
            programs.write(effect, runbook),
        )
        for name, message in (("mail", letter), ("chat", note), ("programs", document)):
            size = len(message.body.encode()) + len(json.dumps(message.attributes).encode())
            must(0 < size <= MOST_OF_A_MESSAGE, f"a message ({name}) has {MOST_OF_A_MESSAGE} bytes at most, not {size}")
        subject = letter.subject or ""
        must(0 < len(subject) < MOST_OF_A_SUBJECT, f"a subject has 1 to 99 characters: {subject!r}")
        must(subject.isascii() and subject.isprintable(), f"a subject is one line of printable ASCII: {subject!r}")
        must("\r" not in letter.body and "\0" not in letter.body, "a mail has no CR and no NUL")
        shown = json.loads(note.body)
        for text in _texts([shown["content"], shown["metadata"]["summary"], shown["metadata"]["relatedResources"]]):
            must(not _MENTION.search(text), f"no name or text mentions anybody in chat: {text[:200]!r}")
        json.loads(document.body)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value
    return [text for each in inner for text in _texts(each)]
