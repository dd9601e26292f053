"""Ids for things that do not have a name of their own."""

import binascii
import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_SCHEDULE: Final = "schedule/"


def incident_id(began: datetime, *what: str) -> str:
    """Return a UUID (version 7 layout) that sorts by `began` and is the same for the same names.

    It is derived instead of random, so that two decisions on one signal, here or in a replay, name one incident.
    """
    millis = int(began.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    noise = int.from_bytes(hashlib.sha256("\n".join((iso(began), *what)).encode()).digest()[:10])
    value = (
        (millis << 80) | (0x7 << 76) | ((noise >> 68 & 0xFFF) << 64) | (0b10 << 62) | (noise & 0x3FFF_FFFF_FFFF_FFFF)
    )
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(maxsize=1_024)
def mark(name: str) -> str:
    """Return 12 characters that represent a long name: among a billion names, no two are likely to share them."""
    digest = hashlib.sha256(name.encode()).digest()
    return binascii.b2a_base64(digest[:9], newline=False).translate(_URL_SAFE).decode()


def alarm_id(account: str, region: str, name: str, colour: str, when: str) -> str:
    """Return the id of an alarm's change of state.

    `when` is the time of the state, as `stamp` writes it, for every shape.
    """
    return f"alarm/{account}/{region}/{name}/{colour}/{when}"


def schedule_id(account: str, region: str, name: str, status: str, when: str) -> str:
    """Return the id of a monitoring schedule's change of status. `when` is its time, as `stamp` writes it."""
    return f"{_SCHEDULE}{account}/{region}/{name}/{status}/{when}"


def run_id(job: str, status: str) -> str:
    """Return the id of a run by the ARN of its processing job and the status at its end."""
    return f"processing-job/{job}/{status}"


def execution_id(account: str, region: str, schedule: str, when: str) -> str:
    """Return the id of a run that never had a job. `when` is the time it was scheduled for, as `stamp` writes it."""
    return f"monitoring-execution/{account}/{region}/{schedule}/{when}"


def step_id(execution: str, step: str, status: str) -> str:
    """Return the id of the end of a pipeline's step, by the ARN of its execution."""
    return f"pipeline-step/{execution}/{step}/{status}"


def overdue_id(schedule: str, since: datetime) -> str:
    """Return the id of missed runs. `since` is the time of the newest run, or of the beginning of the schedule."""
    return f"overdue/{schedule}/{iso(since)}"


def is_of_schedule(signal_id: str) -> bool:
    """Return whether an id names the change of a monitoring schedule."""
    return signal_id.startswith(_SCHEDULE)


def part_of(alarm: str, contributor: str) -> str:
    """Return the name of one contributor of an alarm with several time series; without one, the whole alarm's."""
    return f"{alarm}[{contributor}]" if contributor else alarm


def iso(at: datetime) -> str:
    """Return `at.isoformat()`. For times in UTC, msgspec writes it in a fraction of the time, and each run needs some."""
    if at.tzinfo is not UTC:
        return at.isoformat()
    return f"{msgspec.to_builtins(at)[:-1]}+00:00"  # without the Z


def stamp(at: datetime) -> str:
    """Return a time for ids: ISO 8601, UTC, milliseconds, the finest precision of all sources."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
