"""Remembers plans under way."""

from typing import Protocol

from msgspec import Struct

from kedge.domain.action import Action, ActionRegister, Efficacy, Vote
from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target


class VersionedAction(Struct, frozen=True):
    """An action with its votes, and the version to keep the next one over.

    `written` are those of the votes that an older release wrote into the action itself.
    """

    action: Action
    version: int
    written: tuple[Vote, ...] = ()


class ActionCommit(Struct, frozen=True, kw_only=True):
    """What a step of the workflow leaves behind, together or not at all.

    `cast` are the votes that this step adds: all other votes of the action are there already, and no step changes them. `written` is
    as it was held.
    `register` is as it is to be, over `register_version`; None where it is not touched. `awaits` are the names by which signals find the
    action from now on, `forgets` those by which they no longer do.
    """

    action: Action
    version: int
    cast: tuple[Vote, ...] = ()
    written: tuple[Vote, ...] = ()
    register: ActionRegister | None = None
    register_version: int = 0
    efficacy: Efficacy | None = None
    awaits: tuple[str, ...] = ()
    forgets: tuple[str, ...] = ()


class Actions(Protocol):
    """Remembers plans under way."""

    def load(self, digest: str) -> VersionedAction | None:
        """An action as it is now, or None."""

    def register(self, target: Target) -> tuple[ActionRegister, int]:
        """What was done lately in a target's account and region, and the version to keep the next one over (0 for none)."""

    def efficacy(self, target: Target, remedy: RemedyName) -> Efficacy:
        """How well a remedy has worked for a target."""

    def keep(self, step: ActionCommit) -> None:
        """Keep a step in one transaction. Raises Conflict where action or register changed since."""

    def keep_token(self, digest: str, token: str, wait: str) -> None:
        """Keep the task token of a waiting step (`ask` or `await`) where only the server side reads it, over any earlier one."""

    def token(self, digest: str, wait: str) -> str | None:
        """The task token of a waiting step, or None."""

    def open(self, most: int) -> tuple[Action, ...]:
        """The actions that are not over, the oldest first, at most so many."""
