"""Builds the function that moves traffic between the variants of an endpoint."""

from functools import cache

from kedge.adapters.clients import acting_client, client
from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.adapters.sagemaker.weights import SageMakerWeights
from kedge.domain.remedy import RemedyName
from kedge.lambdas.act import ActFunction, acting
from kedge.lambdas.observability import logger, metrics
from kedge.services.workflow.executors import ShiftTrafficExecutor

__all__ = ["logger", "metrics", "shift_traffic"]


@cache
def shift_traffic(function_arn: str) -> ActFunction:
    """Return the handler that takes traffic away from variants. Raises SettingsError."""
    endpoints = SageMakerEndpoints(client("sagemaker"), client("application-autoscaling"))
    doing = ShiftTrafficExecutor(endpoints, SageMakerWeights(acting_client("sagemaker")))
    return acting(RemedyName.SHIFT_TRAFFIC, doing, function_arn)
