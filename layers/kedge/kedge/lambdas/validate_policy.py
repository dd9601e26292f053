"""The entry point of validate-policy, which AppConfig calls before it deploys a configuration.

Its event is `{"applicationId", "configurationProfileId", "configurationVersion", "content", "uri"}`, with the
configuration in Base64. Source: "Understanding validators" in the user guide of AWS AppConfig.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from kedge.domain.errors import MalformedPolicy, MalformedSignal
from kedge.lambdas.observability import logger
from kedge.policy import lint

NAME: Final = "policy.yaml"
"""The name of the policy in its faults: AppConfig has no file name."""

_MOST: Final = 20


def validate_policy(event: Mapping[str, Any]) -> None:
    """Return normally if the policy is valid.

    Raises:
        MalformedPolicy: the policy has faults, in the words of `kedge policy lint`.
        MalformedSignal: the event is not an event of AppConfig.
    """
    version = str(event.get("configurationVersion", ""))
    faults = [str(fault) for fault in lint.read(_content(event), NAME).faults]
    if not faults:
        logger.info("sound", version=version)
        return
    # The log has the number of faults only: a fault quotes the policy, which belongs to the team.
    logger.warning("refused", version=version, faults=len(faults))
    more = [f"and {len(faults) - _MOST} more"] if len(faults) > _MOST else []
    raise MalformedPolicy(NAME, "\n".join([f"{_many(len(faults))}", *faults[:_MOST], *more]))


def _content(event: Mapping[str, Any]) -> bytes:
    content = event.get("content")
    if not isinstance(content, str):
        raise MalformedSignal("$.content", "must hold the policy in Base64, as AppConfig sends it")
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedSignal("$.content", f"is not Base64: {error}") from error


def _many(faults: int) -> str:
    return "1 fault" if faults == 1 else f"{faults} faults"


__all__ = ["logger", "validate_policy"]
