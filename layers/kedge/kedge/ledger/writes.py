"""The writes of everything in the table, one write per item."""

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
from kedge.domain.source_case import SourceCase
from kedge.ledger.delivery import Delivery
from kedge.ledger.items import Change, Delete, Item, ItemKind, Key, Listed, Listing, Write, encode, size_of, stamp
from kedge.ledger.keys import (
    case_key,
    delivery_key,
    effect_key,
    group_key,
    heartbeat_key,
    incident_key,
    inhibition_key,
    notice_key,
    pace_key,
    run_key,
    silence_key,
    spoken_key,
    workflow_request_key,
)
from kedge.ledger.known_endpoints import writes_of_known
from kedge.ledger.timeline import Entry, Lines
from kedge.ports.storage import Commit, NotificationCommit, VersionedContext

EFFECTS_KEPT: Final = timedelta(days=30)
HEARTBEATS_KEPT: Final = timedelta(days=1)
"""How long an effect is kept: its dead letters can wait 14 days, and then there is time to check its result."""

SILENCES_KEPT: Final = timedelta(days=30)
"""How long an ended silence can still be listed."""

INHIBITIONS_KEPT: Final = timedelta(days=90)
"""When an inhibition expires that was never released."""

SPOKEN_KEPT: Final = timedelta(days=400)
"""When the record of a source's last case expires. An alarm may be in ALARM for a year."""

RUNS_KEPT: Final = timedelta(days=90)
"""How long a run is kept with its values."""

GROUPS_KEPT: Final = timedelta(days=7)
"""When a group expires that has no pending and no recent message: longer than any interval between two messages."""


def write_of_case(commit: Commit) -> Write:
    """Return the write of a case's new state, against the version that was loaded.

    The index lists a case that is due for evaluation at some time.
    """
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
    """Return the write of the case that a source last reported on, over the earlier one."""
    key, ends = spoken_key(spoken), _seconds(now + SPOKEN_KEPT)
    return Write(item=Item(key=key, kind=ItemKind.SPOKEN, version=1, body=encode(spoken), expires_at=ends))


def write_of_run(commit: Commit, measured: MeasuredRun) -> Write:
    """Return the write of a run with its values. The key names the run, so a repetition replaces it."""
    key, ends = run_key(commit.target, commit.monitor, measured), _seconds(measured.at + RUNS_KEPT)
    return Write(item=Item(key=key, kind=ItemKind.RUN, version=1, body=encode(measured), expires_at=ends))


def write_of_incident(incident: Incident) -> Write:
    """Return the write of an incident, which the index lists by its start. It does not list a drill, which is none.

    The case is written with it, and its version separates two writers.
    """
    listing = Listing.OPEN if incident.is_open else Listing.RESOLVED
    item = Item(
        key=incident_key(incident.id),
        kind=ItemKind.INCIDENT,
        version=incident.revision,
        body=encode(incident),
        listed=None if incident.monitor is Monitor.DRILL else Listed(listing, incident.since),
    )
    return Write(item=item)


def write_of_entry(entry: Entry, incident_id: str) -> Write:
    """Return the write of a timeline line. A repetition is the same item, named by its content and time of storage."""
    # A signal's id may be longer than the 1,024 bytes that DynamoDB accepts in a sort key.
    name = hashlib.sha256((entry.signal or entry.effect or "").encode()).hexdigest()[:12]
    sk = f"ENTRY#{entry.revision:06}#{stamp(entry.recorded)}#{entry.what}#{name}"
    key = Key(incident_key(incident_id).pk, sk)
    return Write(item=Item(key=key, kind=ItemKind.ENTRY, version=1, body=encode(entry)))


def write_of_effect(effect: Effect, now: datetime) -> Write:
    """Return the write of a new effect. The index lists it, so that reconcile finds those that no worker received."""
    item = Item(
        key=effect_key(effect.id),
        kind=ItemKind.EFFECT,
        version=1,
        body=encode(effect),
        expires_at=_seconds(now + EFFECTS_KEPT),
        listed=Listed(Listing.EFFECT, now),
    )
    return Write(item=item, over=0)


def write_of_workflow_request(workflow_request: WorkflowRequest, now: datetime) -> Write:
    """Return the write of a workflow request, whether it exists or not.

    Two incidents may request one plan at once, and the second must not fail. A replaced item is not an INSERT in the
    stream, so the relay ignores it. The first request was carried, and its workflow has the same name.
    """
    key, ends = workflow_request_key(workflow_request), _seconds(now + EFFECTS_KEPT)
    return Write(item=Item(key=key, kind=ItemKind.EFFECT, version=1, body=encode(workflow_request), expires_at=ends))


def write_of_heartbeat(heartbeat: Heartbeat) -> Write:
    """Return the write of a heartbeat, whether it exists or not.

    A replaced item is not an INSERT in the stream, so the relay ignores it.
    """
    key, ends = heartbeat_key(heartbeat), _seconds(heartbeat.at + HEARTBEATS_KEPT)
    return Write(item=Item(key=key, kind=ItemKind.EFFECT, version=1, body=encode(heartbeat), expires_at=ends))


def write_of_notice(notice: QueuedNotification) -> Write:
    """Return the write of a new notice, which the index lists by its due time."""
    listed = Listed(Listing.NOTICE, notice.due)
    item = Item(key=notice_key(notice), kind=ItemKind.NOTICE, version=1, body=encode(notice), listed=listed)
    return Write(item=item, over=0)


def write_of_pace(receiver: str, pace: SendRate, over: int) -> Write:
    """Return the write of a receiver's recent messages, against the version that was read (0 for none)."""
    item = Item(key=pace_key(receiver), kind=ItemKind.PACE, version=over + 1, body=encode(pace))
    return Write(item=item, over=over)


def write_of_group(group: str, told: GroupState, over: int, now: datetime) -> Write:
    """Return the write of a group's recent messages, against the version that was read (0 for none)."""
    ends = _seconds(max(now, told.last or now, told.waiting_until or now) + GROUPS_KEPT)
    item = Item(key=group_key(group), kind=ItemKind.GROUP, version=over + 1, body=encode(told), expires_at=ends)
    return Write(item=item, over=over)


def write_of_inhibition(inhibits: Inhibits, now: datetime) -> Write:
    """Return the write of an inhibition by an incident."""
    key, ends = inhibition_key(inhibits.key, inhibits.incident), _seconds(now + INHIBITIONS_KEPT)
    return Write(item=Item(key=key, kind=ItemKind.INHIBITION, version=1, body=encode(inhibits), expires_at=ends))


def write_of_silence(silence: Silence) -> Write:
    """Return the write of a silence, over the earlier one. Its version is the time of the change, in microseconds."""
    key, ends = silence_key(silence.id), _seconds(silence.ends_at + SILENCES_KEPT)
    version = 1 if silence.changed is None else int(silence.changed.timestamp() * 1_000_000)
    return Write(
        item=Item(key=key, kind=ItemKind.SILENCE, version=version, body=encode(silence), expires_at=ends), newest=True
    )


def write_of_delivery(delivery: Delivery, effect: Effect, over: int) -> Write:
    """Return the write of a delivery, against the version that was read (0 for none)."""
    item = Item(key=delivery_key(effect), kind=ItemKind.DELIVERY, version=over + 1, body=encode(delivery))
    return Write(item=item, over=over)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


MOST: Final = 100
"""The maximum number of items in a transaction of DynamoDB."""

MOST_BYTES: Final = 4_000_000
"""The maximum bytes of all items in a transaction. DynamoDB accepts 4 MB, and counts names and numbers, too."""


def writes_of(commit: Commit) -> tuple[Change, ...]:
    """Return the changes of a decision; the case, which may conflict, comes first.

    Raises:
        Conflict: one transaction cannot hold the changes. After enough conflicts, a new decision gathers its messages,
            and notices are cut to fit.
    """
    decision, now = commit.decision, commit.now
    changes: list[Change] = [write_of_case(commit)]
    if commit.measured is not None:
        changes.append(write_of_run(commit, commit.measured))
    if (incident := decision.incident) is not None:
        changes += [write_of_incident(incident), write_of_entry(Entry.decided(commit, incident), incident.id)]
    changes += [write_of_effect(effect, now) for effect in commit.effects]
    changes += {
        write.key: write for write in (write_of_workflow_request(each, now) for each in commit.workflow_requests)
    }.values()
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
    """Return the changes of one step of sending notices.

    Raises Permanent if one transaction cannot hold them.
    """
    changes: list[Change] = []
    gone = {notice_key(notice) for notice in telling.told}
    if telling.folded is not None:
        write = write_of_notice(telling.folded)
        # If the other notices add nothing to one of them, the folded notice is that one, and replaces itself.
        changes.append(replace(write, over=write.item.version) if write.key in gone else write)
        gone.discard(write.key)
    changes += [Delete(key=key, must_exist=True) for key in sorted(gone)]
    changes += [write_of_effect(effect, telling.now) for effect in telling.effects]
    paces = {} if telling.pace is None else {telling.paced: telling.pace}
    # If a step changes a group, all notices that it deletes belong to that group.
    groups = {} if telling.group is None else {telling.told[0].group: telling.group}
    changes += _memories(paces, groups, telling.against, telling.now)
    if (too_much := why_too_much(changes)) is not None:
        raise Permanent(f"a step of telling {telling.receiver} changes {too_much}")
    return tuple(changes)


def writes_of_delivery(delivery: Delivery, effect: Effect, over: int, lines: Lines) -> Iterable[tuple[Change, ...]]:
    """Yield a delivery and its timeline lines in as few transactions as possible; the delivery's comes last.

    A crash in between repeats timeline lines, and loses none.
    """
    entries = [write_of_entry(entry, incident) for incident, entry in lines.items()]
    yield from batched(entries[MOST - 1 :], MOST, strict=False)
    yield (write_of_delivery(delivery, effect, over), *entries[: MOST - 1])


def _memories(
    paces: dict[str, SendRate], groups: dict[str, GroupState], against: VersionedContext, now: datetime
) -> Iterable[Change]:
    """Yield the recent messages of receivers and groups, each against the version that was read."""
    for receiver, pace in paces.items():
        yield write_of_pace(receiver, pace, against.paces.get(receiver, 0))
    for name, group in groups.items():
        yield write_of_group(name, group, against.groups.get(name, 0), now)


def _inhibitions(decision: Decision, now: datetime) -> Iterable[Change]:
    """Yield the starts and ends of inhibitions. DynamoDB accepts one change per item in a transaction."""
    begin = {inhibition_key(each.key, each.incident): each for each in decision.inhibits}
    end = {inhibition_key(each.key, each.incident) for each in decision.frees} - begin.keys()
    yield from (write_of_inhibition(each, now) for each in begin.values())
    yield from (Delete(key=key) for key in sorted(end))


def why_too_much(changes: Sequence[Change]) -> str | None:
    """Return why a transaction cannot hold these changes, as the end of a sentence; None if it can."""
    if len(changes) > MOST:
        return f"{len(changes)} items, and DynamoDB changes at most {MOST} at once"
    if (size := sum(map(size_of, changes))) > MOST_BYTES:
        return f"{size} bytes, and DynamoDB changes at most {MOST_BYTES} at once"
    return None
