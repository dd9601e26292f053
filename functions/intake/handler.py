"""Takes in signals from the queue or from a direct caller. Messages that fail stay in the queue and are retried."""

from typing import Any

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.intake import QueueRecords, came_from_queue, intake, logger, metrics

processor = QueueRecords()


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:
    """Take a batch of the signals queue and return its failures, or take one event and return its results."""
    function = intake(context.invoked_function_arn)
    if came_from_queue(event):
        return process_partial_response(event, function.record, processor, context)
    return function.event(event)
