"""How the last runs of a source went, and when: small enough to be written with every run."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kedge.domain.decision import SourceState

KEPT: Final = 32
"""As many runs of a source are remembered."""

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_MINUTE: Final = timedelta(minutes=1)


class PastRun(Struct, frozen=True):
    """A run whose window went from `start` to `at` (UTC, to the minute); `letter` is `g`, `v`, `f` or `u` as in `SourceState.history`."""

    at: datetime
    start: datetime
    letter: str


def runs_of(last: SourceState) -> tuple[PastRun, ...]:
    """The runs of a source that are remembered, oldest first. How long a window was is known of the newest only, and taken for all.

    All but the newest are remembered to the minute in which they ended: never as later than they were, so that what was before
    an act is not taken for what came after it.
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
    """The distances between the runs of a source, with that of one more."""
    if last is None:
        return ""
    minutes = _base36(max(0, (_minute_of(at) - _minute_of(last.at)) // _MINUTE))
    known = f"{last.apart},{minutes}" if last.apart else minutes
    return known if known.count(",") < KEPT - 1 else known.partition(",")[2]


def _minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _base36(number: int) -> str:
    digits = ""
    while number >= 36:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return _DIGITS[number] + digits
