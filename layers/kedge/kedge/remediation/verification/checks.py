"""One check of an outcome, and the deadline of all checks."""

from datetime import datetime, timedelta

from msgspec import Struct

from kedge.domain.action import Action


class CheckResult(Struct, frozen=True, kw_only=True):
    """One check: `ok` is None if it was not, or could not be, measured.

    `awaited` says that it will be known later, and that the outcome waits for it.
    """

    name: str
    ok: bool | None
    says: str
    awaited: bool = False


def late(action: Action, now: datetime) -> bool:
    """Return whether the deadline of the outcome has passed."""
    return now >= deadline_of(action)


def deadline_of(action: Action) -> datetime:
    """Return the deadline of the outcome of an action."""
    began = action.acted or action.called or action.changed
    return action.deadline or began + timedelta(seconds=action.verify_within)
