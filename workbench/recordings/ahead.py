"""The next lines of a file of answers, for a caller that reads almost in the order of the file, as a replay does."""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import BinaryIO, Final

BUFFER: Final = 1 << 18
"""Bytes of one read of a file that is read from its beginning to its end."""

_STEP: Final = 64
_MOST: Final = 1024


class Ahead[T]:
    """Lines that were read ahead of their use. Each is returned once."""

    def __init__(self, file: Path, read: Callable[[bytes], T], key_of: Callable[[T], Hashable]) -> None:
        """Keep the parts. Every line that is not blank must be readable, and its key unique."""
        self._file: BinaryIO = file.open("rb", BUFFER)
        self._read = read
        self._key_of = key_of
        self._line = 0
        self._lines: dict[Hashable, tuple[int, T]] = {}

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def take(self, key: Hashable) -> tuple[int, T] | None:
        """Return the number and content of the line with a key; None if it is not among the next ones."""
        found = self._lines.pop(key, None)
        if found is None and len(self._lines) < _MOST:
            self._go_on()
            found = self._lines.pop(key, None)
        return found

    def _go_on(self) -> None:
        for _ in range(_STEP):
            text = self._file.readline()
            if not text:
                return
            self._line += 1
            if not text.isspace():
                read = self._read(text)
                self._lines[self._key_of(read)] = (self._line, read)
