"""Refuses an invalid policy or Monitors document before AppConfig deploys it."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.validate_policy import logger, validate_policy


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001 - the decorator reads it
    """Take a version of a configuration profile.

    AppConfig reads an error as a refusal, and a normal return as consent.
    """
    validate_policy(event)
