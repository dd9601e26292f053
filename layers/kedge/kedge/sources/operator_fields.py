"""What people write into the events that they send themselves: words of closed lists, times, comments."""

from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kedge.sources.event_header import Event
from kedge.sources.json_path import JsonValue
from kedge.sources.timestamps import moment

LONGEST_COMMENT: Final = 4_096
"""Bytes of what a person says: it goes into mails, and into a table whose items have 400 KB at most."""


class Person(Struct, frozen=True):
    """Who sent an event, as far as that is known. `arn` is what AWS confirmed; without it the event's own name is taken.

    A recording and a policy test know no ARN: there `proven` alone says that the name in the event counts as confirmed.
    """

    arn: str = ""
    proven: bool = False

    def named(self, place: JsonValue, key: str, what: str) -> str:
        """Return the person's name: the confirmed ARN, else the text under a key. Raises MalformedSignal if there is neither."""
        return self.arn or place.need(key, what)


UNKNOWN: Final = Person()
"""A person who brought no proof."""


def choice[E: StrEnum](place: JsonValue, key: str, words: type[E]) -> E:
    """The word under a key. Raises MalformedSignal with the words that there are, and the one that was likely meant."""
    text = place.need(key, f"one of {', '.join(words)}")
    try:
        return words(text)
    except ValueError:
        close = get_close_matches(text, list(words), n=1, cutoff=0.7)
        meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(words)}"
        raise place.at(key).fault(f"must not be {text[:50]!r}: {meant}") from None


def said(place: JsonValue, key: str) -> str:
    """What a person says under a key, empty where nothing is. Raises MalformedSignal where it is too long."""
    text = place.text(key) or ""
    if (size := len(text.encode(errors="replace"))) > LONGEST_COMMENT:
        raise place.at(key).fault(f"has {size} bytes; keep it below {LONGEST_COMMENT}")
    return text


def when(event: Event, detail: JsonValue) -> datetime:
    """The time under `at`, or the event's where there is none. Raises MalformedSignal where it is no time."""
    if not detail.has("at"):
        return event.at
    return moment_under(detail, "at")


def moment_under(place: JsonValue, key: str) -> datetime:
    """The time under a key. Raises MalformedSignal where there is none."""
    found = moment(place.at(key).value)
    if found is None:
        raise place.at(key).fault("must be a time in ISO 8601, such as 2026-11-20T10:00:00Z")
    return found
