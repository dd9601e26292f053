"""The waits of the workflow: the steps that wait, the names of their tokens, and the signals that wake them."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from kedge.domain.action import Action
from kedge.domain.plan import Retrain, RollBack
from kedge.remediation.check_intervals import pauses
from kedge.remediation.wake_keys import config_name, endpoint_name, execution_name, question_name
from kedge.services.workflow.transitions import Transitions

ASK: Final = "ask"
"""The wait for an approver's answer: the steps `ask` and `remind`."""

AGAIN: Final = "again"
"""The word for the step that asks if the plan must be re-evaluated."""

AWAIT: Final = "await"
"""The wait for a sign of the act's result."""


def open_question(action: Action) -> str:
    """Return the name with which a deployment, or the end of an endpoint, finds the action of an open question."""
    return question_name(action.plan.target, action.plan.remedy)


def awaited(action: Action) -> tuple[str, ...]:
    """Return the names with which signals find an action that waits for its outcome.

    They are those of its target, of its config, and of its execution.
    """
    started = (execution_name(action.started),) if action.started is not None else ()
    target, doing = action.plan.target, action.plan.doing
    match doing:
        case RollBack():
            # By its config the deployment ledger learns that a remedy deployed it.
            return (endpoint_name(target), config_name(target, doing.to_config))
        case Retrain() if started:
            return started
        case _:
            return (endpoint_name(target), *started)


_GOES_ON: Final = frozenset({"later", "acted", "pending"})
"""The outcomes after which the workflow waits."""


class WaitTimes:
    """Adds the values for the workflow's next wait to the outcome of a step."""

    def __init__(self, moves: Transitions, clock: Callable[[], datetime]) -> None:
        """Connect the ports. `moves` knows how long an action has waited already."""
        self._moves = moves
        self._clock = clock

    def paced(self, digest: str, outcome: dict[str, object]) -> dict[str, object]:
        """Return an outcome with `wait` and `pause`, in seconds, if the workflow waits after it.

        Raises Transient, Permanent.
        """
        if outcome["outcome"] not in _GOES_ON:
            return outcome
        found = pauses(self._moves.load(digest).action, self._clock())
        return outcome | {"wait": found.wait, "pause": found.pause}
