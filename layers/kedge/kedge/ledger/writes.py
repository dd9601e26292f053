"""What belongs together in the table: all that a decision, a step of telling or a delivery changes at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import batched
from typing import Final

from msgspec.structs import replace

from kedge.domain.decision import Decision
from kedge.domain.effect import Effect
from kedge.domain.errors import Conflict, Permanent
from kedge.domain.notification import Group, Pace
from kedge.ledger.delivery import Delivery
from kedge.ledger.fleet import writes_of_known
from kedge.ledger.items import Change, Delete, size_of
from kedge.ledger.keys import inhibition_key, notice_key
from kedge.ledger.puts import (
    write_of_case,
    write_of_delivery,
    write_of_effect,
    write_of_entry,
    write_of_errand,
    write_of_group,
    write_of_incident,
    write_of_inhibition,
    write_of_notice,
    write_of_pace,
    write_of_run,
    write_of_spoken,
)
from kedge.ledger.timeline import Entry, Lines
from kedge.ports.storage import Commit, Surroundings, Telling

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


def writes_of_telling(telling: Telling) -> tuple[Change, ...]:
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
    paces: dict[str, Pace], groups: dict[str, Group], against: Surroundings, now: datetime
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
