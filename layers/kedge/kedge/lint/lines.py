"""Where in a text something is, as editors count."""

import re
from bisect import bisect_right
from typing import Final

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
