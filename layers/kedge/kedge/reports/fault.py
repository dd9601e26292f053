"""What is wrong with a report, and where."""

from typing import Final, override

from msgspec import Struct

_LONGEST: Final = 300


class ReportFault(Struct, frozen=True):
    """A fault of a report: its place (a path, or line, column and byte), and the reason with its mend.

    A value and not an exception: a report that cannot be read is evidence of a kind, and still makes an incident.
    """

    place: str
    why: str

    @override
    def __str__(self) -> str:
        """Place and reason in one sentence."""
        return f"{self.place}: {self.why}"


def shown(text: str) -> str:
    """Foreign text, fit to stand in a sentence: without control characters or half surrogates, and cut when long."""
    printable = "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:_LONGEST])
    return printable if len(text) <= _LONGEST else f"{printable}…"


def position(data: bytes, offset: int) -> str:
    """Line and column (both from 1, columns in bytes) of a byte, as an editor counts them."""
    line = data.count(b"\n", 0, offset) + 1
    column = offset - data.rfind(b"\n", 0, offset)
    return f"line {line} column {column} (byte {offset})"
