"""Message attributes: the values that a subscription's filter policy matches.

SNS refuses an empty value and characters outside Unicode's first plane. Names and values count to the message's size.
A message that is delivered raw to a queue has at most 10 attributes. A message about several incidents has lists: a filter
policy accepts it if one of the values matches (SNS, "String value matching").
"""

from collections.abc import Iterable, Iterator
from typing import Final

from kedge.domain.effect import Effect
from kedge.domain.notification import IncidentSummary
from kedge.formatting import one_line
from kedge.messages.digest import about_several

NAMES: Final = (
    "receiver",
    "severity",
    "status",
    "target",
    "monitor",
    "environment",
    "cause",
    "why",
    "account",
    "region",
)
_LONGEST: Final = 256
# The most characters of all values of one list, so that lists of the longest names leave room for the message.
_ROOM: Final = 5_000
_LAST_OF_FIRST_PLANE: Final = "\uffff"


def attributes(effect: Effect) -> dict[str, str | tuple[str, ...]]:
    """Return the attributes of an effect's message, without the empty ones."""
    several = about_several(effect)
    briefs = (
        effect.briefs
        if several and effect.briefs
        else (IncidentSummary.of(effect.incident, effect.why, effect.receiver),)
    )
    values: dict[str, Iterable[str]] = {
        "receiver": (effect.receiver,),
        "severity": (*(brief.severity for brief in briefs), *effect.tally.by_severity),
        "status": (brief.state for brief in briefs),
        "target": (brief.target.name for brief in briefs),
        "monitor": (brief.monitor for brief in briefs),
        "environment": (effect.environment,),
        "cause": (brief.cause for brief in briefs),
        "why": (effect.why, *(brief.why for brief in briefs)) if several else (effect.why,),
        "account": (brief.target.account for brief in briefs),
        "region": (brief.target.region for brief in briefs),
    }
    found = {name: tuple(_kept(values[name])) for name in NAMES}
    return {name: kept[0] if len(kept) == 1 else kept for name, kept in found.items() if kept}


def _kept(values: Iterable[str]) -> Iterator[str]:
    """Yield each value once, without the characters that SNS refuses, up to the limit of a list."""
    room = _ROOM
    for value in dict.fromkeys(map(_fit, values)):
        room -= len(value)
        if value and room >= 0:
            yield value


def _fit(value: str) -> str:
    return "".join(char for char in one_line(value) if char <= _LAST_OF_FIRST_PLANE)[:_LONGEST].strip()
