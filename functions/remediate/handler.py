"""Carries out the workflow steps that do not change the monitored resources."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.remediate import logger, metrics, remediate


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:
    """Take a step of the workflow and return its outcome."""
    return remediate(context.invoked_function_arn).step(event)
