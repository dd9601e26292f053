"""How each thing is written down: one write of one item."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Final

from msgspec.structs import replace

from kedge.domain.action import WorkflowRequest
from kedge.domain.decision import Decision, Inhibits
from kedge.domain.effect import Effect, Heartbeat
from kedge.domain.errors import Conflict, Permanent
from kedge.domain.incident import Incident
from kedge.domain.notification import GroupState, QueuedNotification, SendRate
from kedge.domain.run import MeasuredRun, Monitor
from kedge.domain.silence import Silence
from kedge.domain.source_key import SourceCase
from kedge.ledger.delivery import Delivery
from kedge.ledger.items import Change, Delete, Item, ItemKind, Key, Listed, Listing, Write, encode, size_of, stamp
from kedge.ledger.keys import (
    case_key,
    delivery_key,
    effect_key,
    errand_key,
    group_key,
    heartbeat_key,
    incident_key,
    inhibition_key,
    notice_key,
    pace_key,
    run_key,
    silence_key,
    spoken_key,
)
from kedge.ledger.known_endpoints import writes_of_known
from kedge.ledger.timeline import Entry, Lines
from kedge.ports.storage import Commit, NotificationCommit, VersionedContext

EFFECTS_KEPT: Final = timedelta(days=30)
HEARTBEATS_KEPT: Final = timedelta(days=1)
"""How long an effect is kept: as long as its dead letters can wait (14 days), and time to ask what became of it."""

SILENCES_KEPT: Final = timedelta(days=30)
"""How long a silence that is over can still be listed."""

INHIBITIONS_KEPT: Final = timedelta(days=90)
"""When an inhibition is forgotten that nobody freed."""

SPOKEN_KEPT: Final = timedelta(days=400)
"""When it is forgotten in which case a source was heard of. An alarm may be in alarm for a year."""

RUNS_KEPT: Final = timedelta(days=90)
"""How long a run is kept with its values."""

GROUPS_KEPT: Final = timedelta(days=7)
"""When a group is forgotten that neither waits nor was told: longer than any interval between two messages."""


def write_of_case(commit: Commit) -> Write:
    """The new state of a case, over the version that was loaded. A case that wants to be looked at is listed."""
    due = commit.decision.state.due
    item = Item(
        key=case_key(commit.target, commit.monitor),
        kind=ItemKind.CASE,
        version=commit.version + 1,
        body=encode(commit.decision.state),
        listed=Listed(Listing.DUE, due) if due is not None and isinstance(commit.monitor, Monitor) else None,
    )
    return Write(item=item, over=commit.version)


def write_of_spoken(spoken: SourceCase, now: datetime) -> Write:
    """In which case a source was heard of last, over what was kept of it before."""
    key, ends = spoken_key(spoken), _seconds(now + SPOKEN_KEPT)
    return Write(item=Item(key=key, kind=ItemKind.SPOKEN, version=1, body=encode(spoken), expires_at=ends))


def write_of_run(commit: Commit, measured: MeasuredRun) -> Write:
    """A run with its values, over itself if it was kept before: the key names the run."""
    key, ends = run_key(commit.target, commit.monitor, measured), _seconds(measured.at + RUNS_KEPT)
    return Write(item=Item(key=key, kind=ItemKind.RUN, version=1, body=encode(measured), expires_at=ends))


def write_of_incident(incident: Incident) -> Write:
    """An incident, listed by when it began. Its case, written with it, keeps two writers apart."""
    item = Item(
        key=incident_key(incident.id),
        kind=ItemKind.INCIDENT,
        version=incident.revision,
        body=encode(incident),
        listed=Listed(Listing.OPEN if incident.is_open else Listing.RESOLVED, incident.since),
    )
    return Write(item=item)


def write_of_entry(entry: Entry, incident_id: str) -> Write:
    """A line of the timeline. Written again, it is the same item: it is named by what it tells and when that was kept."""
    # A signal's id may be longer than the 1,024 bytes that DynamoDB takes of a sort key.
    name = hashlib.sha256((entry.signal or entry.effect or "").encode()).hexdigest()[:12]
    sk = f"ENTRY#{entry.revision:06}#{stamp(entry.recorded)}#{entry.what}#{name}"
    key = Key(incident_key(incident_id).pk, sk)
    return Write(item=Item(key=key, kind=ItemKind.ENTRY, version=1, body=encode(entry)))


def write_of_effect(effect: Effect, now: datetime) -> Write:
    """An effect that was not there yet."""
    key, ends = effect_key(effect.id), _seconds(now + EFFECTS_KEPT)
    return Write(item=Item(key=key, kind=ItemKind.EFFECT, version=1, body=encode(effect), expires_at=ends), over=0)


def write_of_errand(errand: WorkflowRequest, now: datetime) -> Write:
    """An errand, whether it was there or not.

    Two incidents may ask for one plan at once, and the second must not fail for it. What is put over another is no INSERT in the
    stream, so the relay leaves it: the first was carried, and its workflow has the name that this one's would have.
    """
    key, ends = errand_key(errand), _seconds(now + EFFECTS_KEPT)
    return Write(item=Item(key=key, kind=ItemKind.EFFECT, version=1, body=encode(errand), expires_at=ends))


def write_of_heartbeat(heartbeat: Heartbeat) -> Write:
    """A heartbeat, whether it was there or not: what is put over another is no INSERT in the stream, and goes no further."""
    key, ends = heartbeat_key(heartbeat), _seconds(heartbeat.at + HEARTBEATS_KEPT)
    return Write(item=Item(key=key, kind=ItemKind.EFFECT, version=1, body=encode(heartbeat), expires_at=ends))


def write_of_notice(notice: QueuedNotification) -> Write:
    """A notice that was not there yet, listed by when it may be told."""
    listed = Listed(Listing.NOTICE, notice.due)
    item = Item(key=notice_key(notice), kind=ItemKind.NOTICE, version=1, body=encode(notice), listed=listed)
    return Write(item=item, over=0)


def write_of_pace(receiver: str, pace: SendRate, over: int) -> Write:
    """What a receiver was sent lately, over the version that was read (0 for none)."""
    item = Item(key=pace_key(receiver), kind=ItemKind.PACE, version=over + 1, body=encode(pace))
    return Write(item=item, over=over)


def write_of_group(group: str, told: GroupState, over: int, now: datetime) -> Write:
    """What a group was told lately, over the version that was read (0 for none)."""
    ends = _seconds(max(now, told.last or now, told.waiting_until or now) + GROUPS_KEPT)
    item = Item(key=group_key(group), kind=ItemKind.GROUP, version=over + 1, body=encode(told), expires_at=ends)
    return Write(item=item, over=over)


def write_of_inhibition(inhibits: Inhibits, now: datetime) -> Write:
    """That an incident keeps others quiet."""
    key, ends = inhibition_key(inhibits.key, inhibits.incident), _seconds(now + INHIBITIONS_KEPT)
    return Write(item=Item(key=key, kind=ItemKind.INHIBITION, version=1, body=encode(inhibits), expires_at=ends))


def write_of_silence(silence: Silence) -> Write:
    """A silence as it now is, over what was said of it before. Its version is when it was changed, in microseconds."""
    key, ends = silence_key(silence.id), _seconds(silence.ends_at + SILENCES_KEPT)
    version = 1 if silence.changed is None else int(silence.changed.timestamp() * 1_000_000)
    return Write(
        item=Item(key=key, kind=ItemKind.SILENCE, version=version, body=encode(silence), expires_at=ends), newest=True
    )


def write_of_delivery(delivery: Delivery, effect: Effect, over: int) -> Write:
    """A delivery as it now stands, over the version that was read (0 for none)."""
    item = Item(key=delivery_key(effect), kind=ItemKind.DELIVERY, version=over + 1, body=encode(delivery))
    return Write(item=item, over=over)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


MOST: Final = 100
"""As many items as a transaction of DynamoDB takes."""

MOST_BYTES: Final = 4_000_000
"""As many bytes as all items of a transaction have together. DynamoDB takes 4 MB, and counts names and numbers, too."""


def writes_of(commit: Commit) -> tuple[Change, ...]:
    """What a decision changes; the case, which may conflict, first.

    Raises Conflict if that is more than one transaction takes: whoever decides anew often enough gathers, and notices are cut to
    what fits.
    """
    decision, now = commit.decision, commit.now
    changes: list[Change] = [write_of_case(commit)]
    if commit.measured is not None:
        changes.append(write_of_run(commit, commit.measured))
    if (incident := decision.incident) is not None:
        changes += [write_of_incident(incident), write_of_entry(Entry.decided(commit, incident), incident.id)]
    changes += [write_of_effect(effect, now) for effect in commit.effects]
    changes += {write.key: write for write in (write_of_errand(each, now) for each in commit.errands)}.values()
    changes += writes_of_known(commit)
    changes += map(write_of_notice, commit.notices)
    if commit.spoken is not None:
        changes.append(write_of_spoken(commit.spoken, now))
    changes += _memories(decision.paces, decision.groups, commit.against, now)
    changes += _inhibitions(decision, now)
    if (too_much := why_too_much(changes)) is not None:
        raise Conflict(f"the decision on {commit.signal_id} changes {too_much}")
    return tuple(changes)


def writes_of_telling(telling: NotificationCommit) -> tuple[Change, ...]:
    """What a step of telling changes. Raises Permanent where that is more than one transaction takes."""
    changes: list[Change] = []
    gone = {notice_key(notice) for notice in telling.told}
    if telling.folded is not None:
        write = write_of_notice(telling.folded)
        # Where the others add nothing to one of them, that one stays as it is.
        changes.append(replace(write, over=write.item.version) if write.key in gone else write)
        gone.discard(write.key)
    changes += [Delete(key=key, must_exist=True) for key in sorted(gone)]
    changes += [write_of_effect(effect, telling.now) for effect in telling.effects]
    paces = {} if telling.pace is None else {telling.paced: telling.pace}
    # Where a step changes a group, all that it takes away is of that group.
    groups = {} if telling.group is None else {telling.told[0].group: telling.group}
    changes += _memories(paces, groups, telling.against, telling.now)
    if (too_much := why_too_much(changes)) is not None:
        raise Permanent(f"a step of telling {telling.receiver} changes {too_much}")
    return tuple(changes)


def writes_of_delivery(delivery: Delivery, effect: Effect, over: int, lines: Lines) -> Iterable[tuple[Change, ...]]:
    """A delivery and what it puts on timelines, in as few transactions as may be; the one with the delivery comes last.

    A crash in between repeats lines of timelines, and loses none.
    """
    entries = [write_of_entry(entry, incident) for incident, entry in lines.items()]
    yield from batched(entries[MOST - 1 :], MOST, strict=False)
    yield (write_of_delivery(delivery, effect, over), *entries[: MOST - 1])


def _memories(
    paces: dict[str, SendRate], groups: dict[str, GroupState], against: VersionedContext, now: datetime
) -> Iterable[Change]:
    """What receivers and groups were told, each over the version that was read."""
    for receiver, pace in paces.items():
        yield write_of_pace(receiver, pace, against.paces.get(receiver, 0))
    for name, group in groups.items():
        yield write_of_group(name, group, against.groups.get(name, 0), now)


def _inhibitions(decision: Decision, now: datetime) -> Iterable[Change]:
    """What begins to keep others quiet, and what ends it. DynamoDB takes one change of an item in a transaction."""
    begin = {inhibition_key(each.key, each.incident): each for each in decision.inhibits}
    end = {inhibition_key(each.key, each.incident) for each in decision.frees} - begin.keys()
    yield from (write_of_inhibition(each, now) for each in begin.values())
    yield from (Delete(key=key) for key in sorted(end))


def why_too_much(changes: Sequence[Change]) -> str | None:
    """Return why a transaction takes no such changes, as the end of a sentence; None if it takes them."""
    if len(changes) > MOST:
        return f"{len(changes)} items, and DynamoDB changes at most {MOST} at once"
    if (size := sum(map(size_of, changes))) > MOST_BYTES:
        return f"{size} bytes, and DynamoDB changes at most {MOST_BYTES} at once"
    return None
