"""The door of remediate: the steps of the workflow that do nothing to what is monitored."""

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import msgspec

from kedge.adapters.clients import client
from kedge.adapters.cloudwatch.metrics import CloudWatchMetrics
from kedge.adapters.executions import StartersByArn
from kedge.adapters.s3 import S3Artifacts, S3Objects
from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.adapters.sagemaker.model_registry import SageMakerPackages
from kedge.adapters.stepfunctions import StepFunctionsWorkflows
from kedge.domain.errors import MalformedSignal
from kedge.lambdas.acting import Json, TaskEvent, log_step, step_of
from kedge.lambdas.clock import now
from kedge.lambdas.composition import ground_of
from kedge.lambdas.observability import logger, metrics
from kedge.lambdas.settings import RemediateSettings, named_buckets, named_keys
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
from kedge.services.workflow.waits import Pacing

_WAITING: Final[Json] = {"outcome": "waiting"}


class RemediateDoor:
    """Takes a step of the workflow, and answers with its outcome as data; only what nobody foresaw is an error."""

    def __init__(
        self,
        planning: PlanTask,
        asking: AskTask,
        checking: CheckTask,
        observing: ObserveTask,
        escalating: EscalateTask,
        pacing: Pacing,
    ) -> None:
        """The use cases, each with a step or more."""
        self._planning = planning
        self._asking = asking
        self._checking = checking
        self._observing = observing
        self._escalating = escalating
        self._pacing = pacing
        self._steps: dict[str, Callable[[TaskEvent], Json]] = {
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
        log_step(step, outcome)
        return outcome

    def _ask(self, step: TaskEvent) -> Json:
        self._asking.ask(step.action, _token(step))
        return _WAITING

    def _remind(self, step: TaskEvent) -> Json:
        self._asking.remind(step.action, _token(step))
        return _WAITING

    def _wait(self, step: TaskEvent) -> Json:
        self._observing.wait(step.action, _token(step))
        return _WAITING


def _token(step: TaskEvent) -> str:
    if step.token is None:
        raise MalformedSignal("$.token", f"is missing: the step {step.step} waits, and needs the token of its task")
    return step.token


__all__ = ["logger", "metrics", "remediate"]


@cache
def remediate(function_arn: str) -> RemediateDoor:
    """What plans, asks, checks, observes and escalates. The function's own ARN tells account and region. Raises SettingsError."""
    settings = RemediateSettings.from_env(os.environ)
    ground = ground_of(settings, function_arn)
    actions, ledger, moves = ground.actions, ground.ledger, ground.moves
    endpoints = SageMakerEndpoints(client("sagemaker"), client("application-autoscaling"))
    starters = StartersByArn(client)
    packages = SageMakerPackages(client("sagemaker"), S3Objects(client("s3")))
    workflows = StepFunctionsWorkflows(client("stepfunctions"), settings.workflow)
    # Not by bootstrap's reading: it would load the readers of all events, and nothing of them is needed here.
    _, _, _, region, account, *_ = function_arn.split(":")
    named = named_buckets(os.environ), named_keys(os.environ)
    facts = FactReader(endpoints, S3Artifacts(client("s3")), starters, now, *named, home=(account, region))
    judge = Replanner(ledger, actions, facts, ground.policy, now)
    outcomes = OutcomeReader(ledger, endpoints, starters, packages, CloudWatchMetrics(client("cloudwatch")), now)
    closing = Closing(moves, actions, now)
    return RemediateDoor(
        PlanTask(moves, judge, Promotions(actions, ledger, packages, ground.settle, now), now),
        AskTask(moves, actions, workflows, now),
        CheckTask(moves, judge, now),
        ObserveTask(moves, actions, workflows, outcomes, closing, now),
        EscalateTask(moves, closing, now),
        Pacing(moves, now),
    )
