"""The fast path: pieces in which every line is a request with CSV on each side, in plain or as BASE64."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from kedge_monitor.capture.record import INPUT, OUTPUT
from kedge_monitor.capture.source import Piece, Source
from kedge_monitor.capture.window import RecordTimes


# gc=False: a piece has thousands of records, and none of them can be part of a cycle. With collection it takes 3 times as long.
class _Csv(msgspec.Struct, gc=False):
    data: str
    encoding: Literal["CSV"]


class _Base64(msgspec.Struct, gc=False):
    data: bytes  # msgspec decodes BASE64 by itself
    encoding: Literal["BASE64"]
    observedContentType: str


class _Pair[O, I](msgspec.Struct, gc=False):
    endpointOutput: O
    endpointInput: I


class _OutputOnly[O](msgspec.Struct, gc=False):
    endpointOutput: O


class _InputOnly[I](msgspec.Struct, gc=False):
    endpointInput: I


class _Metadata(msgspec.Struct, gc=False):
    inferenceTime: str = ""
    invocationSource: None = None  # any other value makes the decoder refuse the piece


class _Request[C](msgspec.Struct, gc=False):
    captureData: C
    eventMetadata: _Metadata


def _join_csv(records: Sequence[Any]) -> str:
    return "\n".join([f"{(data := one.captureData).endpointOutput.data},{data.endpointInput.data}" for one in records])


def _join_parts(records: Sequence[Any], sides: Sequence[str]) -> str:
    """Return the rows of records whose sides may be BASE64, or end with a line end."""
    columns = []
    for side in sides:
        parts = [getattr(one.captureData, side) for one in records]
        if isinstance(parts[0], _Base64):
            if any("csv" not in part.observedContentType.lower() for part in parts):
                raise ValueError("not CSV")
            texts = [part.data.decode() for part in parts]
        else:
            texts = [part.data for part in parts]
        columns.append([text.rstrip("\r\n") for text in texts])
    return "\n".join(map(",".join, zip(*columns, strict=True)))


_ENCODINGS: Final = (_Csv, _Base64)


def _decoders(sides: Iterable[str]) -> list[msgspec.json.Decoder[Any]]:
    """Return one decoder for each combination of encodings, the commonest first."""
    wanted = set(sides)
    if wanted == {OUTPUT, INPUT}:
        types: list[Any] = [_Pair[first, second] for first in _ENCODINGS for second in _ENCODINGS]  # type: ignore[valid-type]
    elif wanted == {OUTPUT}:
        types = [_OutputOnly[one] for one in _ENCODINGS]  # type: ignore[valid-type]
    else:
        types = [_InputOnly[one] for one in _ENCODINGS]  # type: ignore[valid-type]
    return [msgspec.json.Decoder(_Request[one]) for one in types]


@dataclass(frozen=True, slots=True)
class PlainPiece:
    """The rows of a piece, one per record in the window.

    `kept` has the numbers of their lines in the piece, None if all lines are in the window.
    """

    text: str
    count: int
    quoted: bool
    data: bytes
    kept: list[int] | None = None

    def line(self, row: int) -> bytes:
        """Return the line of a row."""
        return self.data.split(b"\n")[self.kept[row] if self.kept else row]


class PlainReader:
    """Reads pieces on the fast path. The decoder that read the last piece is tried first."""

    def __init__(self, sides: Sequence[str], times: RecordTimes) -> None:
        self._sides = [side for side in (OUTPUT, INPUT) if side in sides]
        self._decoders = _decoders(sides)
        self._times = times
        # Whether both sides are CSV without line ends: their texts are joined as they stand.
        self._is_simple = len(self._sides) == 2

    def read(self, piece: Piece, source: Source) -> PlainPiece | None:
        """Return the rows of a piece; None if a line of it is anything but one request with one row of CSV."""
        records = self._decode(piece)
        if not records:
            return None
        kept = self._kept(records, source)
        if kept is None:
            return None
        selected = records if len(kept) == len(records) else [records[place] for place in kept]
        if not selected:
            return PlainPiece("", 0, quoted=False, data=b"")
        text = self._rows(selected)
        if text is None:
            return None
        quoted = '"' in text
        if quoted and not _is_one_row_per_line(text, len(selected)):
            return None
        return PlainPiece(text, len(selected), quoted, piece.data, None if selected is records else list(kept))

    def _decode(self, piece: Piece) -> list[Any] | None:
        for place, decoder in enumerate(self._decoders):
            try:
                records = decoder.decode_lines(piece.data)
            except (ValueError, RecursionError):  # another encoding, or a line that cannot be read
                continue
            if place:
                self._decoders.insert(0, self._decoders.pop(place))
                self._is_simple = False
            return records if len(records) == piece.lines else None
        return None

    def _kept(self, records: list[Any], source: Source) -> Sequence[int] | None:
        """Return the places of the records in the window; None if a time cannot be read."""
        if self._times.holds_everything:
            return range(len(records))
        texts = [one.eventMetadata.inferenceTime for one in records]
        if self._times.all_inside(texts):
            return range(len(records))
        placed = [self._times.place(text, source.hour) for text in texts]
        return None if None in placed else [place for place, inside in enumerate(placed) if inside]

    def _rows(self, records: list[Any]) -> str | None:
        """Return the rows of records, None if there is not exactly one row per record."""
        if self._is_simple:
            text = _join_csv(records)
            if text.count("\n") == len(records) - 1 and _has_usual_characters(text):
                return text
        try:
            text = _join_parts(records, self._sides)
        except ValueError:  # BASE64 of something else than CSV
            return None
        if text.count("\n") != len(records) - 1 or not _has_usual_characters(text):
            return None
        self._is_simple = False
        return text


def _has_usual_characters(text: str) -> bool:
    """Return whether the parser of CSV takes each character as Python's does: no carriage return, no byte order mark."""
    return "\r" not in text and (text.isascii() or "\ufeff" not in text)


def _is_one_row_per_line(text: str, count: int) -> bool:
    """Return whether each line with quotes is a row by RFC 4180, so that no quote reaches into another record."""
    try:
        return sum(1 for _ in csv.reader(text.split("\n"), strict=True)) == count
    except csv.Error:
        return False
