"""Actions in memory, for the time of a replay."""

from kedge.domain.action import Action, ActionRegister, Efficacy
from kedge.domain.errors import Permanent
from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target
from kedge.ledger.action_writes import writes_of_step
from kedge.ports.actions import ActionCommit, VersionedAction
from workbench.replay.registers import Registers
from workbench.replay.versioned import Versioned


class MemoryActions:
    """Plans under way, beside a ledger in memory. `tokens` holds the task tokens of waiting steps by digest and wait."""

    def __init__(self, ledger: Registers) -> None:
        """Start without plans. `ledger` stores what actions leave for decisions."""
        self._ledger = ledger
        self._actions = Versioned[Action]()
        self._digests: dict[str, None] = {}
        self.tokens: dict[tuple[str, str], str] = {}

    def load(self, digest: str) -> VersionedAction | None:
        """Return the current state of an action, or None."""
        actions, versions = self._actions.read((digest,))
        return VersionedAction(actions[digest], versions[digest]) if actions else None

    def register(self, target: Target) -> tuple[ActionRegister, int]:
        """Return the recent actions in a target's account and Region, and the version for the next write (0 for none)."""
        return self._ledger.registered(target)

    def efficacy(self, target: Target, remedy: RemedyName) -> Efficacy:
        """Return how well a remedy has worked for a target."""
        return self._ledger.efficacy(target).get(remedy, Efficacy())

    def keep(self, step: ActionCommit) -> None:
        """Keep a step.

        Raises:
            Conflict: the action or the register changed since.
            Permanent: no table could hold it.
        """
        writes_of_step(step)
        digest = step.action.digest
        self._actions.check((digest,), {digest: step.version})
        self._ledger.remember(step)
        self._actions.keep({digest: step.action})
        self._digests[digest] = None

    def keep_token(self, digest: str, token: str, wait: str) -> None:
        """Keep the task token of a waiting step over any earlier one. Raises Permanent if there is no such action."""
        if self.load(digest) is None:
            raise Permanent(f"there is no action {digest} that could wait")
        self.tokens[digest, wait] = token

    def token(self, digest: str, wait: str) -> str | None:
        """Return the task token of a waiting step, or None."""
        return self.tokens.get((digest, wait))

    def open(self, most: int) -> tuple[Action, ...]:
        """Return the actions that are not over, the oldest first, at most `most`."""
        known, _ = self._actions.read(list(self._digests))
        found = (each for each in known.values() if not each.is_over)
        return tuple(sorted(found, key=lambda each: (each.made, each.digest))[:most])
