"""Moves the outbox to the effects queue. Records that the queue did not accept are offered again."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.relay import logger, metrics, relay


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:  # noqa: ARG001 - the decorators read it
    """Take a batch of the table's stream and return the sequence numbers to offer again."""
    return relay().batch(event)
