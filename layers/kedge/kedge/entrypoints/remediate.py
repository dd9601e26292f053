"""The door of remediate: the steps of the workflow that do nothing to what is monitored."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from kedge.domain.errors import MalformedSignal
from kedge.entrypoints.steps import Json, Step, step_of, tell_step
from kedge.services.workflow.ask import Asking
from kedge.services.workflow.check import Checking
from kedge.services.workflow.escalate import Escalating
from kedge.services.workflow.observe import Observing
from kedge.services.workflow.plan import Planning
from kedge.services.workflow.waits import Pacing

_WAITING: Final[Json] = {"outcome": "waiting"}


class RemediateDoor:
    """Takes a step of the workflow, and answers with its outcome as data; only what nobody foresaw is an error."""

    def __init__(
        self,
        planning: Planning,
        asking: Asking,
        checking: Checking,
        observing: Observing,
        escalating: Escalating,
        pacing: Pacing,
    ) -> None:
        """The use cases, each with a step or more."""
        self._planning = planning
        self._asking = asking
        self._checking = checking
        self._observing = observing
        self._escalating = escalating
        self._pacing = pacing
        self._steps: dict[str, Callable[[Step], Json]] = {
            "plan": lambda step: msgspec.to_builtins(self._planning.plan(step.action)),
            "ask": self._ask,
            "remind": self._remind,
            "expire": lambda step: {"outcome": self._asking.expire(step.action)},
            "check": lambda step: msgspec.to_builtins(self._checking.check(step.action)),
            "await": self._wait,
            "observe": lambda step: {"outcome": self._observing.observe(step.action)},
            "escalate": lambda step: {"outcome": self._escalating.escalate(step.action, step.error)},
        }

    def step(self, event: Mapping[str, Any]) -> Json:
        """Do a step. Raises MalformedSignal where the event is none, Transient, Permanent."""
        step = step_of(event, tuple(self._steps))
        outcome = self._pacing.paced(step.action, self._steps[step.step](step))
        tell_step(step, outcome)
        return outcome

    def _ask(self, step: Step) -> Json:
        self._asking.ask(step.action, _token(step))
        return _WAITING

    def _remind(self, step: Step) -> Json:
        self._asking.remind(step.action, _token(step))
        return _WAITING

    def _wait(self, step: Step) -> Json:
        self._observing.wait(step.action, _token(step))
        return _WAITING


def _token(step: Step) -> str:
    if step.token is None:
        raise MalformedSignal("$.token", f"is missing: the step {step.step} waits, and needs the token of its task")
    return step.token
