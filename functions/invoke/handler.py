"""Carries out a call of the team's automation. Only this function may."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.invoke import invoke, logger, metrics


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:
    """Take a step of the workflow and return its outcome."""
    return invoke(context.invoked_function_arn).step(event)
