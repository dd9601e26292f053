"""Builds the function that calls a team's function or state machine."""

from functools import cache

from kedge.adapters.clients import acting_client
from kedge.adapters.launchers import ResourceStarter
from kedge.domain.remedy import RemedyName
from kedge.lambdas.act import ActFunction, acting
from kedge.lambdas.observability import logger, metrics
from kedge.services.workflow.executors import StartExecutor

__all__ = ["invoke", "logger", "metrics"]


@cache
def invoke(function_arn: str) -> ActFunction:
    """Return the handler that calls the team's own automation. Raises SettingsError."""
    return acting(RemedyName.INVOKE, StartExecutor(ResourceStarter(acting_client)), function_arn)
