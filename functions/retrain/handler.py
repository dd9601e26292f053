"""Starts what makes a new model: the only function that may."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.retrain import logger, metrics, retrain


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:
    """Takes a step of the workflow, and answers with its outcome."""
    return retrain(context.invoked_function_arn).step(event)
