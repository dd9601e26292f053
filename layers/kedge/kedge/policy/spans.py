"""A span of time as people say it."""

from datetime import timedelta
from typing import Final

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))


def span(length: timedelta) -> str:
    """`2 h`, `3 d 4 h`, `12 min`: the two largest units, and never less than a minute said in seconds."""
    seconds = max(0, int(length.total_seconds()))
    parts = []
    for size, name in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}")
        elif parts:
            break
    return " ".join(parts[:2]) or "less than a minute"
