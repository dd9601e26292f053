"""The fast path: pieces that have only requests with CSV on each side, in plain or as BASE64."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

import msgspec

from kedge_monitor.capture.classes import find_doubtful
from kedge_monitor.capture.record import INPUT, OUTPUT
from kedge_monitor.capture.source import LinePiece, Source, count_lines
from kedge_monitor.capture.window import RecordTimes


# gc=False: a piece has thousands of records, and none of them can be part of a cycle. With collection it takes 3 times as long.
class _Csv(msgspec.Struct, gc=False, rename="camel"):
    data: str
    encoding: Literal["CSV"]


class _Base64(msgspec.Struct, gc=False, rename="camel"):
    data: bytes  # msgspec decodes BASE64 by itself
    encoding: Literal["BASE64"]
    observed_content_type: str


class _Pair[O, I](msgspec.Struct, gc=False, rename="camel"):
    endpoint_output: O
    endpoint_input: I


class _OutputOnly[O](msgspec.Struct, gc=False, rename="camel"):
    endpoint_output: O


class _InputOnly[I](msgspec.Struct, gc=False, rename="camel"):
    endpoint_input: I


class _Metadata(msgspec.Struct, gc=False, rename="camel"):
    inference_time: str = ""
    invocation_source: None = None  # any other value makes the decoder refuse the piece


class _Request[C](msgspec.Struct, gc=False, rename="camel"):
    capture_data: C
    event_metadata: _Metadata


def _join_csv(records: Sequence[Any]) -> list[str]:
    return [f"{(data := one.capture_data).endpoint_output.data},{data.endpoint_input.data}" for one in records]


def _join_parts(records: Sequence[Any], sides: Sequence[str]) -> list[str]:
    """Return the rows of records whose sides may be BASE64, or end with a line end.

    Raises:
        ValueError: a side is BASE64 of something else than CSV.
    """
    columns = []
    for side in sides:
        parts = [getattr(one.capture_data, _FIELD[side]) for one in records]
        if isinstance(parts[0], _Base64):
            if any("csv" not in part.observed_content_type.lower() for part in parts):
                raise ValueError("not CSV")
            texts = [part.data.decode() for part in parts]
        else:
            texts = [part.data for part in parts]
        columns.append([text.rstrip("\r\n") for text in texts])
    return columns[0] if len(columns) == 1 else [f"{first},{second}" for first, second in zip(*columns, strict=True)]


_FIELD: Final = {OUTPUT: "endpoint_output", INPUT: "endpoint_input"}
_UNUSUAL: Final = frozenset('"\r\n\ufeff')
_MARK: Final = "\ufeff".encode()


# A decoder takes longer to make than a piece to read.
@cache
def _decoders(sides: frozenset[str]) -> tuple[msgspec.json.Decoder[Any], ...]:
    """Return one decoder for each combination of encodings, the commonest first."""
    types: tuple[Any, ...]
    if sides == {OUTPUT, INPUT}:
        types = (
            _Request[_Pair[_Csv, _Csv]],
            _Request[_Pair[_Base64, _Base64]],
            _Request[_Pair[_Csv, _Base64]],
            _Request[_Pair[_Base64, _Csv]],
        )
    elif sides == {OUTPUT}:
        types = (_Request[_OutputOnly[_Csv]], _Request[_OutputOnly[_Base64]])
    else:
        types = (_Request[_InputOnly[_Csv]], _Request[_InputOnly[_Base64]])
    return tuple(msgspec.json.Decoder(one) for one in types)


@dataclass(frozen=True, slots=True)
class PlainPiece:
    """The lines of a piece that are one row of CSV each.

    Attributes:
        rows: their rows as UTF-8, separated by line feeds. No field has a quote.
        count: how many rows there are.
        is_doubtful: what `find_doubtful` says of them.
        odd: the numbers of the other lines in the window, from 0. They are to be read one by one.
        outside: how many lines are outside the window.
        data: the piece.
        kept: the numbers of the lines of the rows, None if all lines are rows.
    """

    rows: bytes
    count: int
    is_doubtful: bool
    odd: list[int]
    outside: int
    data: bytes
    kept: list[int] | None

    def line(self, row: int) -> bytes:
        """Return the line of a row."""
        return self.data.split(b"\n")[row if self.kept is None else self.kept[row]]


class PlainReader:
    """Reads pieces on the fast path. The decoder that read the last piece is tried first."""

    def __init__(self, sides: Sequence[str], times: RecordTimes) -> None:
        self._sides = [side for side in (OUTPUT, INPUT) if side in sides]
        self._decoders = list(_decoders(frozenset(sides)))
        self._times = times
        # Whether both sides are CSV without line ends: then their texts are joined as they stand.
        self._is_simple = len(self._sides) == 2

    def read(self, piece: LinePiece, source: Source) -> PlainPiece | None:
        """Return the rows of a piece; None if one of its lines is anything but a request with CSV."""
        records = self._decode(piece)
        if not records:
            return None
        places = self._places(records, source)
        if places is None:
            return None
        inside = records if len(places) == len(records) else [records[place] for place in places]
        try:
            texts = self._texts(inside)
        except ValueError:
            return None
        rows = "\n".join(texts).encode()
        odd: list[int] = []
        kept = None if inside is records else list(places)
        if texts and not _is_plain(rows, len(texts)):
            plain = [number for number, text in enumerate(texts) if _UNUSUAL.isdisjoint(text)]
            odd = [places[number] for number in sorted(set(range(len(texts))).difference(plain))]
            kept, texts = [places[number] for number in plain], [texts[number] for number in plain]
            rows = "\n".join(texts).encode()
        return PlainPiece(rows, len(texts), find_doubtful(rows), odd, len(records) - len(inside), piece.data, kept)

    def _decode(self, piece: LinePiece) -> list[Any] | None:
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

    def _places(self, records: list[Any], source: Source) -> Sequence[int] | None:
        """Return the places of the records in the window; None if a time cannot be read."""
        if self._times.holds_everything:
            return range(len(records))
        texts = [one.event_metadata.inference_time for one in records]
        if self._times.all_inside(texts):
            return range(len(records))
        placed = [self._times.place(text, source.hour) for text in texts]
        return None if None in placed else [place for place, inside in enumerate(placed) if inside]

    def _texts(self, records: list[Any]) -> list[str]:
        if not records:
            return []
        if self._is_simple and not _join_csv(records[:1])[0].endswith("\n"):
            return _join_csv(records)
        self._is_simple = False
        return _join_parts(records, self._sides)


def _is_plain(rows: bytes, count: int) -> bool:
    """Return whether each text is one row without quotes, and no character has a meaning of its own for the parser of CSV."""
    return (
        count_lines(rows) == count - 1
        and b'"' not in rows
        and b"\r" not in rows
        and (rows.isascii() or _MARK not in rows)
    )
