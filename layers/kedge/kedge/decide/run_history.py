"""The results and times of a source's last runs, small enough to be written with every run."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kedge.domain.decision import SourceState

KEPT: Final = 32
"""The maximum number of stored runs of a source."""

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_MINUTE: Final = timedelta(minutes=1)


class PastRun(Struct, frozen=True):
    """A run with the window from `start` to `at` (UTC, to the minute); `letter` is as in `SourceState.history`."""

    at: datetime
    start: datetime
    letter: str


def runs_of(last: SourceState) -> tuple[PastRun, ...]:
    """Return the stored runs of a source, oldest first. Only the newest window's length is known; it is used for all.

    All but the newest are stored to the minute of their end. They are never later than they were, so that a run before
    an act does not count as one after it.
    """
    at, ends = _minute_of(last.at), [last.at]
    for minutes in reversed(last.apart.split(",") if last.apart else ()):
        at -= int(minutes, 36) * _MINUTE
        ends.append(at)
    length = last.span * _MINUTE
    letters = last.history[-len(ends) :]
    return tuple(
        PastRun(at, at - length, letter) for at, letter in zip(reversed(ends[: len(letters)]), letters, strict=True)
    )


def apart(last: SourceState | None, at: datetime) -> str:
    """Return the distances between the runs of a source, with that of one more."""
    if last is None:
        return ""
    minutes = _base36(max(0, minutes_in(_minute_of(at) - _minute_of(last.at))))
    known = f"{last.apart},{minutes}" if last.apart else minutes
    return known if known.count(",") < KEPT - 1 else known.partition(",")[2]


def minutes_in(span: timedelta) -> int:
    """Return the whole minutes of a span, rounded down, in a third of the time of a division of spans."""
    return span.days * 1_440 + span.seconds // 60


def _minute_of(moment: datetime) -> datetime:
    if not (moment.second or moment.microsecond):
        return moment  # the end of nearly every window
    return moment.replace(second=0, microsecond=0)


def _base36(number: int) -> str:
    digits = ""
    while number >= 36:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return _DIGITS[number] + digits
