"""The door of the functions that carry out remedies: one step, in each of them."""

from collections.abc import Mapping
from typing import Any

from kedge.entrypoints.steps import Json, step_of, tell_step
from kedge.services.workflow.act import Acting
from kedge.services.workflow.waits import Pacing


class ActingDoor:
    """Takes the step `act` of the workflow, and answers with its outcome as data."""

    def __init__(self, acting: Acting, pacing: Pacing) -> None:
        """`acting` is the use case, which carries out one kind of remedy."""
        self._acting = acting
        self._pacing = pacing

    def step(self, event: Mapping[str, Any]) -> Json:
        """Carry a plan out. Raises MalformedSignal where the event is no such step, Transient, Permanent."""
        step = step_of(event, ("act",))
        outcome = self._pacing.paced(step.action, {"outcome": self._acting.act(step.action)})
        tell_step(step, outcome)
        return outcome
