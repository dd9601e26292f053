"""A fault of a document and its place, in the form that people read."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Final, override

from msgspec import Struct

_QUOTED: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_MOST_COMPARED: Final = 200
_MOST_LISTED: Final = 12
_WIDEST: Final = 100
_BEFORE: Final = 60
_INDENT: Final = "    "


class Fault(Struct, frozen=True, order=True, kw_only=True):
    """One fault, or note. `line` and `column` count from 1, `column` in characters; `mend` is the suggested fix.

    `file` and `source` (the line itself) are set when the whole document has been read.
    """

    line: int
    column: int
    why: str
    mend: str = ""
    file: str = ""
    source: str = ""

    @property
    def brief(self) -> str:
        """Return the fault in one line: `FILE:LINE:COLUMN: why`, and the fix."""
        return f"{self.place}: {self.why}" + (f": {self.mend}" if self.mend else "")

    @property
    def place(self) -> str:
        """Return `FILE:LINE:COLUMN`."""
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def shown(self) -> tuple[str, str]:
        """Return the line, and a caret below the place, cut to the width of a screen."""
        cut = max(0, self.column - 1 - _BEFORE) if len(self.source) > _WIDEST else 0
        line = self.source[cut:]
        before = ("…" if cut else "") + printable(line[: self.column - 1 - cut])
        after = printable(line[self.column - 1 - cut : _WIDEST])
        return before + after + ("…" if len(line) > _WIDEST else ""), " " * _width(before) + "^"

    @override
    def __str__(self) -> str:
        line, caret = self.shown
        rows = [f"{self.place}: {self.why}", _INDENT + line, _INDENT + caret]
        return "\n".join([*rows, _INDENT + self.mend] if self.mend else rows)


def quoted(text: str) -> str:
    """Return a text of a document in a form that is safe to print and short enough to read."""
    return repr(text if len(text) <= 80 else f"{text[:79]}…")


def near(text: str, known: Iterable[str]) -> str:
    """Return `did you mean X?` if a known text has a similar spelling, else an empty text."""
    by_small = {name.lower(): name for name in islice(known, _MOST_COMPARED)}
    found = get_close_matches(text.lower(), by_small, 1)
    return f"did you mean {by_small[found[0]]}?" if found else ""


def listing(known: Sequence[str]) -> str:
    """Return `there are A, B`; only the first few if there are many."""
    more = f" and {len(known) - _MOST_LISTED} more" if len(known) > _MOST_LISTED else ""
    return f"there {'is' if len(known) == 1 else 'are'} {', '.join(known[:_MOST_LISTED])}{more}"


def parted(message: str) -> tuple[str, str]:
    """Return the fault and the fix in `why: mend`. Quoted parts of the message are ignored."""
    bare = _QUOTED.sub(lambda found: "_" * len(found[0]), message)
    colon = bare.rfind(": ")
    return (message, "") if colon < 0 else (message[:colon], message[colon + 2 :])


def printable(text: str) -> str:
    """Return a text without the control characters of a terminal."""
    return "".join(char if char.isprintable() else " " if char == "\t" else "�" for char in text)


def _width(text: str) -> int:
    """Return the number of terminal columns of a text."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
