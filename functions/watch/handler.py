"""Looks once in 10 minutes for the runs whose events were lost."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.watch import logger, metrics, watch


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:  # noqa: ARG001  a schedule says nothing
    """Take the event of the schedule and return how much was listed and sent."""
    return watch(context.invoked_function_arn).look(context.get_remaining_time_in_millis)
