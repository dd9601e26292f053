"""Actions in memory, beside a ledger in memory. They pass the contract that the table's adapter passes: tests/contracts."""

from kedge.domain.action import Action, Efficacy, Register
from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target
from kedge.errors import Permanent
from kedge.ledger.awaited import Awaited
from kedge.ledger.keys import register_key
from kedge.ledger.steps import writes_of_step
from kedge.ports import Held, Step
from tests.fakes.ledger import MemoryLedger
from workbench.replay.versioned import Versioned


class MemoryActions:
    """What was kept of plans under way. `tokens` holds the task tokens by digest and wait."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self._actions = Versioned[Action]()
        self._digests: dict[str, None] = {}
        self.tokens: dict[tuple[str, str], str] = {}

    def load(self, digest: str) -> Held | None:
        with self._ledger.lock:
            actions, versions = self._actions.read((digest,))
        return Held(actions[digest], versions[digest]) if actions else None

    def register(self, target: Target) -> tuple[Register, int]:
        with self._ledger.lock:
            return self._ledger.registered(target)

    def efficacy(self, target: Target, remedy: RemedyName) -> Efficacy:
        return self._ledger.efficacy(target).get(remedy, Efficacy())

    def keep(self, step: Step) -> None:
        writes_of_step(step)  # what a table would refuse is refused here, too
        digest, key = step.action.digest, register_key(step.action.plan.target).pk
        registers = (
            {} if step.register is None else {key: step.register}
        )  # the ledger alone tells which endpoints there are
        with self._ledger.lock:
            self._actions.check((digest,), {digest: step.version})
            self._ledger.registers.check(registers, {key: step.register_version})
            self._actions.keep({digest: step.action})
            self._digests[digest] = None
            self._ledger.registers.keep(registers)
            self._remember(step)

    def keep_token(self, digest: str, token: str, wait: str) -> None:
        if self.load(digest) is None:
            raise Permanent(f"there is no action {digest} that could wait")
        self.tokens[digest, wait] = token

    def token(self, digest: str, wait: str) -> str | None:
        return self.tokens.get((digest, wait))

    def open(self, most: int) -> tuple[Action, ...]:
        with self._ledger.lock:
            known, _ = self._actions.read(self._digests)
        found = (each for each in known.values() if not each.is_over)
        return tuple(sorted(found, key=lambda each: (each.made, each.digest))[:most])

    def _remember(self, step: Step) -> None:
        action, plan = step.action, step.action.plan
        if step.efficacy is not None:
            self._ledger.efficacies.setdefault(plan.target, {})[plan.remedy] = step.efficacy
        for name in step.forgets:
            self._ledger.awaited.get(name, {}).pop(action.digest, None)
        for name in step.awaits:
            waiting = Awaited(digest=action.digest, since=action.changed)
            self._ledger.awaited.setdefault(name, {})[action.digest] = waiting
