"""Captured records to the profiles of short spans of time, in one reading of all files."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from io import BytesIO
from pathlib import Path
from typing import Final

import msgspec

from kedge_monitor.baseline import Baseline
from kedge_monitor.capture.layout import Layout
from kedge_monitor.capture.read_report import ReadReport, join_reports
from kedge_monitor.capture.reader import CaptureReader, CaptureSettings
from kedge_monitor.capture.source import LinePiece, Source
from kedge_monitor.capture.window import CaptureWindow, parse_time
from kedge_monitor.engines.embedded import edges_of
from kedge_monitor.profile.dataset import DatasetProfile, DatasetState, merge_profiles
from kedge_monitor.profile.stored import decode_profile, encode_profile

ANCHOR: Final = datetime(1970, 1, 5, tzinfo=UTC)
"""A Monday: spans of time are counted from here, as the rates of a Monitors document."""

_MOST_OPEN: Final = 32
_MOST_BYTES: Final = 4 * 1024 * 1024


class _Metadata(msgspec.Struct, gc=False, rename="camel"):
    inference_time: str | None = None


class _Head(msgspec.Struct, gc=False, rename="camel"):
    event_metadata: _Metadata | None = None


_DECODER: Final = msgspec.json.Decoder(_Head)


@dataclass(frozen=True, slots=True)
class SlotProfile:
    """The profile of a span, and the columns that at least one of its records has."""

    profile: DatasetProfile
    seen: frozenset[str]


class SlotStore:
    """Profiles of spans of equal length in a folder, one file for each. Memory does not grow with their number."""

    def __init__(self, folder: Path, width: timedelta) -> None:
        self.width = width
        self._folder = folder
        self._seen: dict[int, frozenset[str]] = {}
        self._load = lru_cache(maxsize=64)(self._decode)

    def number(self, moment: datetime) -> int:
        """Return the number of the span that contains a moment."""
        return (moment - ANCHOR) // self.width

    def start(self, number: int) -> datetime:
        """Return the start of a span."""
        return ANCHOR + number * self.width

    @property
    def numbers(self) -> list[int]:
        """Return the spans that have records, in their order."""
        return sorted(self._seen)

    def add(self, number: int, profile: DatasetProfile, seen: Iterable[str]) -> None:
        """Store the profile of a span, or merge it into the one that is there."""
        if number in self._seen:
            profile = merge_profiles([self._decode(number), profile])
        self._seen[number] = self._seen.get(number, frozenset()) | frozenset(seen)
        (self._folder / str(number)).write_bytes(encode_profile(profile))

    def find(self, start: datetime, end: datetime) -> SlotProfile | None:
        """Return the profile of all records from `start` to `end`, which are bounds of spans; None if there are none."""
        numbers = [number for number in range(self.number(start), self.number(end)) if number in self._seen]
        if not numbers:
            return None
        profiles = [self._load(number) for number in numbers]
        seen = frozenset[str]().union(*(self._seen[number] for number in numbers))
        return SlotProfile(profiles[0] if len(profiles) == 1 else merge_profiles(profiles), seen)

    def _decode(self, number: int) -> DatasetProfile:
        return decode_profile((self._folder / str(number)).read_bytes())


@dataclass(frozen=True, slots=True)
class _Open:
    state: DatasetState
    reader: CaptureReader


class SlotReader:
    """Reads captured files once, and adds each record to the profile of its span.

    `untimed` counts lines without a time in the record and without an hour in the file's path.
    """

    def __init__(self, layout: Layout, baseline: Baseline, settings: CaptureSettings, store: SlotStore) -> None:
        self._layout = layout
        self._edges = edges_of(baseline)
        self._settings = msgspec.structs.replace(settings, window=None)
        self._window = settings.window
        self._store = store
        self._open: OrderedDict[int, _Open] = OrderedDict()
        self._reports: list[ReadReport] = []
        self._places: dict[str, int | None] = {}
        self.untimed = 0

    def read(self, sources: Sequence[Source]) -> ReadReport:
        """Read all files, store the profiles, and return what became of the lines."""
        for source in sources:
            waiting: dict[int, list[bytes]] = {}
            size = 0
            for piece in source.pieces():
                for number, data in self._sorted(piece, source):
                    waiting.setdefault(number, []).append(data)
                    size += len(data)
                if size > _MOST_BYTES:
                    self._take(waiting, source)
                    waiting, size = {}, 0
            self._take(waiting, source)
        while self._open:
            self._close()
        return join_reports(self._reports)

    def _take(self, waiting: dict[int, list[bytes]], source: Source) -> None:
        for number, parts in waiting.items():
            found = self._opened(number)
            part = Source(source.key, partial(BytesIO, b"".join(parts)), time=source.time)
            for batch in found.reader.read([part]):
                found.state.add(batch)

    def _opened(self, number: int) -> _Open:
        if number not in self._open:
            if len(self._open) >= _MOST_OPEN:
                self._close()
            state = DatasetState(self._layout.schema, self._edges)
            self._open[number] = _Open(state, CaptureReader(self._layout, self._settings))
        self._open.move_to_end(number)
        return self._open[number]

    def _close(self) -> None:
        """Store the span that was longest without a record."""
        number, found = self._open.popitem(last=False)
        report = found.reader.report
        self._reports.append(report)
        if found.state.records:
            self._store.add(number, found.state.profile(), report.seen)

    def _sorted(self, piece: LinePiece, source: Source) -> Iterator[tuple[int, bytes]]:
        """Yield the lines of a piece by their spans: the whole piece at once if all are of one span."""
        texts = piece.data.split(b"\n")[: piece.lines]
        numbers = [self._number(text, source) for text in texts]
        if len(set(numbers)) == 1:
            if numbers[0] is not None:
                yield numbers[0], b"\n".join((*texts, b""))
            return
        for number, text in zip(numbers, texts, strict=True):
            if number is not None:
                yield number, text + b"\n"

    def _number(self, text: bytes, source: Source) -> int | None:
        """Return the span of a line. A line that cannot be read belongs to the hour of its file, so that it is counted."""
        try:
            metadata = _DECODER.decode(text).event_metadata
            time = (metadata.inference_time if metadata else None) or ""
        except (ValueError, RecursionError):
            time = ""
        if time not in self._places or not time:
            if len(self._places) > _MOST_BYTES // 64:
                self._places.clear()
            self._places[time] = self._place(parse_time(time) or source.hour)
        return self._places[time]

    def _place(self, moment: datetime | None) -> int | None:
        if moment is None:
            self.untimed += 1
            return None
        return self._store.number(moment) if self._window is None or self._window.holds(moment) else None


def bounds(store: SlotStore, window: CaptureWindow | None) -> CaptureWindow | None:
    """Return the span from the first record to the last one, or to the window's bounds; None if there is no record."""
    numbers = store.numbers
    if not numbers:
        return None
    first, last = store.start(numbers[0]), store.start(numbers[-1] + 1)
    if window is not None:
        first = max(first, store.start(store.number(window.start)))
    return CaptureWindow(start=first, end=last)
