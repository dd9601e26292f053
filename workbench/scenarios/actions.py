"""The store of plans under way, beside the story."""

from kedge.domain.action import Action, ActionRegister, Efficacy
from kedge.domain.errors import Permanent
from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target
from kedge.ledger.items import Awaited
from kedge.ledger.keys import register_key
from kedge.ports.actions import ActionCommit, VersionedAction
from workbench.replay.versioned import Versioned
from workbench.scenarios.story import Story


class StoryActions:
    """Actions by digest, with the tokens of their waiting steps.

    The story itself keeps the records that decisions read.
    """

    def __init__(self, story: Story) -> None:
        """Start without plans."""
        self._story = story
        self._actions = Versioned[Action]()
        self._digests: dict[str, None] = {}
        self._tokens: dict[tuple[str, str], str] = {}

    def load(self, digest: str) -> VersionedAction | None:
        """Return the current state of an action, or None."""
        actions, versions = self._actions.read((digest,))
        return VersionedAction(actions[digest], versions[digest]) if actions else None

    def register(self, target: Target) -> tuple[ActionRegister, int]:
        """Return the recent actions in a target's account and Region, and the version for the next write."""
        return self._story.registered(target)

    def efficacy(self, target: Target, remedy: RemedyName) -> Efficacy:
        """Return how well a remedy has worked for a target."""
        return self._story.efficacy(target).get(remedy, Efficacy())

    def keep(self, step: ActionCommit) -> None:
        """Keep a step. Raises Conflict if the action or the register changed since."""
        digest, plan = step.action.digest, step.action.plan
        key = register_key(plan.target).pk
        registers = {} if step.register is None else {key: step.register}
        self._actions.check((digest,), {digest: step.version})
        self._story.registers.check(registers, {key: step.register_version})
        self._actions.keep({digest: step.action})
        self._digests[digest] = None
        self._story.registers.keep(registers)
        self._story.moved(step.action)
        self._story.plans[digest] = plan
        if step.efficacy is not None:
            self._story.efficacies.setdefault(plan.target, {})[plan.remedy] = step.efficacy
        for name in step.forgets:
            self._story.awaited.get(name, {}).pop(digest, None)
        for name in step.awaits:
            self._story.awaited.setdefault(name, {})[digest] = Awaited(digest=digest, since=step.action.changed)

    def keep_token(self, digest: str, token: str, wait: str) -> None:
        """Keep the task token of a waiting step, over any earlier one. Raises Permanent if there is no such action."""
        if digest not in self._digests:
            raise Permanent(f"there is no action {digest} that could wait")
        self._tokens[digest, wait] = token

    def token(self, digest: str, wait: str) -> str | None:
        """Return the task token of a waiting step, or None."""
        return self._tokens.get((digest, wait))

    def open(self, most: int) -> tuple[Action, ...]:
        """Return the actions that are not over, the oldest first, at most `most`."""
        known, _ = self._actions.read(self._digests)
        found = (each for each in known.values() if not each.is_over)
        return tuple(sorted(found, key=lambda each: (each.made, each.digest))[:most])
