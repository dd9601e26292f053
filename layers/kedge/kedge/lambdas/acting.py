"""What every step of the workflow brings to its function, and what log and metrics are told of it."""

import os
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from kedge.domain.errors import MalformedSignal
from kedge.domain.remedy import RemedyName
from kedge.lambdas.clock import now
from kedge.lambdas.composition import ground_of
from kedge.lambdas.observability import Count, count, logger
from kedge.lambdas.settings import ActSettings
from kedge.services.workflow.act import ActTask
from kedge.services.workflow.executors import Executor
from kedge.services.workflow.waits import Pacing

type Json = dict[str, Any]


class TaskEvent(Struct, frozen=True, kw_only=True):
    """A step, the digest of the plan that it is a step of, and what Step Functions adds: a token where it waits, an error."""

    step: str
    action: str
    token: str | None = None
    error: object = None


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
    """A step out of the event that the state machine sends. Raises MalformedSignal with the field that is wrong."""
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
    """Count a step by its outcome, and write one line about it; never its token."""
    if step.step == "escalate":
        count(Count.REMEDIES_ESCALATED)
    elif not outcome.get("followed") and (counted := _COUNTS.get((step.step, outcome["outcome"]))) is not None:
        count(counted)
    logger.info("step", step=step.step, action=step.action, outcome=outcome["outcome"])


class ActingDoor:
    """Takes the step `act` of the workflow, and answers with its outcome as data."""

    def __init__(self, acting: ActTask, pacing: Pacing) -> None:
        """`acting` is the use case, which carries out one kind of remedy."""
        self._acting = acting
        self._pacing = pacing

    def step(self, event: Mapping[str, Any]) -> Json:
        """Carry a plan out. Raises MalformedSignal where the event is no such step, Transient, Permanent."""
        step = step_of(event, ("act",))
        outcome = self._pacing.paced(step.action, {"outcome": self._acting.act(step.action)})
        log_step(step, outcome)
        return outcome


def acting(remedy: RemedyName, doing: Executor, function_arn: str) -> ActingDoor:
    """What carries out one remedy, and nothing else. Raises SettingsError."""
    ground = ground_of(ActSettings.from_env(os.environ), function_arn)
    return ActingDoor(ActTask(remedy, doing, ground.moves, ground.policy, now), Pacing(ground.moves, now))
