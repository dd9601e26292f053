"""The composition of validate-policy, which needs nothing of the world."""

from kedge.entrypoints.validate_policy import validate_policy
from kedge.observability import logger

__all__ = ["logger", "validate_policy"]
