"""Durations with units, as Alertmanager writes them: 30s, 5m, 1h30m, 7d, 2w."""

import re
from datetime import timedelta
from typing import Final

_SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PIECE: Final = re.compile(r"([0-9]{1,9})([wdhms])")
_WHOLE: Final = re.compile(r"(?:[0-9]{1,9}[wdhms])+")
LONGEST: Final = timedelta(days=3_660)


def parse_duration(text: str) -> timedelta:
    """Return the duration in a text, at most 10 years. Raises ValueError with a suggested fix if there is none."""
    if text == "0":
        return timedelta()
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration: write a number and a unit, such as 30s, 5m, 1h30m or 7d")
    pieces = _PIECE.findall(text)
    if len({unit for _, unit in pieces}) < len(pieces):
        raise ValueError(f"{text!r} names a unit twice")
    seconds = sum(_SECONDS[unit] * int(number) for number, unit in pieces)
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"{text!r} is longer than ten years")
    return timedelta(seconds=seconds)


def spell_duration(time: timedelta) -> str:
    """Return a duration in a policy's spelling: the largest units first, without zeros and parts of a second."""
    left, pieces = int(time.total_seconds()), []
    for unit, seconds in _SECONDS.items():
        number, left = divmod(left, seconds)
        if number:
            pieces.append(f"{number}{unit}")
    return "".join(pieces) or "0s"
