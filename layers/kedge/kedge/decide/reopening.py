"""What fires again: when it is the incident that was resolved a while ago, and what people hear of that."""

from datetime import datetime

import msgspec

from kedge.decide.cause import strength
from kedge.domain.cause import Cause
from kedge.domain.incident import Incident
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor
from kedge.policy.compiled import Policy


def is_the_same(policy: Policy, before: Incident, draft: Incident, at: datetime) -> bool:
    """Whether what fires at `at` is what was resolved before, to those who knew of it.

    A monitor that breaks is another problem than what it found. But who was kept from hearing that it was over, or only
    knows that it comes and goes, knows of one incident.
    """
    alike = (before.cause is Cause.MONITOR_FAULT) is (draft.cause is Cause.MONITOR_FAULT)
    soon = before.resolved is not None and at - before.resolved <= policy.reopen_within
    return (alike and soon) or _waits_to_be_over(before)


def why_again(before: Incident, incident: Incident) -> Reason:
    """Whoever has not heard that it was over hears what is worse or other than they know, and nothing where nothing is."""
    if _waits_to_be_over(before) and incident.severity.rank > before.severity.rank:
        return Reason.SEVERITY_RAISED
    if _waits_to_be_over(before) and incident.cause is not before.cause:
        return Reason.CAUSE_CHANGED
    if (
        _waits_to_be_over(before)
        and incident.monitor is Monitor.FLEET
        and not {*incident.features} <= {*before.features}
    ):
        return Reason.ANOTHER_FEATURE
    return Reason.REOPENED


def reopen(before: Incident, draft: Incident, now: datetime) -> Incident:
    """The incident that was resolved, with what is wrong now, and with all that people know of it."""
    if before.flapping:
        # As while it is open: what comes and goes may not become worse and better, and be told each time.
        worst = max(before.severity, draft.severity, key=lambda severity: severity.rank)
        weaker = strength(draft.cause) <= strength(before.cause)
        draft = msgspec.structs.replace(draft, severity=worst, cause=before.cause if weaker else draft.cause)
    return msgspec.structs.replace(
        draft,
        id=before.id,
        since=before.since,
        broken_since=before.broken_since or draft.broken_since,
        runs=before.runs + 1,
        revision=before.revision + 1,
        reopened=before.reopened + 1,
        resolved_before=before.resolved,
        told=before.told,
        waiting=before.waiting,
        pending=before.pending,
        flapping=before.flapping,
        tags=draft.tags or before.tags,
        remedy=before.remedy if before.remedy is not None and not before.remedy.stage.is_over else None,
        tried=before.tried,
        changed=now,
    )


def _waits_to_be_over(before: Incident) -> bool:
    return before.flapping or any(waiting.why is Reason.RESOLVED for waiting in before.waiting.values())
