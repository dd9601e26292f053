"""Takes in people's decisions on incidents, configs and silences."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.people import logger, metrics, people


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:
    """Take a person's decision and return its result."""
    return people(context.invoked_function_arn).event(event)
