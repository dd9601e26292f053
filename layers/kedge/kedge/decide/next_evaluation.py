"""When a case wants to be looked at again, whether a signal comes or not."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from kedge.domain.decision import CaseState, SourceState
from kedge.domain.incident import Incident, IncidentState
from kedge.policy.compiled import Policy

REGULAR: Final = 5
"""How often in a row a monitor must have run after the same time before anybody waits for its next run."""

SAID: Final = "~"
"""Before the mark of a target of which it is only said, and confirmed by no authority, that a feature drifts on it."""

# A job waits for a machine, runs, and its event travels. In seconds.
_PATIENCE: Final = 1_800


def due_of(policy: Policy, state: CaseState, now: datetime) -> datetime | None:
    """The first moment at which something of the case is due; None where nothing will be.

    A moment that was asked for before and is still ahead stays: looking too early costs a glance, and a moment that moved
    with every clean run would cost a write of the index each time.
    """
    wanted = min(_moments(policy, state), default=None)
    if wanted is None:
        return None
    asked = state.due
    return asked if asked is not None and now < asked <= wanted else wanted


def rescheduled(policy: Policy, state: CaseState, now: datetime, *, anew: bool = False) -> CaseState:
    """Return the state with the moment at which it is due. With `anew`, the moment that was asked for before does not count."""
    due = due_of(policy, msgspec.structs.replace(state, due=None) if anew else state, now)
    return state if due == state.due else msgspec.structs.replace(state, due=due)


def overdue_at(policy: Policy, last: SourceState) -> datetime | None:
    """When a monitor will have missed as many runs as the policy bears; None where it never ran regularly."""
    if policy.missed_runs is None or last.regular < REGULAR:
        return None
    # From when it ended, not from its window: where ground truth is late, windows lie days back.
    return last.heard + timedelta(0, policy.missed_runs * last.every + _PATIENCE)


def calm_at(policy: Policy, state: CaseState) -> datetime | None:
    """When a case that flaps will have been calm for long enough; None where it does not flap."""
    incident = state.incident
    if incident is None or not incident.flapping:
        return None
    turns = state.turns_unconfirmed if incident.is_only_said else state.turns
    if not turns:
        return None
    return turns[-1] + policy.flapping.calm if policy.flapping is not None else turns[-1]


def faded_at(policy: Policy, state: CaseState) -> datetime | None:
    """When all that a fleet saw will be too long ago to count; None where it saw nothing."""
    if policy.upstream is None or not state.sightings:
        return None
    every = [seen for members in state.sightings.values() for seen in members.items()]
    shown = max((minute for member, minute in every if member[:1] != SAID), default=None)
    said = max((minute for member, minute in every if member[:1] == SAID), default=None)
    # What is only said keeps what is confirmed no longer in mind.
    newest = min(minute for minute in (shown, said) if minute is not None)
    return datetime.fromtimestamp(newest * 60, tz=UTC) + policy.upstream.within


def _moments(policy: Policy, state: CaseState) -> list[datetime]:
    moments = [at for last in state.sources.values() if (at := overdue_at(policy, last)) is not None]
    if state.unconfirmed:
        moments += [at for last in state.unconfirmed.values() if (at := overdue_at(policy, last)) is not None]
    if (faded := faded_at(policy, state)) is not None:
        moments.append(faded)
    if state.incident is not None:
        if (calm := calm_at(policy, state)) is not None:
            moments.append(calm)
        moments += _of_incident(state.incident)
    return moments


def _of_incident(incident: Incident) -> list[datetime]:
    moments = [waiting.until for waiting in incident.waiting.values()]
    if incident.remind_at is not None and incident.state is IncidentState.FIRING:
        moments.append(incident.remind_at)
    acting = incident.remedy
    if acting is not None and acting.until is not None and (incident.is_open or not acting.stage.is_over):
        moments.append(acting.until)
    return moments
