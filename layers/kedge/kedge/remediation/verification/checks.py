"""One thing that was looked at, and until when all of them have to be known."""

from datetime import datetime, timedelta

from msgspec import Struct

from kedge.domain.action import Action


class CheckResult(Struct, frozen=True, kw_only=True):
    """One thing that was looked at: `ok` is None where it was not, or could not be, measured.

    `awaited` says that it will be known later, and that the outcome waits for it.
    """

    name: str
    ok: bool | None
    says: str
    awaited: bool = False


def late(action: Action, now: datetime) -> bool:
    """Whether the time is over in which the outcome had to be known."""
    return now >= deadline_of(action)


def deadline_of(action: Action) -> datetime:
    """Until when the outcome of an action has to be known."""
    began = action.acted or action.called or action.changed
    return action.deadline or began + timedelta(seconds=action.verify_within)
