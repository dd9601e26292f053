"""The last word about an action that was carried out, and what is remembered of the remedy."""

from collections.abc import Callable
from datetime import datetime

from kedge.domain.action import Action
from kedge.domain.stage import Stage
from kedge.ports.actions import Actions
from kedge.remediation.wake_keys import package_name
from kedge.services.workflow.transitions import Transition, Transitions
from kedge.services.workflow.waits import awaited


class Closing:
    """Ends actions that were carried out: verified, failed or unverified."""

    def __init__(self, moves: Transitions, actions: Actions, clock: Callable[[], datetime]) -> None:
        """`actions` remembers how well remedies have worked."""
        self._moves = moves
        self._actions = actions
        self._clock = clock

    def close(self, digest: str, stage: Stage, says: str, package: str | None = None) -> Action:
        """End an action, with its record, its place under the limits, and those who waited for it, in one write; then tell.

        `package` is the model package that came of it, which is followed from then on. One that is over stays as it is.
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
