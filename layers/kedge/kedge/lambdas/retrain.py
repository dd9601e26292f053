"""Builds the function that starts a retraining."""

from functools import cache

from kedge.adapters.clients import acting_client
from kedge.adapters.launchers import ResourceStarter
from kedge.domain.remedy import RemedyName
from kedge.lambdas.act import ActFunction, acting
from kedge.lambdas.observability import logger, metrics
from kedge.services.workflow.executors import StartExecutor

__all__ = ["logger", "metrics", "retrain"]


@cache
def retrain(function_arn: str) -> ActFunction:
    """Return the handler that starts pipelines for new models. Raises SettingsError."""
    return acting(RemedyName.RETRAIN, StartExecutor(ResourceStarter(acting_client)), function_arn)
