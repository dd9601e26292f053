"""Actions in memory, for as long as a story lasts."""

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
        """No plan was made yet. What actions leave behind for decisions, `ledger` remembers."""
        self._ledger = ledger
        self._actions = Versioned[Action]()
        self._digests: dict[str, None] = {}
        self.tokens: dict[tuple[str, str], str] = {}

    def load(self, digest: str) -> VersionedAction | None:
        """An action as it is now, or None."""
        actions, versions = self._actions.read((digest,))
        return VersionedAction(actions[digest], versions[digest]) if actions else None

    def register(self, target: Target) -> tuple[ActionRegister, int]:
        """What was done lately in a target's account and region, and the version to keep the next one over (0 for none)."""
        return self._ledger.registered(target)

    def efficacy(self, target: Target, remedy: RemedyName) -> Efficacy:
        """How well a remedy has worked for a target."""
        return self._ledger.efficacy(target).get(remedy, Efficacy())

    def keep(self, step: ActionCommit) -> None:
        """Keep a step. Raises Conflict where action or register changed since, Permanent where no table could hold it."""
        writes_of_step(step)
        digest = step.action.digest
        self._actions.check((digest,), {digest: step.version})
        self._ledger.remember(step)
        self._actions.keep({digest: step.action})
        self._digests[digest] = None

    def keep_token(self, digest: str, token: str, wait: str) -> None:
        """Keep the task token of a waiting step over any earlier one. Raises Permanent where there is no such action."""
        if self.load(digest) is None:
            raise Permanent(f"there is no action {digest} that could wait")
        self.tokens[digest, wait] = token

    def token(self, digest: str, wait: str) -> str | None:
        """The task token of a waiting step, or None."""
        return self.tokens.get((digest, wait))

    def open(self, most: int) -> tuple[Action, ...]:
        """The actions that are not over, the oldest first, at most so many."""
        known, _ = self._actions.read(list(self._digests))
        found = (each for each in known.values() if not each.is_over)
        return tuple(sorted(found, key=lambda each: (each.made, each.digest))[:most])
