"""Actions in DynamoDB. Every step is a write over the versions that were read, so that of two workers one is told no."""

from itertools import chain
from typing import Final

from kedge.adapters.dynamodb.table import Table
from kedge.domain.action import Action, ActionRegister, Efficacy
from kedge.domain.errors import Permanent
from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target
from kedge.ledger.action_writes import write_of_token, writes_of_step
from kedge.ledger.codec import action_of, efficacies_in, held_in, register_in, unfinished, without_those_over
from kedge.ledger.items import Item, Listing
from kedge.ledger.keys import action_key, efficacy_key, endpoints_of, register_key, token_key, votes_of
from kedge.ports.actions import ActionCommit, VersionedAction


def register_of(table: Table, target: Target) -> tuple[ActionRegister, int]:
    """Return what was done lately and is under way in a target's account and Region, and its version (0 for none).

    Two Queries, and one BatchGetItem where a plan has a place and was not done. Raises Transient, Permanent.
    """
    # The partition of the register holds the endpoints that an older release wrote, until they expire.
    places = (register_key(target).pk, endpoints_of(target))
    register, version = register_in(chain.from_iterable(map(table.partition, places)))
    asked = table.get_all(map(action_key, unfinished(register))) if unfinished(register) else {}
    return without_those_over(register, map(action_of, asked.values())), version


_NEVER_TRIED: Final = Efficacy()


class DynamoActions:
    """Actions, with the register and all else that limits count, in the ledger's table."""

    def __init__(self, table: Table) -> None:
        """`table` is the ledger's."""
        self._table = table

    def load(self, digest: str) -> VersionedAction | None:
        """An action as it is now, or None. Raises Transient, Permanent."""
        item = self._table.get(action_key(digest))
        return None if item is None else self._held(item)

    def register(self, target: Target) -> tuple[ActionRegister, int]:
        """What was done lately in a target's account and region, and the version to keep the next one over (0 for none).

        Its endpoints are those that the ledger has heard of; a step cannot change them.
        """
        return register_of(self._table, target)

    def efficacy(self, target: Target, remedy: RemedyName) -> Efficacy:
        """How well a remedy has worked for a target."""
        item = self._table.get(efficacy_key(target, remedy))
        return _NEVER_TRIED if item is None else efficacies_in([item])[remedy]

    def keep(self, step: ActionCommit) -> None:
        """Keep a step in one transaction; an action that is not there yet over version 0.

        Raises Conflict where action or register changed since, also where it was this very step that changed them: two workers
        who keep the same are two, and only one of them may go on to act. Permanent where it is more than DynamoDB takes.
        """
        self._table.change_all(writes_of_step(step), repeatable=False)

    def keep_token(self, digest: str, token: str, wait: str) -> None:
        """Keep the task token of a waiting step over any earlier one. Raises Permanent where there is no such action."""
        held = self.load(digest)
        if held is None:
            raise Permanent(f"there is no action {digest} that could wait")
        self._table.put(write_of_token(held.action, token, wait))

    def token(self, digest: str, wait: str) -> str | None:
        """The task token of a waiting step, or None."""
        item = self._table.get(token_key(digest, wait))
        return None if item is None else item.body

    def open(self, most: int) -> tuple[Action, ...]:
        """The actions that are not over, the oldest first, at most so many; each as it is now, though the index lags behind."""
        keys = [key for key, _ in self._table.listed(Listing.ACTION, most)]
        found = (self._held(item).action for item in self._table.get_all(keys).values())
        return tuple(sorted((each for each in found if not each.is_over), key=lambda each: (each.made, each.digest)))

    def _held(self, item: Item) -> VersionedAction:
        """An action with its votes, which are read after it: a vote that came in between is newer, and left out."""
        action = action_of(item)
        # Votes come after the question. A plan that acts by itself costs no Query.
        votes = self._table.partition(votes_of(action.digest)) if action.asked is not None else ()
        reserved = self._table.get(register_key(action.plan.target)) if action.votes else None
        return held_in(item, votes, register_in(() if reserved is None else (reserved,))[0])
