"""Closes an action that was carried out, and records how well its remedy worked."""

from collections.abc import Callable
from datetime import datetime

from kedge.domain.action import Action
from kedge.domain.stage import Stage
from kedge.ports.actions import Actions
from kedge.remediation.wake_keys import package_name
from kedge.services.workflow.transitions import Transition, Transitions
from kedge.services.workflow.wait_points import awaited


class Closing:
    """Ends actions that were carried out: verified, failed or unverified."""

    def __init__(self, moves: Transitions, actions: Actions, clock: Callable[[], datetime]) -> None:
        """Connect the ports. `actions` stores how well remedies have worked."""
        self._moves = moves
        self._actions = actions
        self._clock = clock

    def close(self, digest: str, stage: Stage, says: str, package: str | None = None) -> Action:
        """End an action with its record, its place under the limits, and its wait names in one write; then notify.

        `package` is the resulting model package, which is followed from then on. An action that is over stays
        unchanged.
        """

        def end(action: Action) -> Transition | None:
            if not action.stage.may_become(stage) or action.called is None:
                return None
            now = self._clock()
            known = self._actions.efficacy(action.plan.target, action.plan.remedy)
            return Transition(
                action=action.moved(stage, says, now, package=package),
                efficacy=known.with_outcome(stage, now),
                awaits=(package_name(package),) if package is not None else (),
                forgets=awaited(action),
            )

        return self._moves.move(digest, end)
