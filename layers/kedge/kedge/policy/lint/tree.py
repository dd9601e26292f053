"""The document as a tree in which everything knows its place, and every value is still the text that was written."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kedge.policy.lint.fault import Fault, printable

NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})


class NodeKind(StrEnum):
    """What a part of the document is; the value is how a message calls it."""

    MAPPING = "a mapping"
    LIST = "a list"
    TEXT = "a text"


class Node(Struct, frozen=True, kw_only=True):
    """A part of the document. `weight` and `depth` count what is in it, with everything that an alias stands for.

    `plain` is a text without quotes, which alone can be a number, true, false or null.
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
        """Whether it is empty or says null."""
        return self.plain and self.text in NOTHING

    def fault(self, why: str, mend: str = "") -> Fault:
        """A fault at this place."""
        return Fault(line=self.line, column=self.column, why=printable(why), mend=printable(mend))

    def get(self, key: str) -> "Node | None":
        """What stands under a key, where there is something."""
        return next((value for name, value in self.entries if name.text == key and not value.is_nothing), None)

    def words(self, key: str) -> str | None:
        """The text under a key."""
        value = self.get(key)
        return value.text if value is not None and value.kind is NodeKind.TEXT else None

    def each(self, *path: str) -> tuple["Node", ...]:
        """The items of the list at the end of a path of keys; of what is no list, none."""
        here: Node | None = self
        for key in path:
            here = here.get(key) if here is not None else None
        return here.items if here is not None else ()

    def texts(self, key: str) -> Iterator["Node"]:
        """The items of a list under a key that are texts."""
        return (item for item in self.each(key) if item.kind is NodeKind.TEXT)


_LINE_END: Final = re.compile(r"\r\n|\n|\r")


class Lines:
    """The lines of a text as editors count them, and where in them a character is."""

    def __init__(self, text: str) -> None:
        ends = list(_LINE_END.finditer(text))
        self._starts = [0, *(end.end() for end in ends)]
        self._stops = [*(end.start() for end in ends), len(text)]
        self._text = text

    def place(self, index: int) -> tuple[int, int]:
        """Line and column of a character, from 1."""
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """A line without its end; of a line that does not exist, nothing."""
        return self._text[self._starts[number - 1] : self._stops[number - 1]] if number <= len(self._starts) else ""
