"""Performs effects from the queue. Effects that cannot be performed yet stay in it."""

from typing import Any

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.dispatch import QueueRecords, dispatch, logger, metrics

processor = QueueRecords()


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:
    """Take a batch of the effects queue and return the messages that must stay there."""
    return process_partial_response(event, dispatch().record, processor, context)
