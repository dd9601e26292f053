"""Removes the sources of a case that have been silent for longest, as soon as there is no room for all.

An alarm with a new name at each deployment reports once and never again. Its state would stay in the item without end.
"""

from typing import Final

import msgspec

from kedge.domain.decision import SourceState

ROOM: Final = 131_072
"""Bytes of JSON for all confirmed sources of a case: about 400 of them."""

UNCONFIRMED: Final = 128
"""The maximum number of stored unconfirmed sources.

Strangers could name any number; an alarm may have 100 contributors.
"""
UNCONFIRMED_ROOM: Final = 65_536
"""Bytes of JSON for those sources. DynamoDB refuses an item above 400 KB, and confirmed sources must always have room.
"""

# The maximum bytes of JSON of a character, and of a source's other fields: times, numbers, fixed words, field names.
_CHARACTER: Final = 6
_REST: Final = 1_024


def without_the_silent(sources: dict[str, SourceState], speaking: str) -> dict[str, SourceState]:
    """Return the sources within the limit of room; the same object if there is room for all.

    A source that holds an incident open is never removed, nor is the one that has just reported: it takes room from the
    others.
    """
    if _at_most(sources) <= ROOM or (size := len(msgspec.json.encode(sources))) <= ROOM:
        return sources
    kept = dict(sources)
    silent = [name for name, last in sources.items() if not last.bad and name != speaking]
    for name in sorted(silent, key=lambda each: sources[each].finished):
        size -= len(msgspec.json.encode({name: kept.pop(name)})) - 1
        if size <= ROOM:
            break
    return kept


def newest(said: dict[str, SourceState]) -> dict[str, SourceState]:
    """Return the newest sources within the limits; the same object if all fit.

    A bad source holds an incident open: it is removed after all that are well, except the one that has just reported.
    In JSON, a name or an ARN of control characters has six times its length, so a number alone is not a limit.
    """
    if len(said) <= UNCONFIRMED and _at_most(said) <= UNCONFIRMED_ROOM:
        return said
    last_first = [*reversed(said)]
    first, rest = last_first[:1], last_first[1:]
    room, kept = UNCONFIRMED_ROOM, set[str]()
    for name in [*first, *sorted(rest, key=lambda each: not said[each].bad)]:
        room -= len(msgspec.json.encode({name: said[name]}))
        if room < 0 or len(kept) == UNCONFIRMED:
            break
        kept.add(name)
    return said if len(kept) == len(said) else {name: last for name, last in said.items() if name in kept}


def _at_most(sources: dict[str, SourceState]) -> int:
    """Return the maximum bytes of JSON of the sources, without writing them: every signal needs this."""
    size = 0
    for name, last in sources.items():
        said = len(name) + len(last.id) + (len(last.job) if last.job is not None else 0)
        size += _REST + _CHARACTER * said + len(last.history) + len(last.apart)
    return size
