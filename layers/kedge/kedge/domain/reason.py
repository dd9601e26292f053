"""Why a decision is what it is: the same word in log, metric, timeline and test."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """The reasons. Whom they are told to, and whether, the rest of the policy says."""

    FIRST_SEEN = "first_seen"
    REOPENED = "reopened"  # it fires again soon after it was resolved: the same incident
    STILL_FIRING = "still_firing"
    SEVERITY_RAISED = "severity_raised"
    CAUSE_CHANGED = "cause_changed"
    ANOTHER_ALARM = "another_alarm"  # an alarm that nobody heard of yet joins an incident that is open
    ANOTHER_FEATURE = "another_feature"  # one more feature drifts on many targets
    MONITOR_FAULT = "monitor_fault"  # the monitor broke while its incident was open: nothing is measured now
    FLAPPING = "flapping"  # it fires and resolves again and again: told once, then quiet until it is calm
    SETTLED = "settled"  # it flapped, and now it has been firing for a while
    REMINDER = "reminder"  # it still fires, and nobody has acknowledged it
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    MITIGATING = "mitigating"
    CLEAN = "clean"
    OTHERS_FIRING = "others_firing"  # this one is well again, another source of the same incident is not
    NOT_PERSISTENT = "not_persistent"  # bad, but not in as many of the last runs as the policy asks for
    TOO_FEW_RECORDS = "too_few_records"
    NOT_CHECKED = "not_checked"  # the run went well, and checked nothing
    STALE = "stale"  # a window that is too old when it is first heard of, or a copy of a report
    INSUFFICIENT_DATA = "insufficient_data"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    CONFIRMED = "confirmed"  # an authority confirms what only a message or a file had said
    UNCONFIRMED = "unconfirmed"  # only a message or a file says it, which ends and changes nothing that is confirmed
    NOTED = "noted"
    NOTHING_DUE = "nothing_due"  # a timer fired, and there is nothing to do any more, or not yet
    DIGEST = "digest"  # too much for one receiver at a time: told together
    # What becomes of a remedy.
    REMEDY_PROPOSED = "remedy_proposed"  # a dry run: what would be done
    REMEDY_REFUSED = "remedy_refused"
    REMEDY_PLANNED = "remedy_planned"
    APPROVAL_WANTED = "approval_wanted"
    APPROVAL_REMINDER = "approval_reminder"  # half of the time is gone
    REMEDY_APPROVED = "remedy_approved"
    REMEDY_REJECTED = "remedy_rejected"
    APPROVAL_EXPIRED = "approval_expired"
    REMEDY_ACTED = "remedy_acted"
    REMEDY_VERIFIED = "remedy_verified"
    REMEDY_FAILED = "remedy_failed"
    REMEDY_UNVERIFIED = "remedy_unverified"
    REMEDY_NEWS = "remedy_news"  # a step that needs nobody: noted


OF_REMEDIES: Final = frozenset(
    {
        Reason.REMEDY_PROPOSED,
        Reason.REMEDY_REFUSED,
        Reason.REMEDY_PLANNED,
        Reason.APPROVAL_WANTED,
        Reason.APPROVAL_REMINDER,
        Reason.REMEDY_APPROVED,
        Reason.REMEDY_REJECTED,
        Reason.APPROVAL_EXPIRED,
        Reason.REMEDY_ACTED,
        Reason.REMEDY_VERIFIED,
        Reason.REMEDY_FAILED,
        Reason.REMEDY_UNVERIFIED,
        Reason.REMEDY_NEWS,
    }
)
"""The reasons that are news of a remedy."""
