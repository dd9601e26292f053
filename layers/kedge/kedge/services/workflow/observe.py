"""Observes the result of an act: waits for a sign of it, reads the world, and verifies."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from kedge.domain.action import Action
from kedge.domain.errors import Transient
from kedge.domain.stage import Stage
from kedge.ports.actions import Actions
from kedge.ports.mutations import Workflows
from kedge.remediation.verification.verify import VerificationOutcome, verify
from kedge.services.workflow.closing import Closing
from kedge.services.workflow.executors import is_so
from kedge.services.workflow.observations import OutcomeReader
from kedge.services.workflow.transitions import Transition, Transitions
from kedge.services.workflow.wait_points import AWAIT, awaited

_STAGES: Final = {
    VerificationOutcome.VERIFIED: Stage.VERIFIED,
    VerificationOutcome.FAILED: Stage.FAILED,
    VerificationOutcome.UNVERIFIED: Stage.UNVERIFIED,
}


class ObserveTask:
    """The steps `await` and `observe`."""

    def __init__(
        self,
        moves: Transitions,
        actions: Actions,
        workflows: Workflows,
        outcomes: OutcomeReader,
        closing: Closing,
        clock: Callable[[], datetime],
    ) -> None:
        """Connect the ports. `outcomes` reads the facts for the verification."""
        self._moves = moves
        self._actions = actions
        self._workflows = workflows
        self._outcomes = outcomes
        self._closing = closing
        self._clock = clock

    def wait(self, digest: str, token: str) -> None:
        """Store the token with which a signal wakes the workflow. Raises Transient, Permanent."""
        self._actions.keep_token(digest, token, AWAIT)
        if self._moves.load(digest).action.is_over:
            self._workflows.go_on(token, {"outcome": "over"})

    def observe(self, digest: str) -> str:
        """Verify and return `pending`, `verified`, `failed` or `unverified`.

        Raises:
            Permanent: the facts may not be read, or nothing was carried out.
            Transient: the facts cannot be read in time.
        """
        action = self._moves.load(digest).action
        if action.is_over:
            self._moves.tell(action)
            return action.stage.answers.observe
        try:
            observed = self._outcomes.read(action)
        except Transient:
            if action.deadline is not None and self._clock() >= action.deadline:
                raise
            return "pending"
        if action.stage is Stage.ACTING and is_so(action, observed.endpoint):
            action = self._moves.move(digest, self._was_taken)
        verification = verify(action, observed, self._clock())
        if verification.outcome is VerificationOutcome.PENDING:
            return "pending"
        stage = _STAGES[verification.outcome]
        package = observed.package.arn if observed.package is not None and stage is Stage.VERIFIED else None
        closed = self._closing.close(digest, stage, verification.says, package)
        return closed.stage.answers.observe

    def _was_taken(self, action: Action) -> Transition | None:
        """Record that the call was accepted, which was unknown before."""
        if not action.stage.may_become(Stage.ACTED):
            return None
        says = f"AWS did take the call: {action.plan.sentence}"
        acted = action.moved(Stage.ACTED, says, self._clock(), acted=action.called)
        return Transition(action=acted, awaits=awaited(acted))
