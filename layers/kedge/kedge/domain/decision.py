"""What Kedge makes of a signal, and why."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from kedge.domain.incident import Incident
from kedge.domain.run import Verdict


class Reason(StrEnum):
    """Why a decision is what it is: the same word in log, metric, timeline and test."""

    FIRST_SEEN = "first_seen"
    STILL_FIRING = "still_firing"
    SEVERITY_RAISED = "severity_raised"
    CAUSE_CHANGED = "cause_changed"
    ANOTHER_ALARM = "another_alarm"  # an alarm that nobody heard of yet joins an incident that is open
    MONITOR_FAULT = "monitor_fault"  # the monitor broke while its incident was open: nobody measures now
    RESOLVED = "resolved"
    CLEAN = "clean"
    OTHERS_FIRING = "others_firing"  # this one is well again, another source of the same incident is not
    TOO_FEW_RECORDS = "too_few_records"
    INSUFFICIENT_DATA = "insufficient_data"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    NOTED = "noted"


class Notify(Struct, frozen=True, kw_only=True, tag="notify", tag_field="kind"):
    """Tell a receiver."""

    receiver: str
    why: Reason


class Last(Struct, frozen=True, kw_only=True):
    """The newest thing known of one source (a schedule or an alarm; or an endpoint, which has no verdict) of a case.

    `at` and `finished` order signals of one source; `bad` says whether it holds the incident open.
    """

    id: str
    at: datetime
    finished: datetime
    verdict: Verdict | None = None
    bad: bool = False
    job: str | None = None


class State(Struct, frozen=True, kw_only=True):
    """All that is known of one case: a target and a monitor, or a target and what changes about it.

    `recent` holds the marks (`kedge.domain.ids`) of the last signals' ids, so that a late repetition is known for what it
    is: the ids themselves would be most of what DynamoDB is paid for.
    """

    incident: Incident | None = None
    sources: dict[str, Last] = {}
    recent: tuple[str, ...] = ()


class Decision(Struct, frozen=True, kw_only=True):
    """The new state, what to do, and why. `changed` is False where nothing need be kept.

    `because` is one sentence for the timeline; `verdict` is the signal's after the policy has weighed it (a run on too
    few records is inconclusive, whatever it says), None for signals that bring none.
    """

    reason: Reason
    state: State
    changed: bool
    because: str
    verdict: Verdict | None = None
    incident: Incident | None = None
    effects: tuple[Notify, ...] = ()
