"""Message attributes, by which a subscription's filter policy chooses.

SNS refuses an empty value and characters outside Unicode's first plane; names and values count to the message's size.
"""

from typing import Final

from kedge.domain.effect import Effect
from kedge.notify.plain import plain

NAMES: Final = ("severity", "status", "target", "monitor", "environment", "cause", "why", "account", "region")
_LONGEST: Final = 256
_LAST_OF_FIRST_PLANE: Final = "\uffff"


def attributes(effect: Effect) -> dict[str, str]:
    """The attributes of an effect's message, those that would be empty left out."""
    incident = effect.incident
    values = {
        "severity": incident.severity,
        "status": incident.state,
        "target": incident.target.name,
        "monitor": incident.monitor,
        "environment": effect.environment,
        "cause": incident.cause,
        "why": effect.why,
        "account": incident.target.account,
        "region": incident.target.region,
    }
    return {name: kept for name in NAMES if (kept := _fit(values[name]))}


def _fit(value: str) -> str:
    return "".join(char for char in plain(value) if char <= _LAST_OF_FIRST_PLANE)[:_LONGEST].strip()
