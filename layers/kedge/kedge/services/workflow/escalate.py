"""Handles a workflow that cannot continue: a possible act counts as not verified, and receivers are notified."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from kedge.domain.action import Action
from kedge.domain.decision import RemedyHeld
from kedge.domain.remedy import HoldReason
from kedge.domain.stage import Stage
from kedge.services.workflow.closing import Closing
from kedge.services.workflow.plan import refused
from kedge.services.workflow.transitions import Transition, Transitions

_LONGEST: Final = 300


class EscalateTask:
    """The step `escalate`."""

    def __init__(self, moves: Transitions, closing: Closing, clock: Callable[[], datetime]) -> None:
        """Connect the ports. `closing` ends possible acts."""
        self._moves = moves
        self._closing = closing
        self._clock = clock

    def escalate(self, digest: str, error: object) -> str:
        """End an action because of a fault, and return its final stage. Raises Transient, Permanent.

        `error` is Step Functions' own: `{"Error": …, "Cause": …}`. The cause of a function is JSON with `errorMessage`.
        """
        says = f"the workflow could not go on ({error_text(error)})"
        action = self._moves.load(digest).action
        if action.called is not None and not action.is_over:
            lasting = f"{says}, and the result is unknown: check {action.plan.target.name}"
            return self._closing.close(digest, Stage.UNVERIFIED, lasting).stage

        def hold(action: Action) -> Transition | None:
            if not action.stage.may_become(Stage.REFUSED) or action.called is not None:
                return None
            why = RemedyHeld(remedy=action.plan.remedy, why=HoldReason.UNREADABLE, says=f"{says}; nothing was done")
            return Transition(action=refused(action, why, self._clock()))

        return self._moves.move(digest, hold).stage


def error_text(error: object) -> str:
    """Return an error of Step Functions in one short sentence."""
    if not isinstance(error, Mapping):
        return "no error was reported"
    kind, cause = _of_function(str(error.get("Error", "")), str(error.get("Cause", "")))
    return ": ".join(part for part in (kind, " ".join(cause.split())[:_LONGEST]) if part) or "no error was reported"


def _of_function(kind: str, cause: str) -> tuple[str, str]:
    try:
        told = json.loads(cause)
        return str(told.get("errorType", kind)), str(told["errorMessage"])
    except (ValueError, KeyError, AttributeError, TypeError):
        return kind, cause
