"""The entry point of validate-policy, which AppConfig calls before it deploys a configuration.

Its event is `{"applicationId", "configurationProfileId", "configurationVersion", "content", "uri"}`, with the
configuration in Base64. Source: "Understanding validators" in the user guide of AWS AppConfig.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from kedge.domain.errors import MalformedMonitors, MalformedPolicy, MalformedSignal
from kedge.lambdas.observability import logger
from kedge.monitors import lint as monitors_lint
from kedge.policy import lint

NAME: Final = "policy.yaml"
"""The name of a policy in its faults: AppConfig has no file name."""
MONITORS: Final = "monitors.yaml"
"""The name of a Monitors document in its faults."""

_MOST: Final = 20


def validate_policy(event: Mapping[str, Any]) -> None:
    """Return normally if the document is valid. Its `kind` says if it is a Monitors document; all others are policies.

    Raises:
        MalformedPolicy: the policy has faults, in the words of `kedge policy lint`.
        MalformedMonitors: the Monitors document has faults, in the words of `kedge monitor lint`.
        MalformedSignal: the event is not an event of AppConfig.
    """
    version, content = str(event.get("configurationVersion", "")), _content(event)
    of_monitors = lint.kind_of(content) == monitors_lint.KIND
    faults = [str(fault) for fault in _faults(content, of_monitors=of_monitors)]
    if not faults:
        logger.info("sound", version=version)
        return
    # The log has the number of faults only: a fault quotes the document, which belongs to the team.
    logger.warning("refused", version=version, faults=len(faults))
    more = [f"and {len(faults) - _MOST} more"] if len(faults) > _MOST else []
    told = "\n".join([f"{_many(len(faults))}", *faults[:_MOST], *more])
    raise MalformedMonitors(MONITORS, told) if of_monitors else MalformedPolicy(NAME, told)


def _faults(content: bytes, *, of_monitors: bool) -> tuple[lint.Fault, ...]:
    if of_monitors:
        return monitors_lint.read(content, MONITORS).faults
    return lint.read(content, NAME).faults


def _content(event: Mapping[str, Any]) -> bytes:
    content = event.get("content")
    if not isinstance(content, str):
        raise MalformedSignal("$.content", "must hold the document in Base64, as AppConfig sends it")
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedSignal("$.content", f"is not Base64: {error}") from error


def _many(faults: int) -> str:
    return "1 fault" if faults == 1 else f"{faults} faults"


__all__ = ["logger", "validate_policy"]
