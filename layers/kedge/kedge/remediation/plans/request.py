"""The request for a plan, and its refusal."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from kedge.domain.context import EndpointContext
from kedge.domain.decision import RemedyHeld
from kedge.domain.facts import Facts
from kedge.domain.incident import Incident
from kedge.domain.remedy import HoldReason, Mode
from kedge.domain.target import Target
from kedge.policy.compiled import Policy, RemedyRule


class PlanRequest(Struct, frozen=True, kw_only=True):
    """A rule for an incident, and all facts that were read for it."""

    policy: Policy
    rule: RemedyRule
    incident: Incident
    endpoint_context: EndpointContext
    facts: Facts
    now: datetime
    occasion: str

    @property
    def target(self) -> Target:
        """Return the target of the remedy."""
        return self.incident.target

    @property
    def name(self) -> str:
        """Return its name for people."""
        return self.incident.target.name

    @property
    def place(self) -> str:
        """Return the place of the rule in the policy."""
        return self.rule.place

    @property
    def is_automatic(self) -> bool:
        """Return whether the policy allows the remedy without approval."""
        limits = self.policy.limits
        return self.rule.mode is Mode.AUTO and not limits.dry_run and not limits.kill_switch

    @property
    def tags(self) -> Mapping[str, str]:
        """Return the endpoint's tags."""
        return tags_of(self.incident, self.endpoint_context)

    def refused(self, why: HoldReason, says: str, until: datetime | None = None) -> RemedyHeld:
        """Return the refusal of the plan, with the reason and the required change."""
        return RemedyHeld(remedy=self.rule.remedy, why=why, says=says, until=until)


def tags_of(incident: Incident, endpoint_context: EndpointContext) -> Mapping[str, str]:
    """Return the target's tags from the facts of the plan, else from the incident."""
    if endpoint_context.facts is not None and endpoint_context.facts.tags is not None:
        return endpoint_context.facts.tags
    return incident.tags
