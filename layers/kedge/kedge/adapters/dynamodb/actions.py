"""Actions in DynamoDB. Each step writes against the versions that it read, so only one of two workers succeeds."""

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
    """Return the recent and current actions in a target's account and Region, and the version (0 for none).

    It takes two Queries, and one BatchGetItem if a plan has a place and was not done. Raises Transient or Permanent.
    """
    # The partition of the register holds the endpoints that an older release wrote, until they expire.
    places = (register_key(target).pk, endpoints_of(target))
    register, version = register_in(chain.from_iterable(map(table.partition, places)))
    asked = table.get_all(map(action_key, unfinished(register))) if unfinished(register) else {}
    return without_those_over(register, map(action_of, asked.values())), version


_NEVER_TRIED: Final = Efficacy()


class DynamoActions:
    """The actions, with the register and everything else that limits count, in the ledger's table."""

    def __init__(self, table: Table) -> None:
        """Keep `table`, the ledger's table."""
        self._table = table

    def load(self, digest: str) -> VersionedAction | None:
        """Return the current state of an action, or None. Raises Transient or Permanent."""
        item = self._table.get(action_key(digest))
        return None if item is None else self._held(item)

    def register(self, target: Target) -> tuple[ActionRegister, int]:
        """Return the recent actions in a target's account and Region, and the version to write against (0 for none).

        Its endpoints are those that the ledger knows; a step cannot change them.
        """
        return register_of(self._table, target)

    def efficacy(self, target: Target, remedy: RemedyName) -> Efficacy:
        """Return how well a remedy has worked for a target."""
        item = self._table.get(efficacy_key(target, remedy))
        return _NEVER_TRIED if item is None else efficacies_in([item])[remedy]

    def keep(self, step: ActionCommit) -> None:
        """Write a step in one transaction. An action that does not exist yet is written against version 0.

        Raises:
            Conflict: the action or the register changed in the meantime, even if this very step changed them. Two
                workers that write the same step are two, and only one of them may act.
            Permanent: the step is larger than DynamoDB accepts.
        """
        self._table.change_all(writes_of_step(step), repeatable=False)

    def keep_token(self, digest: str, token: str, wait: str) -> None:
        """Write the task token of a waiting step over any earlier token.

        Raises Permanent if there is no such action.
        """
        held = self.load(digest)
        if held is None:
            raise Permanent(f"there is no action {digest} that could wait")
        self._table.put(write_of_token(held.action, token, wait))

    def token(self, digest: str, wait: str) -> str | None:
        """Return the task token of a waiting step, or None."""
        item = self._table.get(token_key(digest, wait))
        return None if item is None else item.body

    def open(self, most: int) -> tuple[Action, ...]:
        """Return at most `most` actions that are not over, the oldest first.

        The function reads each action again, because the index lags behind.
        """
        keys = [key for key, _ in self._table.listed(Listing.ACTION, most)]
        found = (self._held(item).action for item in self._table.get_all(keys).values())
        return tuple(sorted((each for each in found if not each.is_over), key=lambda each: (each.made, each.digest)))

    def _held(self, item: Item) -> VersionedAction:
        """Return an action with its votes. A vote that arrived after the action was read is newer and is left out."""
        action = action_of(item)
        # Votes come after the question. A plan that runs automatically costs no Query.
        votes = self._table.partition(votes_of(action.digest)) if action.asked is not None else ()
        reserved = self._table.get(register_key(action.plan.target)) if action.votes else None
        return held_in(item, votes, register_in(() if reserved is None else (reserved,))[0])
