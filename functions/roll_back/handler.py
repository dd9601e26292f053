"""Takes an endpoint back to an earlier config: the only function that may."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.roll_back import logger, metrics, roll_back


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:
    """Takes a step of the workflow, and answers with its outcome."""
    return roll_back(context.invoked_function_arn).step(event)
