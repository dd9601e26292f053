"""The first line of a message in its parts: severity, target, symptom and state."""

import unicodedata
from typing import Final

from msgspec import Struct

from kedge.domain.effect import Effect
from kedge.domain.run import Monitor
from kedge.domain.target import TargetKind
from kedge.formatting import format_clock, one_line, shorten, shorten_name
from kedge.messages.digest import about_several, census, count_words, where
from kedge.messages.message_type import MessageType, message_type_of
from kedge.messages.remedy_status import due_of, wants_approval, wants_eyes
from kedge.messages.wording.problem import headline


class Head(Struct, frozen=True, kw_only=True):
    """`[MARK] name: words (STANDING)`. Mail filters match both ends, and a phone shows the beginning.

    `grade` is the severity, which the mark of a drill or of a request for approval does not show.
    """

    mark: str
    grade: str
    name: str
    words: str
    standing: str


def head(effect: Effect) -> Head:
    """Return the first line of a message."""
    return _of_several(effect) if about_several(effect) else _of_one(effect)


def _of_one(effect: Effect) -> Head:
    incident, target = effect.incident, effect.incident.target
    # A failed remedy needs an engineer, even if the incident was resolved by hand.
    over = message_type_of(effect) is MessageType.RESOLVED and not wants_eyes(effect)
    asks, severity, drill = wants_approval(effect), incident.severity.upper(), incident.monitor is Monitor.DRILL
    grade = "RESOLVED" if over else severity
    # A name that SageMaker accepts (63 characters) is shown whole. A fleet does not have a chosen name.
    name = "fleet" if target.kind is TargetKind.FLEET else shorten_name(target.name, 63) or "unnamed"
    if drill and target.kind is TargetKind.FLEET:
        name = "kedge"
    return Head(
        mark="APPROVAL" if asks else "DRILL" if drill else grade,
        grade=grade,
        name=name,
        words=headline(effect),
        standing=severity
        if drill
        else _until(effect)
        if asks
        else f"was {severity}"
        if over
        else incident.state.upper(),
    )


def _until(effect: Effect) -> str:
    acting = effect.incident.remedy
    due = due_of(acting) if acting is not None else None
    return f"until {format_clock(due, effect.at)}" if due is not None else effect.incident.severity.upper()


def _of_several(effect: Effect) -> Head:
    counted = census(effect)
    mark = counted.worst.upper() if counted.worst is not None else "RESOLVED"
    return Head(
        mark=mark,
        grade=mark,
        name=where(effect),
        words=count_words(counted) or "nothing left to tell",
        standing="GROUPED",
    )


LONGEST: Final = 99
_NAME: Final = 40
# Characters that decomposition alone does not turn into ASCII.
_SPELLED: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "ł": "l", "Ł": "L",
     "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
     "→": "->", "≥": ">=", "≤": "<="}
)  # fmt: skip


def subject(before: str, name: str, words: str, after: str) -> str:
    """Return `[BEFORE] name: words (AFTER)` in printable ASCII, 1 to 99 characters.

    If it is too long, the words are cut after a word, and a long name in its middle. The brackets are never cut: a phone
    shows the beginning, and a mail filter matches the end.
    """
    head, tail = f"[{_ascii(before)}] ", f" ({_ascii(after)})"
    words, room = _ascii(words), LONGEST - len(head) - len(tail)
    shown = shorten_name(_ascii(name), max(_NAME, room - len(words) - len(": ")))
    return head + shorten(f"{shown}: {words}", room) + tail


def _ascii(text: str) -> str:
    apart = unicodedata.normalize("NFKD", one_line(text).translate(_SPELLED))
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return one_line(bare.encode("ascii", "replace").decode("ascii"))
