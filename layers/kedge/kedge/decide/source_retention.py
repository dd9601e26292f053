"""Which sources of a case are forgotten: those that have been silent for longest, as soon as there is no room for all.

An alarm whose name is made anew at each deployment speaks once and never again. Its last word would stay in the item for ever.
"""

from typing import Final

import msgspec

from kedge.domain.decision import SourceState

ROOM: Final = 131_072
"""Bytes of JSON that the confirmed sources of a case have together: some 400 of them."""

UNCONFIRMED: Final = 128
"""As many sources are remembered whose signals no authority confirms: strangers could name any number, and an alarm may have 100 contributors."""
UNCONFIRMED_ROOM: Final = 65_536
"""Bytes of JSON that those sources may take. DynamoDB refuses an item above 400 KB, and what is confirmed must always have room."""

# Bytes of JSON of a character at most, and of what a source has beside its texts: times, numbers, words of fixed lists, names of fields.
_CHARACTER: Final = 6
_REST: Final = 1_024


def without_the_silent(sources: dict[str, SourceState], speaking: str) -> dict[str, SourceState]:
    """Return the sources for which there is room; the same object if there is room for all.

    What holds an incident open is never forgotten, nor is the source that has just spoken: it takes room from the others.
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
    """The sources that were heard of last, as many as may be remembered; the same object if all may be.

    What is bad holds an incident open: it is forgotten after all that is well, but for the source that has just spoken. A name or an ARN of
    control characters takes six times its length in JSON, so that a number alone is no bound.
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
    """The bytes of JSON that sources take at most, found without writing them: this is asked with every signal."""
    size = 0
    for name, last in sources.items():
        said = len(name) + len(last.id) + (len(last.job) if last.job is not None else 0)
        size += _REST + _CHARACTER * said + len(last.history) + len(last.apart)
    return size
