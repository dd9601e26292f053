"""An action's stage as the signal that tells the ring of it."""

from datetime import datetime, timedelta
from typing import Final

from kedge.domain.action import WAITING, Action, Stage
from kedge.domain.signal import ActionMoved

_DECIDED: Final = frozenset({Stage.ASKED, Stage.APPROVED, Stage.REJECTED})


def moved(action: Action, *, reminder: bool = False) -> ActionMoved:
    """The signal that an action stands where it stands: the same, whoever tells it, and however often."""
    name = f"{named(action)}/{action.stage}"
    votes = action.votes if action.stage in _DECIDED and not reminder else ()
    if reminder:
        name = f"{name}/reminder"
    elif votes and action.stage is Stage.ASKED:
        name = f"{name}/{len(votes)}"
    elif action.stage is Stage.ACTING and action.deadline is not None:
        name = f"{name}/unknown"
    elif action.why is not None and action.stage in WAITING:
        name = f"{name}/{action.why}"
    return ActionMoved(
        id=name,
        at=action.reminded or action.changed if reminder else action.changed,
        target=action.plan.target,
        incident=action.plan.incident,
        monitor=action.monitor,
        digest=action.digest,
        stage=action.stage,
        says=action.says,
        why=action.why,
        by=votes[-1].by if votes else None,
        comment=votes[-1].reason if votes else "",
        until=_until(action),
        reminder=reminder,
    )


def named(action: Action) -> str:
    """How the signals of an action begin: by its digest, and which time it was taken up where that was not the first."""
    return f"action/{action.digest}" if action.round == 1 else f"action/{action.digest}.{action.round}"


def _until(action: Action) -> datetime | None:
    match action.stage:
        case Stage.ASKED if action.expires is not None:
            return action.expires
        case Stage.ACTING | Stage.ACTED if action.deadline is not None:
            return action.deadline
        case Stage.PLANNED | Stage.APPROVED | Stage.ACTING:
            return action.changed + timedelta(seconds=action.expires_within)
        case _:
            return action.until
