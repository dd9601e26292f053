"""The recorded span of time."""

import re
from datetime import datetime
from typing import Final, NamedTuple

from kedge.policy.durations import parse_duration
from workbench.cli.connection.ending import Unwise
from workbench.recordings.recording import moment

_AGO: Final = re.compile(r"(?:\d+[wdhms])+")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


class Span(NamedTuple):
    """The time from `since` (UTC, inclusive) to `until` (exclusive)."""

    since: datetime
    until: datetime


def span_of(since: str, until: str | None, now: datetime) -> Span:
    """Return the span of two options: `30d` ago, a day, or a time in ISO 8601 with its zone. Raises Unwise."""
    found = Span(_time("--since", since, now), now if until is None else _time("--until", until, now))
    if found.since >= found.until:
        raise Unwise(f"--since {since} lies not before --until {until or 'now'}")
    return found


def _time(option: str, text: str, now: datetime) -> datetime:
    if _DAY.fullmatch(text):
        text = f"{text}T00:00:00Z"
    try:
        return now - parse_duration(text) if _AGO.fullmatch(text) else moment(text)
    except ValueError as error:
        raise Unwise(f"{option} {error}; write 30d, 12h, 2026-11-01 or 2026-11-01T08:00:00Z") from error
