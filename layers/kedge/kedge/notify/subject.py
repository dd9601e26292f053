"""The subject of a mail.

SNS takes "UTF-8 text with no line breaks or control characters, and less than 100 characters" (Publish, botocore), and
older parts of it ASCII only: printable ASCII of at most 99 characters passes everywhere.
"""

import unicodedata
from typing import Final

from kedge.notify.plain import plain, short, squeezed

LONGEST: Final = 99
_NAME: Final = 40
# What decomposition alone does not bring to ASCII.
_SPELLED: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "ł": "l", "Ł": "L",
     "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
     "→": "->", "≥": ">=", "≤": "<="}
)  # fmt: skip


def subject(before: str, name: str, words: str, after: str) -> str:
    """`[BEFORE] name: words (AFTER)` in printable ASCII, 1 to 99 characters.

    Where it is too long the words give way at a word's end, and a long name in its middle; what stands in brackets
    never does: a telephone shows the beginning, and a filter looks for the end.
    """
    head, tail = f"[{_ascii(before)}] ", f" ({_ascii(after)})"
    words, room = _ascii(words), LONGEST - len(head) - len(tail)
    shown = squeezed(_ascii(name), max(_NAME, room - len(words) - len(": ")))
    return head + short(f"{shown}: {words}", room) + tail


def _ascii(text: str) -> str:
    apart = unicodedata.normalize("NFKD", plain(text).translate(_SPELLED))
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return plain(bare.encode("ascii", "replace").decode("ascii"))
