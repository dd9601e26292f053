"""What the workflow waits for: the steps that do, by the names under which their tokens are kept, and what wakes them."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from kedge.domain.action import Action
from kedge.domain.plan import Retrain, RollBack
from kedge.remediation.waits import pauses
from kedge.remediation.wake_keys import config_name, endpoint_name, execution_name, question_name
from kedge.services.workflow.transitions import Transitions

ASK: Final = "ask"
"""For somebody's answer: the steps `ask` and `remind`."""

AGAIN: Final = "again"
"""What the step that asks is told where the plan is to be judged anew."""

AWAIT: Final = "await"
"""For a sign of what came of the act."""


def open_question(action: Action) -> str:
    """The name by which a deployment, or the end of an endpoint, finds the action about which approvers are asked."""
    return question_name(action.plan.target, action.plan.remedy)


def awaited(action: Action) -> tuple[str, ...]:
    """The names by which signals find an action whose outcome is awaited: of its target, of its config, and of what it started."""
    started = (execution_name(action.started),) if action.started is not None else ()
    target, doing = action.plan.target, action.plan.doing
    match doing:
        case RollBack():
            # By its config the deployment ledger learns that it was a remedy that brought it.
            return (endpoint_name(target), config_name(target, doing.to_config))
        case Retrain() if started:
            return started
        case _:
            return (endpoint_name(target), *started)


_GOES_ON: Final = frozenset({"later", "acted", "pending"})
"""Outcomes after which the workflow waits."""


class Pacing:
    """Adds to the outcome of a step what the workflow needs for its next wait."""

    def __init__(self, moves: Transitions, clock: Callable[[], datetime]) -> None:
        """`moves` knows how long an action has waited already."""
        self._moves = moves
        self._clock = clock

    def paced(self, digest: str, outcome: dict[str, object]) -> dict[str, object]:
        """Return an outcome with `wait` and `pause`, in seconds, if the workflow waits after it. Raises Transient, Permanent."""
        if outcome["outcome"] not in _GOES_ON:
            return outcome
        found = pauses(self._moves.load(digest).action, self._clock())
        return outcome | {"wait": found.wait, "pause": found.pause}
