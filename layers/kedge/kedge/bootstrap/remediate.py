"""The composition of remediate."""

import os
from functools import cache

from kedge.adapters.clients import client
from kedge.adapters.cloudwatch.metrics import CloudWatchMetrics
from kedge.adapters.executions import StartersByArn
from kedge.adapters.s3 import S3Artifacts, S3Objects
from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.adapters.sagemaker.model_registry import SageMakerPackages
from kedge.adapters.stepfunctions import StepFunctionsWorkflows
from kedge.bootstrap.clock import now
from kedge.bootstrap.settling import ground_of
from kedge.entrypoints.remediate import RemediateDoor
from kedge.observability import logger, metrics
from kedge.services.fact_reader import FactReader
from kedge.services.workflow.ask import Asking
from kedge.services.workflow.check import Checking
from kedge.services.workflow.closing import Closing
from kedge.services.workflow.escalate import Escalating
from kedge.services.workflow.model_promotion import Promotions
from kedge.services.workflow.observations import OutcomeReader
from kedge.services.workflow.observe import Observing
from kedge.services.workflow.plan import Planning
from kedge.services.workflow.replan import Judge
from kedge.services.workflow.waits import Pacing
from kedge.settings import RemediateSettings, named_buckets, named_keys

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
    judge = Judge(ledger, actions, facts, ground.policy, now)
    outcomes = OutcomeReader(ledger, endpoints, starters, packages, CloudWatchMetrics(client("cloudwatch")), now)
    closing = Closing(moves, actions, now)
    return RemediateDoor(
        Planning(moves, judge, Promotions(actions, ledger, packages, ground.settle, now), now),
        Asking(moves, actions, workflows, now),
        Checking(moves, judge, now),
        Observing(moves, actions, workflows, outcomes, closing, now),
        Escalating(moves, closing, now),
        Pacing(moves, now),
    )
