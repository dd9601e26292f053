"""Groups notifications: related ones are sent together, and each receiver's limit applies.

The first news of a group without recent messages is sent at once (or after `group_wait`). Further news within
`group_interval` is gathered. News above a receiver's limit waits for one digest.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.domain.decision import Notify, Queued
from kedge.domain.incident import Incident, QueuedUpdate
from kedge.domain.notification import GroupState, SendRate
from kedge.policy.compiled import Policy
from kedge.policy.routes import SEPARATOR, said_group
from kedge.routing.recipients import NotificationDraft, Recipient

DIGEST: Final = "digest"
DIGESTS: Final = (DIGEST, said_group(DIGEST))
"""The digest groups: of confirmed and of unconfirmed news."""
# Due news is sent within 1 or 2 minutes. If it was due longer ago, it was sent, or waits for its receiver's room.
_LATE: Final = timedelta(minutes=10)
_NOBODY: Final = SendRate()
_NEW: Final = GroupState()


def gather(telling: NotificationDraft) -> NotificationDraft:
    """Return the draft with every remaining recipient's effect: sent now, or gathered."""
    for wish in telling.wishes:
        telling = _gathered(telling, wish) if telling.context.crowded else _now_or_later(telling, wish)
    return msgspec.structs.replace(telling, wishes=())


def pace_of(receiver: str, *, said: bool) -> str:
    """Return the name of a receiver's pace. Unconfirmed news does not use the room of confirmed news."""
    return f"{receiver}{SEPARATOR}unconfirmed" if said else receiver


def still_to_hear(incident: Incident, receiver: str, groups: Mapping[str, GroupState], now: datetime) -> bool:
    """Return whether a receiver was not notified of an incident yet.

    This also holds if its only message is still waiting.
    """
    pending = incident.pending.get(receiver)
    if receiver not in incident.told or receiver in incident.waiting:
        return True
    return (
        pending is not None
        and now < pending.due + _LATE
        and not _was_notified(pending, groups.get(pending.group, _NEW))
    )


def room_at(policy: Policy, receiver: str, pace: SendRate, now: datetime) -> datetime:
    """Return when a receiver may get one more message: `now`, or when the oldest counted message is old enough."""
    rule = policy.receivers.get(receiver)
    if rule is None:
        return now
    count_message = [at for at in pace.sent if at + rule.per > now]
    return now if len(count_message) < rule.messages else count_message[-rule.messages] + rule.per


def count_message(policy: Policy, receiver: str, pace: SendRate, now: datetime) -> SendRate:
    """Return the pace of a receiver after one more message."""
    rule = policy.receivers.get(receiver)
    return SendRate((*pace.sent, now)[-(rule.messages if rule is not None else 1) :])


def _now_or_later(telling: NotificationDraft, wish: Recipient) -> NotificationDraft:
    group, now = telling.context.groups.get(wish.group, _NEW), telling.now
    pending = _pending(telling, wish, group)
    if pending is not None and now < pending.due + _LATE:
        return _with(telling, _later(wish, pending.group, _not_before(telling, wish, pending.due)))
    due = _due(group, wish, now)
    if due is None and pending is not None:
        # Gathered news may still wait for room or for a late round, and later news must not overtake it.
        return _gathered(telling, wish)
    if due is not None:
        waits = msgspec.structs.replace(group, waiting_until=due)
        groups = telling.groups if waits == group else {**telling.groups, wish.group: waits}
        return msgspec.structs.replace(_with(telling, _later(wish, wish.group, due)), groups=groups)
    name = pace_of(wish.receiver, said=telling.said)
    pace = telling.context.paces.get(name, _NOBODY)
    room = room_at(telling.policy, wish.receiver, pace, now)
    if room > now:
        return _with(telling, _later(wish, DIGESTS[telling.said], room, digest=True))
    return msgspec.structs.replace(
        telling,
        effects=(
            *telling.effects,
            Notify(receiver=wish.receiver, why=wish.why, first=telling.incident.told.get(wish.receiver)),
        ),
        paces={**telling.paces, name: count_message(telling.policy, wish.receiver, pace, now)},
        # A group that never waits does not need a state.
        groups={**telling.groups, wish.group: GroupState(last=now)} if wish.route.group_interval else telling.groups,
    )


def _pending(telling: NotificationDraft, wish: Recipient, group: GroupState) -> QueuedUpdate | None:
    """Return the gathered news of the incident that may still wait; None if its group was sent since."""
    pending = _in_the_way(telling, wish)
    if pending is None or pending.group != wish.group:
        return pending
    return None if _was_notified(pending, group) else pending


def _in_the_way(telling: NotificationDraft, wish: Recipient) -> QueuedUpdate | None:
    """Return the gathered news of the incident. Confirmed news does not wait for room behind unconfirmed news."""
    pending = telling.incident.pending.get(wish.receiver)
    if pending is not None and pending.group == DIGESTS[True] and not telling.said:
        return None
    return pending


def _was_notified(pending: QueuedUpdate, group: GroupState) -> bool:
    return group.last is not None and group.last >= pending.due


def _due(group: GroupState, wish: Recipient, now: datetime) -> datetime | None:
    """Return when a group may be sent again; None if it may be sent at once."""
    if group.waiting_until is not None and now < group.waiting_until + _LATE:
        return group.waiting_until
    if group.last is not None and now < group.last + wish.route.group_interval:
        return group.last + wish.route.group_interval
    return now + wish.route.group_wait if wish.route.group_wait else None


def _gathered(telling: NotificationDraft, wish: Recipient) -> NotificationDraft:
    """Return the draft with gathered news, which shares no state with concurrent writers.

    The next round sends it, 1 minute later at most.
    """
    due = telling.now + wish.route.group_wait
    return _with(telling, _later(wish, wish.group, _not_before(telling, wish, due)))


def _not_before(telling: NotificationDraft, wish: Recipient, due: datetime) -> datetime:
    """Return the earliest time for the news: now, and not before the gathered news of the same incident."""
    pending = _in_the_way(telling, wish)
    return max(due, telling.now) if pending is None else max(due, telling.now, pending.due)


def _later(wish: Recipient, group: str, due: datetime, *, digest: bool = False) -> Queued:
    return Queued(receiver=wish.receiver, why=wish.why, group=group, due=due, digest=digest)


def _with(telling: NotificationDraft, effect: Queued) -> NotificationDraft:
    known = msgspec.structs.replace(effect, first=telling.incident.told.get(effect.receiver))
    return msgspec.structs.replace(telling, effects=(*telling.effects, known))
