"""The fields in events that people send: words of closed lists, times, comments."""

from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kedge.sources.event_header import Event
from kedge.sources.json_path import JsonValue
from kedge.sources.timestamps import moment

LONGEST_COMMENT: Final = 4_096
"""The maximum size of a person's comment in bytes: it goes into mails, and into a table with items of at most 400 KB."""


class Person(Struct, frozen=True):
    """The sender of an event. `arn` is what AWS confirmed; without it the name in the event counts.

    A recording and a policy test do not have an ARN: there `proven` alone says that the name in the event counts as
    confirmed.
    """

    arn: str = ""
    proven: bool = False

    def named(self, place: JsonValue, key: str, what: str) -> str:
        """Return the person's name: the confirmed ARN, else the text under a key.

        Raises MalformedSignal if both are missing.
        """
        return self.arn or place.need(key, what)


UNKNOWN: Final = Person()
"""A person without a proof."""


def choice[E: StrEnum](place: JsonValue, key: str, words: type[E]) -> E:
    """Return the word under a key. Raises MalformedSignal with all valid words, and the most similar one."""
    text = place.need(key, f"one of {', '.join(words)}")
    try:
        return words(text)
    except ValueError:
        close = get_close_matches(text, list(words), n=1, cutoff=0.7)
        meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(words)}"
        raise place.at(key).fault(f"must not be {text[:50]!r}: {meant}") from None


def said(place: JsonValue, key: str) -> str:
    """Return a person's comment under a key, or an empty text. Raises MalformedSignal if it is too long."""
    text = place.text(key) or ""
    if (size := len(text.encode(errors="replace"))) > LONGEST_COMMENT:
        raise place.at(key).fault(f"has {size} bytes; keep it below {LONGEST_COMMENT}")
    return text


def when(event: Event, detail: JsonValue) -> datetime:
    """Return the time under `at`, by default the event's. Raises MalformedSignal if it is invalid."""
    if not detail.has("at"):
        return event.at
    return moment_under(detail, "at")


def moment_under(place: JsonValue, key: str) -> datetime:
    """Return the time under a key. Raises MalformedSignal if there is none."""
    found = moment(place.at(key).value)
    if found is None:
        raise place.at(key).fault("must be a time in ISO 8601, such as 2026-11-20T10:00:00Z")
    return found
