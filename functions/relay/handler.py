"""Carries the outbox on; what the queue did not take is offered again."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.relay import logger, metrics, relay


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:  # noqa: ARG001 - the decorators read it
    """Takes a batch of the table's stream, and answers with the sequence numbers that are to come again."""
    return relay().batch(event)
