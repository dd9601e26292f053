"""Carries out a roll-back. Only this function may."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.roll_back import logger, metrics, roll_back


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:
    """Take a step of the workflow and return its outcome."""
    return roll_back(context.invoked_function_arn).step(event)
