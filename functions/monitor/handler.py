"""Measures the windows of a queue. Windows that cannot be measured yet stay in it."""

from typing import Any

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.monitor import QueueRecords, logger, metrics, monitor

processor = QueueRecords()


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:
    """Take a message of the windows queue and return it if it must stay there."""
    return process_partial_response(event, monitor(context.invoked_function_arn).record, processor, context)
