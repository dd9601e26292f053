"""The time of a case's next evaluation without a signal."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from kedge.domain.decision import CaseState, SourceState
from kedge.domain.incident import Incident, IncidentState
from kedge.policy.compiled import Policy

REGULAR: Final = 5
"""How often in a row a monitor must have run at the same interval before its next run is expected."""

SAID: Final = "~"
"""The prefix for the mark of a target whose drift no authority confirms."""

# A job waits for a machine, runs, and its event travels. In seconds.
_PATIENCE: Final = 1_800


def due_of(policy: Policy, state: CaseState, now: datetime) -> datetime | None:
    """Return the first moment at which a part of the case is due; None without one.

    An earlier request that is still ahead stays. An early evaluation is cheap, and a moment that moved with every clean
    run would cost a write of the index each time.
    """
    wanted = min(_moments(policy, state), default=None)
    if wanted is None:
        return None
    asked = state.due
    return asked if asked is not None and now < asked <= wanted else wanted


def rescheduled(policy: Policy, state: CaseState, now: datetime, *, anew: bool = False) -> CaseState:
    """Return the state with the moment at which it is due. With `anew`, an earlier request does not count."""
    due = due_of(policy, msgspec.structs.replace(state, due=None) if anew else state, now)
    return state if due == state.due else msgspec.structs.replace(state, due=due)


def overdue_at(policy: Policy, last: SourceState) -> datetime | None:
    """Return when a monitor will have missed the policy's number of runs; None if it never ran regularly."""
    if policy.missed_runs is None or last.regular < REGULAR:
        return None
    # From its end, not from its window: with late ground truth, windows are days old.
    return last.heard + timedelta(0, policy.missed_runs * last.every + _PATIENCE)


def calm_at(policy: Policy, state: CaseState) -> datetime | None:
    """Return when a flapping case will have been stable for long enough; None if it does not flap."""
    incident = state.incident
    if incident is None or not incident.flapping:
        return None
    turns = state.turns_unconfirmed if incident.is_only_said else state.turns
    if not turns:
        return None
    return turns[-1] + policy.flapping.calm if policy.flapping is not None else turns[-1]


def faded_at(policy: Policy, state: CaseState) -> datetime | None:
    """Return when all sightings of a fleet will be too old to count; None without sightings."""
    if policy.upstream is None or not state.sightings:
        return None
    every = [seen for members in state.sightings.values() for seen in members.items()]
    shown = max((minute for member, minute in every if member[:1] != SAID), default=None)
    said = max((minute for member, minute in every if member[:1] == SAID), default=None)
    # Unconfirmed sightings do not extend confirmed ones.
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
