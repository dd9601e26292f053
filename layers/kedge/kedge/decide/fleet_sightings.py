"""The stored sightings of a fleet: the bad features with a sample of their targets each.

A fleet of thousands writes one item. So a feature with enough recent targets is not written for each further one. All
sightings together have a limited number of bytes, and the oldest are removed first.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.decide.next_evaluation import SAID
from kedge.domain.ids import mark
from kedge.domain.signal import FeaturesDrifted
from kedge.policy.compiled import Upstream

type Sightings = dict[str, dict[str, int]]
"""For each feature the marks of targets, with the minute of the last sighting since 1970."""

# Bytes of JSON. DynamoDB refuses an item above 400 KB, and accepts 1,000 write units a second for one. The whole rate
# of intake must fit through this item. A policy that requires more targets needs more of them.
_ROOM: Final = 65_536
_ROOM_A_TARGET: Final = 1_000
_MOST_ROOM: Final = 229_376
_SAID_ROOM: Final = 65_536
_LEAST_ENOUGH: Final = 32
_SPARE_UP_TO: Final = 500
_MINUTE: Final = 60


def enough(rule: Upstream) -> int:
    """Return the maximum number of stored targets per feature: twice those of an incident, so that some may recover."""
    return max(rule.targets, min(2 * rule.targets, _SPARE_UP_TO), _LEAST_ENOUGH)


def seen(sightings: Sightings, signal: FeaturesDrifted, at: datetime, rule: Upstream) -> Sightings:
    """Return the sightings after a target's report; the same object if nothing changes."""
    confirmed = signal.provenance.is_vouched
    member, minute = f"{'' if confirmed else SAID}{mark(str(signal.member))}", int(at.timestamp()) // _MINUTE
    # A write for every run of a large fleet would queue at one item: a recent sighting counts as new.
    fresh = minute - int(rule.within / timedelta(minutes=1)) // 4
    recent = recently(sightings, at - rule.within)
    kept = dict(recent)
    for feature, members in recent.items():
        if member in members and feature not in signal.features:
            kept[feature] = {other: when for other, when in members.items() if other != member}
    for feature in signal.features:
        members = kept.get(feature, {})
        with_it = _with(members, member, minute, fresh, enough(rule))
        if with_it is not members:
            kept[feature] = with_it
    if kept == sightings:
        return sightings
    fitting = _that_fit({feature: members for feature, members in kept.items() if members}, rule)
    return sightings if fitting == sightings else fitting


def recently(sightings: Sightings, since: datetime) -> Sightings:
    """Return the sightings after a moment; the same object if these are all."""
    oldest = int(since.timestamp()) // _MINUTE
    if all(minute > oldest for members in sightings.values() for minute in members.values()):
        return sightings
    kept = {
        feature: {member: minute for member, minute in members.items() if minute > oldest}
        for feature, members in sightings.items()
    }
    return {feature: members for feature, members in kept.items() if members}


def targets_of(members: Iterable[str]) -> int:
    """Return the number of stored targets, with unconfirmed ones."""
    return len({name.removeprefix(SAID) for name in members})


def many(sightings: Sightings, least: int, *, confirmed: bool) -> tuple[str, ...]:
    """Return the features that are bad on enough targets, by confirmed sightings alone or by all."""
    return tuple(
        feature
        for feature, members in sightings.items()
        if len(members) >= least and _many(members, least, confirmed=confirmed)
    )


def any_is_confirmed(sightings: Sightings) -> bool:
    """Return whether an authority confirms any sighting."""
    return any(_is_confirmed(member) for members in sightings.values() for member in members)


def _many(members: dict[str, int], least: int, *, confirmed: bool) -> bool:
    shown = [name for name in members if name[:1] != SAID]
    return len(shown) >= least or (not confirmed and targets_of(members) >= least)


def _with(members: dict[str, int], member: str, minute: int, fresh: int, most: int) -> dict[str, int]:
    """Return the targets of a feature with one more.

    The same object is returned if enough of its kind, or itself, were seen recently.
    """
    known = members.get(member)
    if known is not None:
        return members if known >= fresh else {**members, member: max(minute, known)}
    alike = {name: when for name, when in members.items() if _is_confirmed(name) is _is_confirmed(member)}
    if sum(when >= fresh for when in alike.values()) >= most:
        return members
    stalest = min(alike, key=alike.__getitem__) if len(alike) >= most else None
    return {name: when for name, when in members.items() if name != stalest} | {member: minute}


def _that_fit(sightings: Sightings, rule: Upstream) -> Sightings:
    room = min(_ROOM + _ROOM_A_TARGET * rule.targets, _MOST_ROOM)
    fitting = _without_the_oldest(sightings, room, confirmed=True)
    return _without_the_oldest(fitting, _SAID_ROOM, confirmed=False)


def _without_the_oldest(sightings: Sightings, room: int, *, confirmed: bool) -> Sightings:
    """Return the sightings with one kind reduced to its room.

    The newest stay, and of those the features with more targets.
    """
    if _size(sightings) <= room:
        return sightings
    part = _part(sightings, confirmed=confirmed)
    size = _size(part)
    if size <= room:
        return sightings
    # More than needed, so that not every write has to select again.
    over = size - room * 7 // 8
    kept = {feature: dict(members) for feature, members in sightings.items()}
    every = [
        (minute, len(members), feature, name) for feature, members in part.items() for name, minute in members.items()
    ]
    for minute, _, feature, name in sorted(every, key=lambda each: each[:2]):
        if over <= 0:
            break
        del part[feature][name], kept[feature][name]
        over -= len(f'"{name}":{minute},')
        if not part[feature]:
            over -= _size(feature) + len(":{},")
    return {feature: members for feature, members in kept.items() if members}


def _part(sightings: Sightings, *, confirmed: bool) -> Sightings:
    """Return the confirmed sightings, or the unconfirmed ones."""
    parts = {
        feature: {member: minute for member, minute in members.items() if (member[:1] != SAID) is confirmed}
        for feature, members in sightings.items()
    }
    return {feature: members for feature, members in parts.items() if members}


def _size(part: object) -> int:
    return len(msgspec.json.encode(part))


def _is_confirmed(member: str) -> bool:
    return member[:1] != SAID
