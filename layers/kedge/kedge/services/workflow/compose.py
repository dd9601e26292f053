"""Composes the remediation for the deployed functions, the played scenarios and the tests."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct

from kedge.domain.errors import MalformedSignal
from kedge.policy.compiled import Policy
from kedge.ports.actions import Actions
from kedge.ports.facts import EndpointFacts, Metrics, Packages, Starters
from kedge.ports.mutations import Workflows
from kedge.ports.storage import Ledger
from kedge.services.fact_reader import FactReader
from kedge.services.workflow.ask import AskTask
from kedge.services.workflow.check import CheckTask
from kedge.services.workflow.closing import Closing
from kedge.services.workflow.escalate import EscalateTask
from kedge.services.workflow.model_promotion import Promotions
from kedge.services.workflow.observations import OutcomeReader
from kedge.services.workflow.observe import ObserveTask
from kedge.services.workflow.plan import PlanTask
from kedge.services.workflow.replan import Replanner
from kedge.services.workflow.task import Json, TaskEvent
from kedge.services.workflow.transitions import Settle, Transitions
from kedge.services.workflow.wait_points import WaitTimes


class RemediationPorts(Struct, frozen=True, kw_only=True):
    """The ports of the tasks. `policy` is read anew for each task, and raises if it cannot be read."""

    actions: Actions
    ledger: Ledger
    facts: FactReader
    endpoints: EndpointFacts
    starters: Starters
    packages: Packages
    metrics: Metrics
    workflows: Workflows
    settle: Settle
    policy: Callable[[], Policy]
    clock: Callable[[], datetime]


class Remediation:
    """The tasks of the state machine that do not change the monitored resources, each by its name in the machine."""

    def __init__(self, ports: RemediationPorts, transitions: Transitions) -> None:
        """Compose the tasks over one way of changing an action's stage."""
        clock = ports.clock
        self.replanner = replanner = Replanner(ports.ledger, ports.actions, ports.facts, ports.policy, clock)
        closing = Closing(transitions, ports.actions, clock)
        outcomes = OutcomeReader(ports.ledger, ports.endpoints, ports.starters, ports.packages, ports.metrics, clock)
        promotions = Promotions(ports.actions, ports.ledger, ports.packages, ports.settle, clock)
        plan = PlanTask(transitions, replanner, promotions, clock)
        ask = AskTask(transitions, ports.actions, ports.workflows, clock)
        check = CheckTask(transitions, replanner, clock)
        observe = ObserveTask(transitions, ports.actions, ports.workflows, outcomes, closing, clock)
        escalate = EscalateTask(transitions, closing, clock)
        self._pacing = WaitTimes(transitions, clock)
        self._tasks: dict[str, Callable[[TaskEvent], Json]] = {
            "plan": lambda task: msgspec.to_builtins(plan.plan(task.action)),
            "ask": _waiting(ask.ask),
            "remind": _waiting(ask.remind),
            "expire": lambda task: {"outcome": ask.expire(task.action)},
            "check": lambda task: msgspec.to_builtins(check.check(task.action)),
            "await": _waiting(observe.wait),
            "observe": lambda task: {"outcome": observe.observe(task.action)},
            "escalate": lambda task: {"outcome": escalate.escalate(task.action, task.error)},
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the tasks."""
        return tuple(self._tasks)

    def run(self, task: TaskEvent) -> Json:
        """Run a task and return its outcome as data. Raises MalformedSignal, Transient, Permanent."""
        return self._pacing.paced(task.action, self._tasks[task.step](task))


def _waiting(begin: Callable[[str, str], None]) -> Callable[[TaskEvent], Json]:
    """Return a task that stores its token, with which the workflow continues later."""

    def run(task: TaskEvent) -> Json:
        begin(task.action, _token(task))
        return {"outcome": "waiting"}

    return run


def _token(task: TaskEvent) -> str:
    if task.token is None:
        raise MalformedSignal("$.token", f"is missing: the step {task.step} waits, and needs the token of its task")
    return task.token
