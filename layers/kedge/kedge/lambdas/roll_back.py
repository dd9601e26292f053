"""Builds the function that takes an endpoint back to an earlier config."""

from functools import cache

from kedge.adapters.clients import acting_client, client
from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.adapters.sagemaker.updates import SageMakerUpdates
from kedge.domain.remedy import RemedyName
from kedge.lambdas.act import ActFunction, acting
from kedge.lambdas.observability import logger, metrics
from kedge.services.workflow.executors import RollBackExecutor

__all__ = ["logger", "metrics", "roll_back"]


@cache
def roll_back(function_arn: str) -> ActFunction:
    """Return the handler that moves endpoints back to an earlier config. Raises SettingsError."""
    endpoints = SageMakerEndpoints(client("sagemaker"), client("application-autoscaling"))
    doing = RollBackExecutor(endpoints, SageMakerUpdates(acting_client("sagemaker")))
    return acting(RemedyName.ROLL_BACK, doing, function_arn)
