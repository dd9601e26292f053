"""Reopening: whether a problem is the incident that was resolved a while ago, and its notifications."""

from datetime import datetime

import msgspec

from kedge.decide.cause import strength
from kedge.domain.cause import Cause
from kedge.domain.incident import Incident
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor
from kedge.policy.compiled import Policy


def is_the_same(policy: Policy, before: Incident, draft: Incident, at: datetime) -> bool:
    """Return whether the problem at `at` is the earlier resolved incident, for its receivers.

    A monitor that breaks is a different problem than its findings. But a receiver whose resolved notification was
    suppressed, or who only knows that it flaps, knows one incident.
    """
    alike = (before.cause is Cause.MONITOR_FAULT) is (draft.cause is Cause.MONITOR_FAULT)
    soon = before.resolved is not None and at - before.resolved <= policy.reopen_within
    return (alike and soon) or _waits_to_be_over(before)


def why_again(before: Incident, incident: Incident) -> Reason:
    """Return the reason for receivers that do not know of the end: a worse or different problem, or no news."""
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
    """Return the resolved incident with the current problem, and with the state of all notifications."""
    if before.flapping:
        # As while it is open: a flapping incident must not be reported each time as worse and better.
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
