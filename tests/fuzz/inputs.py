"""The inputs of a campaign. A seed and a number determine each input, so that it can be made again by itself."""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from kedge.domain.provenance import EntryPoint
from kedge.domain.statement import PROOF
from kedge.sources.timestamps import moment
from tests.fuzz import monitors, mutations
from tests.support import samples
from workbench.replay.entry_points import entry_point_of

ROOT: Final = Path(__file__).parents[2]
NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Kind(StrEnum):
    """The kind of an input, which determines the code that it passes through."""

    EVENTS = "events"
    REPORT = "report"
    STATISTICS = "statistics"
    INLINE = "inline report"
    ANSWER = "answer to a plan"
    POLICY = "policy"
    MONITORS = "monitors"


# The number of inputs of each kind among 100. Events take the longest path, and strangers write them.
_SHARES: Final = {
    Kind.EVENTS: 50, Kind.REPORT: 15, Kind.STATISTICS: 9, Kind.INLINE: 9, Kind.ANSWER: 6, Kind.POLICY: 6, Kind.MONITORS: 5,
}  # fmt: skip
_DOORS: Final = (EntryPoint.EVENTS, EntryPoint.TOPIC, EntryPoint.DIRECT)
_PEOPLE: Final = ("people.config_mark", "people.decision", "people.silence")
_DETECTOR: Final = "role/Detector"
_DIGEST: Final = "3a5ee5cd6d2a93ff" * 4
_ANSWERS: Final[tuple[dict[str, object], ...]] = (
    {"digest": _DIGEST, "decision": "approve", "by": "ada"},
    {"action": _DIGEST, "decision": "reject", "by": "role/MlOnCall", "reason": "we know already"},
    {"approve": _DIGEST, "by": "ada"},
    {"reject": _DIGEST, "reason": "we know already"},
    {"digest": _DIGEST, "decision": "approve", "proof": {"url": "https://sts.example.com", "headers": {"a": "b"}}},
)


class Delivery(NamedTuple):
    """The content that one entry point receives. `detector` is the detector that calls and has proved its identity, empty if none."""

    entry_point: EntryPoint
    body: Any
    detector: str = ""


class Input(NamedTuple):
    """One input. `parts` are deliveries in the order of their arrival, or one report, answer, policy or Monitors document.

    `world` seeds the answers of AWS.
    """

    kind: Kind
    parts: tuple[Any, ...]
    world: int
    began: datetime = NOW


@cache
def stories() -> tuple[tuple[tuple[datetime, Any], ...], ...]:
    """Return every sample event alone, and every recording as its events with their times of arrival."""
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
    """Return every sample report and statistics file."""
    return tuple(file.read_bytes() for file in sorted((ROOT / "events/reports").glob("*.json")))


@cache
def policies() -> tuple[bytes, ...]:
    """Return every policy in the repository."""
    files = [*(ROOT / "policies").glob("*.yaml"), *(ROOT / "policies/examples").glob("*.yaml")]
    return tuple(file.read_bytes() for file in sorted(files) if not file.name.endswith(".test.yaml"))


def made(seed: int, number: int) -> Input:
    """Return the input of a number."""
    draw = Random(f"{seed}/{number}")  # noqa: S311 - chance must come again
    kind = draw.choices(list(_SHARES), list(_SHARES.values()))[0]
    world = draw.getrandbits(32)
    match kind:
        case Kind.EVENTS:
            return _events(draw, world)
        case Kind.POLICY:
            return Input(kind, (mutations.text_of(draw, draw.choice(policies())),), world)
        case Kind.MONITORS:
            return Input(kind, (monitors.mutated(draw),), world)
        case Kind.ANSWER:
            return Input(kind, (mutations.value(draw, draw.choice(_ANSWERS)),), world)
        case Kind.INLINE:
            return Input(kind, (report(draw).decode("utf-8", "replace"),), world)
        case _:
            return Input(kind, (report(draw),), world)


def report(draw: Random) -> bytes:
    """Return a mutated report or statistics file."""
    sound = draw.choice(reports())
    if draw.random() < 0.5:
        try:
            return json.dumps(mutations.value(draw, json.loads(sound))).encode("utf-8", "surrogatepass")
        except (ValueError, RecursionError):
            pass
    return mutations.text_of(draw, sound)


def _events(draw: Random, world: int) -> Input:
    """Return a few consecutive deliveries, each mutated, and half of them as the text that a queue carries.

    A person's event follows some of them.
    """
    story = draw.choice(stories())
    first = draw.randrange(len(story))
    chosen = story[first : first + draw.choice((1, 1, 2, 4))]
    if draw.random() < 0.15:
        said = samples.event(draw.choice(_PEOPLE))
        said["detail"]["at"] = chosen[-1][0].isoformat()
        chosen = (*chosen, (chosen[-1][0], said))
    parts = tuple(part for _, event in chosen if (part := _delivery(draw, event)) is not None)
    # A repeated delivery is normal.
    return Input(Kind.EVENTS, parts * draw.choice((1, 1, 1, 2)), world, chosen[0][0] + timedelta(seconds=1))


def delivery(event: object) -> Delivery:
    """Return an event with its entry point."""
    return Delivery(entry_point_of(event), event)


def _delivery(draw: Random, event: Any) -> Delivery | None:
    entry_point = entry_point_of(event) if draw.random() < 0.6 else draw.choice(_DOORS)
    changed = mutations.value(draw, event)
    if draw.random() < 0.3:
        changed = mutations.value(draw, changed)
    if entry_point is EntryPoint.PEOPLE and isinstance(changed, dict) and draw.random() < 0.6:
        changed = {**changed, PROOF: draw.choice(({}, {"url": "https://sts.example.com"}, "x"))}
    text = json.dumps(changed)
    if len(text) > mutations.LARGEST:
        return None
    # Lambda passes an object to the function for people; the other functions also read text.
    body = text if entry_point is not EntryPoint.PEOPLE and draw.random() < 0.5 else changed
    return Delivery(entry_point, body, _DETECTOR if entry_point is EntryPoint.DIRECT and draw.random() < 0.3 else "")
