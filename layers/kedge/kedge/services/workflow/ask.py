"""Requests an approval: once, once more at half time, and then no longer.

A decision without a waiting step is passed on here.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from kedge.domain.action import Action
from kedge.domain.remedy import HoldReason
from kedge.domain.stage import Stage
from kedge.ports.actions import Actions
from kedge.ports.mutations import Workflows
from kedge.remediation.approval import expiry
from kedge.services.workflow.transitions import Transition, Transitions
from kedge.services.workflow.wait_points import ASK, open_question


class AskTask:
    """The steps `ask`, `remind` and `expire`."""

    def __init__(
        self, moves: Transitions, actions: Actions, workflows: Workflows, clock: Callable[[], datetime]
    ) -> None:
        """Connect the ports. `workflows` gives a waiting step the decision."""
        self._moves = moves
        self._actions = actions
        self._workflows = workflows
        self._clock = clock

    def ask(self, digest: str, token: str) -> None:
        """Store the token and ask. Raises Transient, Permanent."""
        # Before the notification: an approver who answers at once finds the waiting step.
        self._actions.keep_token(digest, token, ASK)
        self._hand_over(self._moves.move(digest, self._asked), token)

    def remind(self, digest: str, token: str) -> None:
        """Store the new token, and remind of the open request. Raises Transient, Permanent."""
        self._actions.keep_token(digest, token, ASK)
        action = self._moves.keep(digest, self._reminded)
        self._moves.tell(action, reminder=action.stage is Stage.ASKED)
        self._hand_over(action, token)

    def expire(self, digest: str) -> str:
        """End the request and return the decision: `expired`, or an answer just in time. Raises Transient, Permanent."""
        return self._moves.move(digest, self._expired).stage.answers.ask or "expired"

    def _asked(self, action: Action) -> Transition | None:
        if not action.stage.may_become(Stage.ASKED):
            return None
        now = self._clock()
        expires = now + timedelta(seconds=action.expires_within)
        says = f"approval is asked for: {action.plan.sentence}"
        asked = action.moved(Stage.ASKED, says, now, asked=now, expires=expires)
        return Transition(action=asked, awaits=(open_question(action),))

    def _reminded(self, action: Action) -> Transition | None:
        if action.stage is not Stage.ASKED or action.reminded is not None:
            return None
        return Transition(action=msgspec.structs.replace(action, reminded=self._clock()))

    def _expired(self, action: Action) -> Transition | None:
        if not action.stage.may_become(Stage.EXPIRED):
            return None
        says = f"the approval expired at {expiry(action):%H:%M} UTC"
        expired = action.moved(Stage.EXPIRED, says, self._clock(), why=HoldReason.EXPIRED)
        return Transition(action=expired, forgets=(open_question(action),))

    def _hand_over(self, action: Action, token: str) -> None:
        # It was decided between two waits, when the known token had ended.
        if (decided := action.stage.answers.ask) is not None:
            self._workflows.go_on(token, {"outcome": decided})
