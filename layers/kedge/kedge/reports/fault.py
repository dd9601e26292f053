"""A fault of a report and its place."""

from typing import Final, override

from msgspec import Struct

_LONGEST: Final = 300


class ReportFault(Struct, frozen=True):
    """A fault of a report: its place (a path, or line, column and byte), and the reason with the suggested fix.

    It is a value and not an exception: an unreadable report is a kind of evidence, and still causes an incident.
    """

    place: str
    why: str

    @override
    def __str__(self) -> str:
        """Return place and reason in one sentence."""
        return f"{self.place}: {self.why}"


def shown(text: str) -> str:
    """Return foreign text for a sentence: without control characters and lone surrogates, cut if it is long."""
    printable = "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:_LONGEST])
    return printable if len(text) <= _LONGEST else f"{printable}…"


def position(data: bytes, offset: int) -> str:
    """Return line and column (both from 1, columns in bytes) of a byte, as an editor counts them."""
    line = data.count(b"\n", 0, offset) + 1
    column = offset - data.rfind(b"\n", 0, offset)
    return f"line {line} column {column} (byte {offset})"
