"""The port that stores plans in progress."""

from typing import Protocol

from msgspec import Struct

from kedge.domain.action import Action, ActionRegister, Efficacy, Vote
from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target


class VersionedAction(Struct, frozen=True):
    """An action with its votes, and the version to write the next one against.

    `written` are the votes that an older release wrote into the action itself.
    """

    action: Action
    version: int
    written: tuple[Vote, ...] = ()


class ActionCommit(Struct, frozen=True, kw_only=True):
    """The changes of one workflow step, written together or not at all.

    `cast` are the votes that this step adds: all other votes of the action exist already, and no step changes them.
    `written` is unchanged. `register` is the new register against `register_version`; None if it does not change.
    `awaits` are the names that signals use from now on to find the action; `forgets` are the names that end.
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
    """Storage for plans in progress."""

    def load(self, digest: str) -> VersionedAction | None:
        """Return the current state of an action, or None."""

    def register(self, target: Target) -> tuple[ActionRegister, int]:
        """Return the recent actions in a target's account and Region, and the version to write against (0 for none)."""

    def efficacy(self, target: Target, remedy: RemedyName) -> Efficacy:
        """Return how well a remedy has worked for a target."""

    def keep(self, step: ActionCommit) -> None:
        """Write a step in one transaction. Raises Conflict if action or register changed in the meantime."""

    def keep_token(self, digest: str, token: str, wait: str) -> None:
        """Write the task token of a waiting step (`ask` or `await`) over any earlier one.

        Only the server side can read it.
        """

    def token(self, digest: str, wait: str) -> str | None:
        """Return the task token of a waiting step, or None."""

    def open(self, most: int) -> tuple[Action, ...]:
        """Return at most `most` actions that are not over, the oldest first."""
