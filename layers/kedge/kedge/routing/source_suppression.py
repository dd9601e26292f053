"""Suppression at the source: CloudWatch suppresses an alarm's actions, by another alarm or by a mute rule.

It suppresses an incident only if it covers all that is wrong with it, and only as long as it lasts.
"""

from datetime import datetime

import msgspec

from kedge.decide.findings import BELIEVED
from kedge.decide.incident_parts import shown_by_all
from kedge.domain.context import Context
from kedge.domain.decision import CaseState
from kedge.domain.incident import Incident, SuppressedAtSource, SuppressionReason
from kedge.domain.reason import Reason
from kedge.routing.recipients import RECHECK, NotificationDraft


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


def with_answers(state: CaseState, around: Context, now: datetime) -> CaseState:
    """Return the state with CloudWatch's answers about suppressions; the same object if there was no question."""
    incident = state.incident
    if incident is None or not (around.unsuppressed or around.suppressed):
        return state
    problem = msgspec.structs.replace(
        incident.problem, hushed=_answered(incident.problem.source, incident.problem.hushed, around, now)
    )
    others = {
        name: msgspec.structs.replace(each, hushed=_answered(each.source, each.hushed, around, now))
        for name, each in incident.others.items()
    }
    return msgspec.structs.replace(state, incident=msgspec.structs.replace(incident, problem=problem, others=others))


def _answered(
    source: str, hushed: SuppressedAtSource | None, around: Context, now: datetime
) -> SuppressedAtSource | None:
    if hushed is None or source in around.unsuppressed:
        return None
    if source in around.suppressed and not hushed.stated:
        return msgspec.structs.replace(hushed, until=now + BELIEVED)
    return hushed


def is_freed(before: SuppressedAtSource | None, after: SuppressedAtSource | None) -> bool:
    """Return whether a suppression has ended."""
    return before is not None and after is None
