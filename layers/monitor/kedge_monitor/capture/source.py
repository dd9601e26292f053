"""Objects to read: where they are opened, and their lines in pieces."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, Protocol

import numpy as np

from kedge_monitor.capture.window import hour_of

PIECE: Final = 128 * 1024
"""Bytes of a piece: decoded records of one piece stay in the processor's cache."""

LONGEST_LINE: Final = 64 * 1024 * 1024
"""Bytes of the longest line that is read: four times what an endpoint accepts and answers, as BASE64."""


_LINE_FEED: Final = ord("\n")


class Stream(Protocol):
    """An open object: bytes from the current position, empty at its end."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""

    def close(self) -> None:
        """Give back what the stream holds."""


@dataclass(frozen=True)
class Source:
    """One object.

    Attributes:
        key: its key or path; the folder `yyyy/mm/dd/hh` in it decides for records without a time.
        open: returns a new stream of its bytes; a worker process opens it by itself, so it must be picklable.
        etag: its ETag, empty if it has none.
        time: when it was stored; of two labels for one record the newer counts.
        size: its bytes, 0 if they are not known; processes share objects by their sizes.
    """

    key: str
    open: Callable[[], Stream]
    etag: str = ""
    time: datetime | None = None
    size: int = 0

    def pieces(self, size: int = PIECE) -> "Iterator[LinePiece]":
        """Open the object, and return its lines in pieces of about `size` bytes. It is closed when the iterator ends."""
        with closing(self.open()) as stream:
            yield from pieces(stream, size)

    @cached_property
    def hour(self) -> datetime | None:
        """Return the hour of its folder, None if it has none."""
        return hour_of(self.key)


@dataclass(frozen=True, slots=True)
class LinePiece:
    """Whole lines of an object, each with its line end, the last one perhaps without.

    `first` is the number of the first line. `cut` says that the piece stands for one line that is too long to be read.
    """

    data: bytes
    first: int
    lines: int
    cut: bool = False


def pieces(stream: Stream, size: int = PIECE) -> Iterator[LinePiece]:
    """Return the lines of a stream in pieces of about `size` bytes. At most one piece or one line is held at a time."""
    held: list[bytes] = []
    length, number = 0, 1
    while block := stream.read(size):
        end = block.rfind(b"\n") + 1
        if end:
            piece = _whole(b"".join((*held, block[:end])), number)
            yield piece
            number, held, length = number + piece.lines, [block[end:]], len(block) - end
            continue
        held.append(block)
        length += len(block)
        if length > LONGEST_LINE:
            yield LinePiece(b"", number, 1, cut=True)
            block = _after_line(stream, size)
            end = block.rfind(b"\n") + 1
            number, held, length = number + 1, [block[end:]], len(block) - end
            if end:
                piece = _whole(block[:end], number)
                yield piece
                number += piece.lines
    if length:
        yield LinePiece(b"".join(held), number, 1)


def _whole(data: bytes, first: int) -> LinePiece:
    return LinePiece(data, first, count_lines(data))


def count_lines(data: bytes) -> int:
    """Return the number of line feeds. numpy counts them 8 times as fast as bytes.count."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == _LINE_FEED))


def _after_line(stream: Stream, size: int) -> bytes:
    """Read to the end of a line, and return what was read of the lines after it."""
    while block := stream.read(size):
        end = block.find(b"\n") + 1
        if end:
            return block[end:]
    return b""
