"""Suppresses by the incident itself, by the time of day, and by what CloudWatch suppresses at the source."""

from datetime import datetime
from typing import Final

import msgspec

from kedge.decide.incident_parts import covers, shown_by_all
from kedge.decide.problem import BELIEVED
from kedge.domain.context import Context
from kedge.domain.decision import CaseState
from kedge.domain.incident import Incident, SuppressedAtSource, SuppressionReason
from kedge.domain.reason import Reason
from kedge.routing.grouping import still_to_hear
from kedge.routing.recipients import RECHECK, NotificationDraft, Recipient

_COMES_AND_GOES: Final = frozenset({Reason.FIRST_SEEN, Reason.REOPENED, Reason.RESOLVED})


def suppress_unnotified(telling: NotificationDraft) -> NotificationDraft:
    """Suppress the end of an incident for receivers that were not notified of its start, and keep pending news.

    If a receiver still waits for its first message about the incident, that message says that it fires.
    """
    incident = telling.incident
    if telling.why is Reason.RESOLVED:
        never = tuple(wish for wish in telling.wishes if wish.receiver not in incident.told)
        telling = telling.hush(never, SuppressionReason.NEVER_TOLD)
        unwanted = tuple(wish for wish in telling.wishes if not _wants_resolved(telling, wish))
        return telling.hush(unwanted, SuppressionReason.NOT_WANTED)
    if telling.unheard:
        groups, now = telling.context.groups, telling.now
        unheard = tuple(wish for wish in telling.wishes if still_to_hear(incident, wish.receiver, groups, now))
        telling = msgspec.structs.replace(telling, wishes=unheard)
    if not incident.waiting:
        return telling
    wishes = tuple(each for wish in telling.wishes if (each := _merged(telling, wish)) is not None)
    return msgspec.structs.replace(telling, wishes=wishes)


def suppress_flapping(telling: NotificationDraft) -> NotificationDraft:
    """Suppress starts and ends while the incident flaps: the flapping was reported, and its end will be."""
    if not telling.incident.flapping:
        return telling
    wishes = tuple(wish for wish in telling.wishes if wish.why in _COMES_AND_GOES)
    return telling.hush(wishes, SuppressionReason.FLAPPING, by="flapping")


def suppress_upstream(telling: NotificationDraft) -> NotificationDraft:
    """Suppress a part of an upstream problem while that is open: its incident reports once for all targets."""
    part_of, upstream = telling.incident.part_of, telling.context.upstream
    if part_of is None or upstream is None or not upstream.is_open or upstream.id != part_of:
        return telling
    if upstream.is_only_said and telling.incident.is_confirmed:
        return telling
    return telling.hush(telling.wishes, SuppressionReason.UPSTREAM, by=part_of, until=telling.now + RECHECK)


def mute(telling: NotificationDraft) -> NotificationDraft:
    """Suppress news on a route while it is muted or not active, if the route covers all that is wrong."""
    for wish in telling.wishes:
        found = _muted(telling, wish)
        if found is not None and covers(wish.route.reach, telling.whole):
            name, until = found
            telling = telling.hush((wish,), SuppressionReason.MUTED, by=name, until=until)
    return telling


def _merged(telling: NotificationDraft, wish: Recipient) -> Recipient | None:
    waiting = telling.incident.waiting.get(wish.receiver)
    if waiting is None:
        return wish
    if wish.receiver not in telling.incident.told:
        return msgspec.structs.replace(wish, why=waiting.why)
    # The receiver waited for news of the end, but it fires again: the last message holds.
    return None if waiting.why is Reason.RESOLVED and wish.why is Reason.REOPENED else wish


def _wants_resolved(telling: NotificationDraft, wish: Recipient) -> bool:
    receiver = telling.policy.receivers.get(wish.receiver)
    return receiver is None or receiver.send_resolved


def _muted(telling: NotificationDraft, wish: Recipient) -> tuple[str, datetime] | None:
    intervals, now = telling.policy.intervals, telling.now
    for name in wish.route.mute:
        if intervals[name].holds(now):
            return name, intervals[name].ends(now)
    active = wish.route.active
    if active and not any(intervals[name].holds(now) for name in active):
        return f"not {' or '.join(active)}", min(intervals[name].starts(now) for name in active)
    return None


def suppress(telling: NotificationDraft) -> NotificationDraft:
    """Suppress the news of alarms whose actions CloudWatch suppresses.

    A receiver that was notified of the start is notified of the end.
    """
    if not _is_hushed(telling.incident):
        return telling
    hushed = [each.hushed for each in shown_by_all(telling.incident, said=telling.said)]
    holding = [each for each in hushed if each is not None and telling.now < each.until]
    if telling.why is Reason.RESOLVED or not holding or len(holding) < len(hushed):
        return telling
    first = min(holding, key=lambda each: each.until)
    until = first.until if first.stated else min(first.until, telling.now + RECHECK)
    return telling.hush(telling.wishes, SuppressionReason.SUPPRESSED, by=first.by, until=until)


def _is_hushed(incident: Incident) -> bool:
    return incident.problem.hushed is not None or any(each.hushed is not None for each in incident.others.values())


def asked_of(state: CaseState) -> tuple[str, ...]:
    """Return the alarms that only CloudWatch can report as still suppressed, while a receiver waits for that."""
    incident = state.incident
    if incident is None or not incident.is_open:
        return ()
    if all(each.quiet is not SuppressionReason.SUPPRESSED for each in incident.waiting.values()):
        return ()
    every = shown_by_all(incident, said=True)
    return tuple(each.source for each in every if each.hushed is not None and not each.hushed.stated)


def with_answers(state: CaseState, context: Context, now: datetime) -> CaseState:
    """Return the state with CloudWatch's answers about suppressions; the same object if there was no question."""
    incident = state.incident
    if incident is None or not (context.unsuppressed or context.suppressed):
        return state
    problem = msgspec.structs.replace(
        incident.problem, hushed=_updated_suppression(incident.problem.source, incident.problem.hushed, context, now)
    )
    others = {
        name: msgspec.structs.replace(each, hushed=_updated_suppression(each.source, each.hushed, context, now))
        for name, each in incident.others.items()
    }
    return msgspec.structs.replace(state, incident=msgspec.structs.replace(incident, problem=problem, others=others))


def _updated_suppression(
    source: str, hushed: SuppressedAtSource | None, context: Context, now: datetime
) -> SuppressedAtSource | None:
    if hushed is None or source in context.unsuppressed:
        return None
    if source in context.suppressed and not hushed.stated:
        return msgspec.structs.replace(hushed, until=now + BELIEVED)
    return hushed


def is_freed(before: SuppressedAtSource | None, after: SuppressedAtSource | None) -> bool:
    """Return whether a suppression has ended."""
    return before is not None and after is None
