"""The document as a tree: every node knows its place, and every value is still the text that was written."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kedge.policy.lint.fault import Fault, printable

NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})


class NodeKind(StrEnum):
    """The kind of a part of the document; the value is its name in messages."""

    MAPPING = "a mapping"
    LIST = "a list"
    TEXT = "a text"


class Node(Struct, frozen=True, kw_only=True):
    """A part of the document. `weight` and `depth` count its contents, with every alias expanded.

    `plain` is a text without quotes: only such a text can be a number, true, false or null.
    """

    kind: NodeKind
    line: int
    column: int
    text: str = ""
    plain: bool = False
    entries: tuple[tuple["Node", "Node"], ...] = ()
    items: tuple["Node", ...] = ()
    weight: int = 1
    depth: int = 1

    @property
    def is_nothing(self) -> bool:
        """Return whether the node is empty or null."""
        return self.plain and self.text in NOTHING

    def fault(self, why: str, mend: str = "") -> Fault:
        """Return a fault at this place."""
        return Fault(line=self.line, column=self.column, why=printable(why), mend=printable(mend))

    def get(self, key: str) -> "Node | None":
        """Return the node under a key, or None."""
        return next((value for name, value in self.entries if name.text == key and not value.is_nothing), None)

    def words(self, key: str) -> str | None:
        """Return the text under a key, or None."""
        value = self.get(key)
        return value.text if value is not None and value.kind is NodeKind.TEXT else None

    def each(self, *path: str) -> tuple["Node", ...]:
        """Return the items of the list at the end of a path of keys; none if it is not a list."""
        here: Node | None = self
        for key in path:
            here = here.get(key) if here is not None else None
        return here.items if here is not None else ()

    def texts(self, key: str) -> Iterator["Node"]:
        """Yield the items of a list under a key that are texts."""
        return (item for item in self.each(key) if item.kind is NodeKind.TEXT)


_LINE_END: Final = re.compile(r"\r\n|\n|\r")


class Lines:
    """The lines of a text as editors count them, with the positions of characters."""

    def __init__(self, text: str) -> None:
        ends = list(_LINE_END.finditer(text))
        self._starts = [0, *(end.end() for end in ends)]
        self._stops = [*(end.start() for end in ends), len(text)]
        self._text = text

    def place(self, index: int) -> tuple[int, int]:
        """Return line and column of a character, from 1."""
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return a line without its end; an empty text if the line does not exist."""
        return self._text[self._starts[number - 1] : self._stops[number - 1]] if number <= len(self._starts) else ""
