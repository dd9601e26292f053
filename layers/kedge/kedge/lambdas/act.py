"""The event of a workflow step, and what log and metrics record of it."""

import os
from collections.abc import Mapping
from typing import Any, Final

from kedge.domain.errors import MalformedSignal
from kedge.domain.remedy import RemedyName
from kedge.lambdas.clock import now
from kedge.lambdas.composition import workflow_dependencies
from kedge.lambdas.observability import Count, count, logger
from kedge.lambdas.settings import ActSettings
from kedge.services.workflow.act import RemedyAct
from kedge.services.workflow.executors import Executor
from kedge.services.workflow.task import Json, TaskEvent

_COUNTS: Final = {
    ("plan", "refused"): Count.REMEDIES_REFUSED,
    ("ask", "waiting"): Count.APPROVALS_ASKED,
    ("expire", "expired"): Count.REMEDIES_REFUSED,
    ("check", "refused"): Count.REMEDIES_REFUSED,
    ("act", "acted"): Count.REMEDIES_DONE,
    ("act", "unknown"): Count.REMEDIES_UNKNOWN,
    ("act", "refused"): Count.REMEDIES_REFUSED,
    ("observe", "verified"): Count.REMEDIES_VERIFIED,
    ("observe", "failed"): Count.REMEDIES_FAILED,
    ("observe", "unverified"): Count.REMEDIES_UNVERIFIED,
}


def step_of(event: Mapping[str, Any], known: tuple[str, ...]) -> TaskEvent:
    """Return the step in the event of the state machine. Raises MalformedSignal with the field that is wrong."""
    count(Count.REMEDY_STEPS)
    step, action, token = event.get("step"), event.get("action"), event.get("token")
    if not isinstance(step, str) or step not in known:
        raise MalformedSignal("$.step", f"must be one of {', '.join(known)}")
    if not isinstance(action, str) or not action:
        raise MalformedSignal("$.action", "must be the digest of a plan")
    if token is not None and not isinstance(token, str):
        raise MalformedSignal("$.token", "must be text")
    return TaskEvent(step=step, action=action, token=token, error=event.get("error"))


def log_step(step: TaskEvent, outcome: Json) -> None:
    """Count a step by its outcome, and write one line about it without its token."""
    if step.step == "escalate":
        count(Count.REMEDIES_ESCALATED)
    elif not outcome.get("followed") and (counted := _COUNTS.get((step.step, outcome["outcome"]))) is not None:
        count(counted)
    logger.info("step", step=step.step, action=step.action, outcome=outcome["outcome"])


class ActFunction:
    """The handler of the workflow task `act` for one remedy. It returns the outcome as data."""

    def __init__(self, act: RemedyAct) -> None:
        """Keep the composed task."""
        self._act = act

    def step(self, event: Mapping[str, Any]) -> Json:
        """Carry out a plan and return its outcome.

        Raises MalformedSignal if the event is not such a task, Transient or Permanent.
        """
        task = step_of(event, ("act",))
        outcome = self._act.run(task)
        log_step(task, outcome)
        return outcome


def acting(remedy: RemedyName, executor: Executor, function_arn: str) -> ActFunction:
    """Return the handler that carries out one remedy and nothing else. Raises SettingsError."""
    ground = workflow_dependencies(ActSettings.from_env(os.environ), function_arn)
    return ActFunction(RemedyAct(remedy, executor, ground.moves, ground.policy, now))
