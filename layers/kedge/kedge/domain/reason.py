"""The reason of a decision: the same word in log, metric, timeline and test."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """The reasons. The rest of the policy decides whether they notify, and which receivers."""

    FIRST_SEEN = "first_seen"
    REOPENED = "reopened"  # it fires again soon after it was resolved: the same incident
    STILL_FIRING = "still_firing"
    SEVERITY_RAISED = "severity_raised"
    CAUSE_CHANGED = "cause_changed"
    ANOTHER_ALARM = "another_alarm"  # an alarm that was not reported yet joins an open incident
    ANOTHER_FEATURE = "another_feature"  # one more feature drifts on many targets
    ANOTHER_FAULT = "another_fault"  # the watchdog found one more fault of a target
    MONITOR_FAULT = "monitor_fault"  # the monitor broke while its incident was open: it measures nothing now
    FLAPPING = "flapping"  # it fires and resolves repeatedly: reported once, then suppressed until it is stable
    SETTLED = "settled"  # it flapped, and now it has been firing for a while
    REMINDER = "reminder"  # it still fires, and is not acknowledged
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    MITIGATING = "mitigating"
    CLEAN = "clean"
    OTHERS_FIRING = "others_firing"  # this source has recovered, another source of the same incident is not
    NOT_PERSISTENT = "not_persistent"  # bad, but in fewer of the last runs than the policy requires
    TOO_FEW_RECORDS = "too_few_records"
    CHECK_DISABLED = "check_disabled"  # the policy disables the check
    NOT_CHECKED = "not_checked"  # the run succeeded, and checked nothing
    STALE = "stale"  # a window that is too old when it first arrives, or a copy of a report
    INSUFFICIENT_DATA = "insufficient_data"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    CONFIRMED = "confirmed"  # an authority confirms the content of an earlier message or file
    UNCONFIRMED = "unconfirmed"  # only a message or a file states it, which ends and changes nothing that is confirmed
    NOTED = "noted"
    NOTHING_DUE = "nothing_due"  # a timer fired, and there is no work any more, or not yet
    DRILL = "drill"  # a person tests routes and receivers, or the test ended
    DIGEST = "digest"  # too many messages for one receiver: sent together
    # The progress of a remedy.
    REMEDY_PROPOSED = "remedy_proposed"  # a dry run: the plan is only reported
    REMEDY_REFUSED = "remedy_refused"
    REMEDY_PLANNED = "remedy_planned"
    APPROVAL_WANTED = "approval_wanted"
    APPROVAL_REMINDER = "approval_reminder"  # half of the time is over
    REMEDY_APPROVED = "remedy_approved"
    REMEDY_REJECTED = "remedy_rejected"
    APPROVAL_EXPIRED = "approval_expired"
    REMEDY_ACTED = "remedy_acted"
    REMEDY_VERIFIED = "remedy_verified"
    REMEDY_FAILED = "remedy_failed"
    REMEDY_UNVERIFIED = "remedy_unverified"
    REMEDY_NEWS = "remedy_news"  # a step that requires no person: recorded


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
"""The reasons about a remedy."""
