"""The traces of remedies in memory: registers, their success, waiting actions, and the known endpoints."""

from msgspec.structs import replace

from kedge.domain.action import Action, ActionRegister, Efficacy
from kedge.domain.ids import mark
from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target
from kedge.ledger.codec import without_those_over
from kedge.ledger.items import Awaited, newest
from kedge.ledger.keys import register_key
from kedge.ports.actions import ActionCommit
from workbench.replay.versioned import Versioned


class Registers:
    """The part of a ledger that limits count by, and signals find actions by."""

    def __init__(self) -> None:
        """Start without actions and endpoints."""
        self.registers = Versioned[ActionRegister]()
        self.efficacies: dict[Target, dict[RemedyName, Efficacy]] = {}
        self.awaited: dict[str, dict[str, Awaited]] = {}
        self.ended: dict[str, Action] = {}
        self._endpoints: dict[str, tuple[str, ...]] = {}
        self._heard_of: set[Target] = set()

    def register(self, target: Target) -> ActionRegister:
        """Return the recent actions in a target's account and Region; empty without any."""
        return self.registered(target)[0]

    def registered(self, target: Target) -> tuple[ActionRegister, int]:
        """Return the register of a target's account and Region with the known endpoints, and its version."""
        key = register_key(target).pk
        registers, versions = self.registers.read((key,))
        known = self._endpoints.get(key, ())
        register = without_those_over(registers.get(key, ActionRegister()), self.ended.values())
        return replace(register, endpoints=known), versions.get(key, 0)

    def moved(self, action: Action) -> None:
        """Record the current state of an action: one that ended has no place in a register."""
        self.ended.pop(action.digest, None)
        if action.is_over:
            self.ended[action.digest] = action

    def efficacy(self, target: Target) -> dict[RemedyName, Efficacy]:
        """Return how well each remedy has worked for a target, without those that were never tried."""
        return dict(self.efficacies.get(target, {}))

    def awaiting(self, names: tuple[str, ...]) -> dict[str, str]:
        """Return the digests of the actions that wait for these names, by name."""
        found = {name: newest(list(self.awaited.get(name, {}).values())) for name in names}
        return {name: digest for name, digest in found.items() if digest is not None}

    def heard_of(self, target: Target) -> None:
        """Count an endpoint from now on: its existence is proven."""
        if target not in self._heard_of:
            self._heard_of.add(target)
            key, name = register_key(target).pk, mark(target.name)
            if name not in (known := self._endpoints.get(key, ())):
                self._endpoints[key] = (*known, name)

    def remember(self, step: ActionCommit) -> None:
        """Keep everything of a step but its action.

        Raises Conflict if the register changed since, and keeps nothing then.
        """
        plan, digest = step.action.plan, step.action.digest
        key = register_key(plan.target).pk
        registers = {} if step.register is None else {key: step.register}
        self.registers.check(registers, {key: step.register_version})
        self.registers.keep(registers)
        self.moved(step.action)
        if step.efficacy is not None:
            self.efficacies.setdefault(plan.target, {})[plan.remedy] = step.efficacy
        for name in step.forgets:
            self.awaited.get(name, {}).pop(digest, None)
        for name in step.awaits:
            self.awaited.setdefault(name, {})[digest] = Awaited(digest=digest, since=step.action.changed)
