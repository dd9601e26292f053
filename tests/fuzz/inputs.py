"""The inputs of a campaign: each is made of a seed and a number alone, so that it can be made again by itself."""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from kedge.sources.moments import moment
from tests import samples
from tests.fuzz import mutations

ROOT: Final = Path(__file__).parents[2]
NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Kind(StrEnum):
    """What an input is, and so what it passes through."""

    EVENTS = "events"
    REPORT = "report"
    STATISTICS = "statistics"
    INLINE = "inline report"
    POLICY = "policy"


# How many of a hundred inputs are of a kind. The events take the longest way, and strangers write them.
_SHARES: Final = {Kind.EVENTS: 52, Kind.REPORT: 18, Kind.STATISTICS: 12, Kind.INLINE: 12, Kind.POLICY: 6}


class Input(NamedTuple):
    """One input. `parts` are deliveries in the order of their arrival, or one report or policy; `world` seeds the answers of AWS."""

    kind: Kind
    parts: tuple[Any, ...]
    world: int
    began: datetime = NOW


@cache
def stories() -> tuple[tuple[tuple[datetime, Any], ...], ...]:
    """Every sample event alone, and every recording as what arrived and when."""
    found = [((NOW, samples.event(name)),) for name in samples.names()]
    for file in sorted((ROOT / "tests/recordings").glob("*/signals.jsonl")):
        story = []
        for line in file.read_bytes().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            at = moment(entry.get("at")) if isinstance(entry, dict) else None
            if at is not None and "event" in entry:
                story.append((at, entry["event"]))
        found.append(tuple(story))
    return tuple(story for story in found if story)


@cache
def reports() -> tuple[bytes, ...]:
    """Every sample report and statistics file."""
    return tuple(file.read_bytes() for file in sorted((ROOT / "events/reports").glob("*.json")))


@cache
def policies() -> tuple[bytes, ...]:
    """Every policy that lies in the repository."""
    files = [*(ROOT / "policies").glob("*.yaml"), *(ROOT / "policies/examples").glob("*.yaml")]
    return tuple(file.read_bytes() for file in sorted(files) if not file.name.endswith(".test.yaml"))


def made(seed: int, number: int) -> Input:
    """The input of a number."""
    draw = Random(f"{seed}/{number}")  # noqa: S311 - chance must come again
    kind = draw.choices(list(_SHARES), list(_SHARES.values()))[0]
    world = draw.getrandbits(32)
    match kind:
        case Kind.EVENTS:
            return _events(draw, world)
        case Kind.POLICY:
            return Input(kind, (mutations.text_of(draw, draw.choice(policies())),), world)
        case Kind.INLINE:
            return Input(kind, (report(draw).decode("utf-8", "replace"),), world)
        case _:
            return Input(kind, (report(draw),), world)


def report(draw: Random) -> bytes:
    """A mutated report or statistics file."""
    sound = draw.choice(reports())
    if draw.random() < 0.5:
        try:
            return json.dumps(mutations.value(draw, json.loads(sound))).encode("utf-8", "surrogatepass")
        except (ValueError, RecursionError):
            pass
    return mutations.text_of(draw, sound)


def _events(draw: Random, world: int) -> Input:
    """A few deliveries that follow each other, each mutated, and half of them as the text that a queue carries."""
    story = draw.choice(stories())
    first = draw.randrange(len(story))
    chosen = story[first : first + draw.choice((1, 1, 2, 4))]
    parts = tuple(part for _, event in chosen if (part := _delivery(draw, event)) is not None)
    # A delivery that is repeated is nothing odd.
    return Input(Kind.EVENTS, parts * draw.choice((1, 1, 1, 2)), world, chosen[0][0] + timedelta(seconds=1))


def _delivery(draw: Random, event: Any) -> Any:
    changed = mutations.value(draw, event)
    if draw.random() < 0.3:
        changed = mutations.value(draw, changed)
    text = json.dumps(changed)
    if len(text) > mutations.LARGEST:
        return None
    return text if draw.random() < 0.5 else changed
