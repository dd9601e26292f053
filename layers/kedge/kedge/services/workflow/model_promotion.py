"""Follows the model of a retraining. Its approval in the registry and its deployment belong to others."""

from collections.abc import Callable
from datetime import datetime

from kedge.domain.action import Action
from kedge.domain.signal import ActionMoved, ChangeKind
from kedge.ports.actions import ActionCommit, Actions
from kedge.ports.facts import Packages
from kedge.ports.storage import Ledger
from kedge.remediation.wake_keys import package_name
from kedge.services.workflow.transitions import Settle, named


class Promotions:
    """Follows the package of a plan that is over, from the registry to an endpoint."""

    def __init__(
        self, actions: Actions, ledger: Ledger, packages: Packages, settle: Settle, clock: Callable[[], datetime]
    ) -> None:
        """Connect the ports. `settle` takes a signal into the ring."""
        self._actions = actions
        self._ledger = ledger
        self._packages = packages
        self._settle = settle
        self._clock = clock

    def follow(self, action: Action) -> None:
        """Report each change of an action's package once. Raises Transient, Permanent."""
        if action.package is None:
            return
        package = self._packages.package(action.package)
        approval = package.approval if package is not None else None
        if package is None:
            self._tell(action, "gone", f"model package {action.package} was deleted from the registry")
            self._forget(action)
            return
        if approval == "Rejected":
            self._tell(action, "rejected", f"model package {action.package} was rejected in the registry")
            self._forget(action)
            return
        if approval == "Approved":
            self._tell(action, "approved", f"model package {action.package} was approved in the registry")
        self._deployed(action, action.package)

    def _deployed(self, action: Action, package: str) -> None:
        known = self._ledger.load(action.plan.target, ChangeKind.ENDPOINT)[0].deployments
        current = known.current
        if current is None or package.lower() not in {each.lower() for each in current.packages}:
            return
        says = f"model package {package} serves on {action.plan.target.name} now, with config {current.config}"
        self._tell(action, f"deployed/{current.config}", says)
        self._forget(action)

    def _tell(self, action: Action, what: str, says: str) -> None:
        signal = ActionMoved(
            id=f"{named(action)}/{action.stage}/package/{what}",
            at=self._clock(),
            target=action.plan.target,
            incident=action.plan.incident,
            monitor=action.monitor,
            digest=action.digest,
            stage=action.stage,
            says=says,
        )
        self._settle(signal)

    def _forget(self, action: Action) -> None:
        # The package keeps its name: the story of an incident ends with the resulting model.
        held = self._actions.load(action.digest)
        if held is not None and held.action.package is not None:
            forgets = (package_name(held.action.package),)
            self._actions.keep(
                ActionCommit(action=held.action, version=held.version, written=held.written, forgets=forgets)
            )
