"""Handles once a minute everything that is due without a signal."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.reconcile import logger, metrics, reconcile


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:  # noqa: ARG001  a schedule says nothing
    """Take the event of the schedule and return how much was done and how much is left."""
    return reconcile(context.invoked_function_arn).minute(context.get_remaining_time_in_millis)
