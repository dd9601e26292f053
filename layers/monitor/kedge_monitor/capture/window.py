"""A window of time, the folders that can hold its records, and the times of records."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from kedge_monitor.errors import MonitorError

_HOUR: Final = timedelta(hours=1)
# An object can hold records of the minutes after its own: a file of 13:59 holds the first seconds of 14:00.
_OBJECT_SPAN: Final = timedelta(minutes=10)
_KEY: Final = re.compile(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})/(\d{2})/+(?:(\d{2})-(\d{2})-\d+)?[^/]*$")
_MOST_TIMES: Final = 100_000
_MINUTE: Final = len("2026-05-06T22:10")
_SECONDS: Final = {f":{second:02}Z" for second in range(60)}


class WindowInvalid(MonitorError):
    """A window that ends before it begins, or a time without a zone."""


class CaptureWindow(msgspec.Struct, frozen=True, kw_only=True):
    """The times from `start` (included) to `end` (excluded), both with a time zone."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise WindowInvalid("The window's times have no time zone. Write them in UTC, as 2026-05-06T22:00:00Z.")
        if self.start >= self.end:
            raise WindowInvalid(
                f"The window ends at {self.end:%FT%TZ} and starts at {self.start:%FT%TZ}. Set a later end."
            )

    def holds(self, moment: datetime) -> bool:
        """Return whether a moment lies in the window."""
        return self.start <= moment < self.end


def hour_prefixes(prefix: str, endpoint: str, variant: str, window: CaptureWindow) -> tuple[str, ...]:
    """Return the prefixes of keys that can hold records of a window, as `<prefix>/<endpoint>/<variant>/yyyy/mm/dd/hh/`.

    The hours reach from the window's start to its end and one hour more, because a record is delivered late. The hour before
    the start is among them if the last object of that hour can reach into the window; `may_hold` selects those objects.
    Slashes at the ends of the parts make no difference.

    Args:
        prefix: the key part of the capture's destination, without the bucket; may be empty.
        endpoint: the name of the endpoint.
        variant: the name of the production variant.
        window: the window.
    """
    folder = "/".join(part for part in (prefix.strip("/"), endpoint.strip("/"), variant.strip("/")) if part)
    hour = _floor(window.start - _OBJECT_SPAN)
    hours = []
    while hour < window.end + _HOUR:
        hours.append(hour)
        hour += _HOUR
    return tuple(f"{folder}/{hour:%Y/%m/%d/%H}/" for hour in hours)


def may_hold(key: str, window: CaptureWindow) -> bool:
    """Return whether an object can hold records of a window, by the hour and the minute in its key.

    A key without an hour can hold everything. A key without a minute is judged by its hour. The minute of a key is the start of
    its object. An object that starts 10 minutes after the window holds none of its records, however late it was delivered.
    """
    begin = _begin(key)
    if begin is None:
        return True
    span = _OBJECT_SPAN if _KEY.search(key)[5] else _HOUR  # type: ignore[index]
    return begin + span > window.start and begin < window.end + span


def hour_of(key: str) -> datetime | None:
    """Return the hour of the folder `yyyy/mm/dd/hh` of a key, UTC; None if the key has no such folder."""
    begin = _begin(key)
    return None if begin is None else _floor(begin)


def _begin(key: str) -> datetime | None:
    found = _KEY.search(key)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # digits that are no date, as 2026/13/41/07
        return None


def _floor(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class RecordTimes:
    """Which times of records lie in a window. Each text is parsed once, so most records cost one look-up."""

    def __init__(self, window: CaptureWindow | None) -> None:
        self._window = window
        self._minutes: dict[str, bool] = {}
        self._inside: set[str] = set()
        self._outside: set[str] = set()
        self._unreadable: set[str] = set()

    @property
    def holds_everything(self) -> bool:
        """Return whether there is no window, so that no time matters."""
        return self._window is None

    def all_inside(self, times: Iterable[str]) -> bool:
        """Return whether all these times are in the window. The empty text is not: the folder decides then."""
        new = set(times)
        if new <= self._inside:
            return True
        new -= self._inside
        # Most times are of whole seconds: one look at their minute decides for 60 of them.
        if {text[_MINUTE:] for text in new} <= _SECONDS and all(
            map(self._minute_inside, {text[:_MINUTE] for text in new})
        ):
            self._forget()
            self._inside |= new
            return True
        for text in new:
            self._place(text)
        return new <= self._inside

    def _minute_inside(self, text: str) -> bool:
        """Return whether a minute, as `2026-05-06T22:10`, lies in the window with all its seconds."""
        known = self._minutes.get(text)
        if known is None:
            ends = [parse_time(f"{text}{second}") for second in (":00Z", ":59Z")]
            known = all(end is not None and (self._window is None or self._window.holds(end)) for end in ends)
            self._minutes[text] = known
        return known

    def place(self, text: str, hour: datetime | None) -> bool | None:
        """Return whether a record is in the window; None if its time cannot be read.

        Args:
            text: the record's `inferenceTime`, ISO 8601; empty if it has none.
            hour: the hour of the folder, which decides for a record without a time; None: such a record is in the window.
        """
        if self._window is None:
            return True
        if not text:
            return hour is None or (self._window.start < hour + _HOUR and hour < self._window.end)
        self._place(text)
        return None if text in self._unreadable else text in self._inside

    def _place(self, text: str) -> None:
        if text in self._inside or text in self._outside or text in self._unreadable:
            return
        self._forget()
        moment = parse_time(text)
        if moment is None:
            self._unreadable.add(text)
        else:
            is_inside = self._window is None or self._window.holds(moment)
            (self._inside if is_inside else self._outside).add(text)

    def _forget(self) -> None:
        """Keep memory bounded: times of fractions of seconds are all different."""
        for known in (self._inside, self._outside, self._unreadable, self._minutes):
            if len(known) > _MOST_TIMES:
                known.clear()


def parse_time(text: str) -> datetime | None:
    """Return the moment of an ISO 8601 text, UTC if it names no zone; None if it is no time."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
