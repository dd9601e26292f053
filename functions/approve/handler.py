"""Records the answers of approvers to plans."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.approve import approve, logger, metrics


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:
    """Take an answer and return its result."""
    return approve(context.invoked_function_arn).answer(event)
