"""The entry point of remediate: the workflow steps that do not change the monitored resources."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from kedge.adapters.clients import client
from kedge.adapters.cloudwatch.metrics import CloudWatchMetrics
from kedge.adapters.executions import StarterReader
from kedge.adapters.s3 import S3Artifacts, S3Objects
from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.adapters.sagemaker.model_registry import SageMakerPackages
from kedge.adapters.stepfunctions import StepFunctionsWorkflows
from kedge.lambdas.act import log_step, step_of
from kedge.lambdas.clock import now
from kedge.lambdas.composition import home_of, workflow_dependencies
from kedge.lambdas.observability import logger, metrics
from kedge.lambdas.settings import RemediateSettings, named_buckets, named_keys
from kedge.services.fact_reader import FactReader
from kedge.services.workflow.compose import Remediation, RemediationPorts
from kedge.services.workflow.task import Json


class RemediateFunction:
    """The handler of a workflow task. It returns the outcome as data, and raises only unforeseen errors."""

    def __init__(self, remediation: Remediation) -> None:
        """Keep the composed tasks."""
        self._remediation = remediation

    def step(self, event: Mapping[str, Any]) -> Json:
        """Run a task and return its outcome.

        Raises MalformedSignal if the event is not a task, Transient or Permanent.
        """
        task = step_of(event, self._remediation.names)
        outcome = self._remediation.run(task)
        log_step(task, outcome)
        return outcome


__all__ = ["logger", "metrics", "remediate"]


@cache
def remediate(function_arn: str) -> RemediateFunction:
    """Return the handler that plans, asks, checks, observes and escalates. Raises SettingsError.

    The function's own ARN names account and Region.
    """
    settings = RemediateSettings.from_env(os.environ)
    ground = workflow_dependencies(settings, function_arn)
    endpoints = SageMakerEndpoints(client("sagemaker"), client("application-autoscaling"))
    starters = StarterReader(client)
    home = home_of(function_arn)
    named = named_buckets(os.environ), named_keys(os.environ)
    ports = RemediationPorts(
        actions=ground.actions,
        ledger=ground.ledger,
        facts=FactReader(endpoints, S3Artifacts(client("s3")), starters, now, *named, home=(home.account, home.region)),
        endpoints=endpoints,
        starters=starters,
        packages=SageMakerPackages(client("sagemaker"), S3Objects(client("s3"))),
        metrics=CloudWatchMetrics(client("cloudwatch")),
        workflows=StepFunctionsWorkflows(client("stepfunctions"), settings.workflow),
        settle=ground.settle,
        policy=ground.policy,
        clock=now,
    )
    return RemediateFunction(Remediation(ports, ground.moves))
