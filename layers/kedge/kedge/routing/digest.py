"""Sends gathered notices: one message for each group that is due, or one digest of all if those would be too many.

Each step can be committed by itself, so that a crash between two of them neither loses nor repeats a notice.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import reduce
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.incident import IncidentState
from kedge.domain.notification import (
    GroupState,
    IncidentSummary,
    QueuedNotification,
    SendRate,
    Unlisted,
    count_incidents,
)
from kedge.domain.reason import Reason
from kedge.policy.compiled import Policy
from kedge.routing.grouping import DIGEST, DIGESTS, count_message, room_at

TOGETHER: Final = 60
"""The maximum number of notices in one step: with the results, they fit into one transaction of 100 writes."""

ROOM: Final = 3_000_000
"""The maximum bytes of JSON of the notices in one step: a transaction accepts 4 MB, and deletions may count."""

LISTED: Final = 50
"""The maximum number of incidents that a message lists; the others are counted."""

_NOBODY: Final = SendRate()


class DigestStep(Struct, frozen=True, kw_only=True):
    """One step: `told` are removed, and `folded` replaces them, or `message` is sent, or neither (no news is left).

    `pace` and `group` are the new values, None if they stay.
    """

    told: tuple[QueuedNotification, ...]
    folded: QueuedNotification | None = None
    message: QueuedNotification | None = None
    pace: SendRate | None = None
    group: GroupState | None = None


def digest_steps(
    policy: Policy, receiver: str, notices: tuple[QueuedNotification, ...], pace: SendRate, now: datetime
) -> Iterator[DigestStep]:
    """Yield the steps for the due notices of one receiver. They wait if there is no room for a message."""
    by_group: dict[str, tuple[QueuedNotification, ...]] = {}
    for name, gathered in _grouped(notices).items():
        folding, by_group[name] = _folded(gathered)
        yield from folding
    if _messages(by_group) > _room(policy, receiver, pace, now):
        yield from _as_digest(policy, receiver, by_group, pace, now)
        return
    for name, gathered in by_group.items():
        step = _digest_step(policy, receiver, name, gathered, pace, now)
        pace = step.pace or pace
        yield step


def _as_digest(
    policy: Policy, receiver: str, by_group: Mapping[str, tuple[QueuedNotification, ...]], pace: SendRate, now: datetime
) -> Iterator[DigestStep]:
    """Yield the steps to one message about everything, as soon as there is room for one."""
    if room_at(policy, receiver, pace, now) > now:
        return
    everything = tuple(notice for gathered in by_group.values() for notice in gathered)
    folding, left = _folded(everything)
    yield from folding
    yield _digest_step(policy, receiver, DIGEST, left, pace, now)


def _folded(notices: tuple[QueuedNotification, ...]) -> tuple[list[DigestStep], tuple[QueuedNotification, ...]]:
    """Return the steps that reduce the notices to the number of one step, and the remaining notices."""
    done: list[DigestStep] = []
    if len(notices) <= 1:
        return done, notices
    while len(batches := tuple(_batches(notices))) > 1:
        folding = [_fold(batch) for batch in batches]
        done += [step for step in folding if step.folded is not None]
        notices = tuple(step.folded or step.told[0] for step in folding)
    return done, notices


def _batches(notices: tuple[QueuedNotification, ...]) -> Iterator[tuple[QueuedNotification, ...]]:
    """Yield the notices in batches for one step each."""
    batch: list[QueuedNotification] = []
    size = 0
    for notice in notices:
        bytes_of_it = len(msgspec.json.encode(notice))
        if batch and (len(batch) == TOGETHER or size + bytes_of_it > ROOM):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(notice)
        size += bytes_of_it
    if batch:
        yield tuple(batch)


def _grouped(notices: tuple[QueuedNotification, ...]) -> dict[str, tuple[QueuedNotification, ...]]:
    found: dict[str, list[QueuedNotification]] = {}
    for notice in sorted(notices, key=lambda each: (each.due, each.id)):
        found.setdefault(notice.group, []).append(notice)
    return {name: tuple(gathered) for name, gathered in found.items()}


def _messages(by_group: Mapping[str, tuple[QueuedNotification, ...]]) -> int:
    return sum(1 for name, gathered in by_group.items() if _worth_telling(_joined(gathered), name))


def _room(policy: Policy, receiver: str, pace: SendRate, now: datetime) -> int:
    rule = policy.receivers.get(receiver)
    if rule is None:
        return 1
    return rule.messages - sum(1 for at in pace.sent if at + rule.per > now)


def _digest_step(
    policy: Policy, receiver: str, name: str, gathered: tuple[QueuedNotification, ...], pace: SendRate, now: datetime
) -> DigestStep:
    joined = _joined(gathered)
    if not _worth_telling(joined, name):
        return DigestStep(told=gathered, group=GroupState() if name not in DIGESTS else None)
    group = GroupState(last=now) if name not in DIGESTS else None
    return DigestStep(told=gathered, message=joined, pace=count_message(policy, receiver, pace, now), group=group)


def _worth_telling(joined: QueuedNotification, group: str) -> bool:
    """Return whether the news matters. An incident that began and ended before its group was sent does not.

    A digest counts it.
    """
    return bool(joined.briefs) or (group in DIGESTS and joined.tally.incidents > 0)


def _fold(notices: tuple[QueuedNotification, ...]) -> DigestStep:
    folded = _joined(notices)
    return DigestStep(told=notices, folded=folded) if len(notices) > 1 else DigestStep(told=notices)


def _joined(notices: tuple[QueuedNotification, ...]) -> QueuedNotification:
    """Return one notice with the content of all: each incident in its current state, the worst first."""
    newest: dict[str, IncidentSummary] = {}
    for brief in sorted((brief for notice in notices for brief in notice.briefs), key=lambda each: each.revision):
        known = newest.pop(brief.incident, None)
        if known is None or not _is_as_before(known, brief):
            newest[brief.incident] = brief if known is None else _followed(known, brief)
    over = [brief for brief in newest.values() if brief.first and brief.state is IncidentState.RESOLVED]
    ranked = sorted((brief for brief in newest.values() if brief not in over), key=_badness)
    listed, counted = tuple(ranked[:LISTED]), ranked[LISTED:]
    tally = _added([notice.tally for notice in notices], counted, len(over))
    primary = _primary(notices, listed)
    digest = any(notice.digest for notice in notices)
    alone = len(listed) == 1 and not digest and not tally.incidents
    why = listed[0].why if alone else Reason.DIGEST
    return msgspec.structs.replace(primary, briefs=listed, tally=tally, why=why, digest=digest)


def _is_as_before(over: IncidentSummary, again: IncidentSummary) -> bool:
    """Return whether an incident fires again before the receiver was notified of its end: then the last message holds."""
    unheard = over.why is Reason.RESOLVED and not over.first and again.why is Reason.REOPENED
    return unheard and again.cause is over.cause and again.severity.rank <= over.severity.rank


def _followed(before: IncidentSummary, after: IncidentSummary) -> IncidentSummary:
    """Return the news of an incident that changed twice before a message was sent."""
    if after.state is IncidentState.RESOLVED:
        return msgspec.structs.replace(after, first=before.first)
    why = after.why if before.why is Reason.RESOLVED else before.why
    return msgspec.structs.replace(after, first=before.first, why=why)


def _primary(notices: tuple[QueuedNotification, ...], listed: tuple[IncidentSummary, ...]) -> QueuedNotification:
    """Return the notice that contains the whole worst incident, in its last state."""
    worst = listed[0].incident if listed else None
    having = [notice for notice in notices if notice.incident.id == worst] or list(notices)
    return max(having, key=lambda notice: notice.incident.revision)


def _added(tallies: list[Unlisted], counted: list[IncidentSummary], over: int) -> Unlisted:
    return reduce(Unlisted.plus, [*tallies, count_incidents(counted, over)])


def _badness(brief: IncidentSummary) -> tuple[bool, int, datetime, str]:
    return brief.state is IncidentState.RESOLVED, -brief.severity.rank, brief.since, brief.incident
