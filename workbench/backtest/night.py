"""The hours when receivers sleep."""

from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

FROM: Final = 22
"""The hour of a receiver's own clock when its night begins."""

UNTIL: Final = 7
"""The hour when the night ends."""


def is_night(at: datetime, time_zone: str) -> bool:
    """Return whether people in a time zone sleep at a moment (which has its zone)."""
    hour = at.astimezone(_zone(time_zone)).hour
    return hour >= FROM or hour < UNTIL


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
