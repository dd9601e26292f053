"""The policy: what a team wants to be told, how loudly, and by whom."""

from typing import Annotated, Final

from msgspec import Meta, Struct, ValidationError, convert, field

from kedge.domain.incident import Cause, Severity
from kedge.domain.malformed import MalformedPolicy

_BY_CAUSE: Final = {
    Cause.SCHEMA_BREAK: Severity.CRITICAL,
    Cause.CONCEPT_DRIFT: Severity.CRITICAL,
    Cause.BIAS_DRIFT: Severity.CRITICAL,
    Cause.INPUT_DRIFT: Severity.WARNING,
    Cause.ATTRIBUTION_DRIFT: Severity.WARNING,
    Cause.MONITOR_FAULT: Severity.WARNING,
    Cause.INCONCLUSIVE: Severity.WARNING,
}


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The small default policy, and all that the first form of a policy may say.

    `minimum_records` is the fewest rows of a window on which a verdict counts (fewer than about 500 manufacture drift).
    Input drift is critical from `critical_findings` features or from `critical_share` of all features on.
    `severities` overrides the severity by cause; `alarm_severity` holds for alarms whose metric tells no cause.
    A policy that names no receiver is refused: it would be a silence that nobody asked for.
    """

    name: str = "default"
    version: str = "1"
    minimum_records: Annotated[int, Meta(ge=0)] = 500
    critical_findings: Annotated[int, Meta(ge=1)] = 5
    critical_share: Annotated[float, Meta(ge=0, le=1)] = 0.3
    alarm_severity: Severity = Severity.CRITICAL
    severities: dict[Cause, Severity] = field(default_factory=dict)
    receivers: Annotated[tuple[str, ...], Meta(min_length=1)] = ("ml-oncall",)

    @property
    def label(self) -> str:
        """How a decision names the policy that it was made by."""
        return f"{self.name}@{self.version}"

    def severity_of(self, cause: Cause) -> Severity:
        """The severity of a cause before anything makes it worse."""
        return self.severities.get(cause) or _BY_CAUSE.get(cause, Severity.WARNING)


def policy_from(document: object) -> Policy:
    """The policy that a decoded document states. Raises MalformedPolicy with the path of the fault."""
    try:
        return convert(document, Policy)
    except ValidationError as error:
        why, _, path = str(error).partition(" - at ")
        raise MalformedPolicy(path.strip("`") or "$", why) from error
