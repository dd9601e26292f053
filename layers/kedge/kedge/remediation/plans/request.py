"""What a plan is asked for with, and how it is refused."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from kedge.domain.context import EndpointContext
from kedge.domain.decision import RemedyHeld
from kedge.domain.facts import Facts
from kedge.domain.incident import Incident
from kedge.domain.remedy import HoldReason, Mode
from kedge.domain.target import Target
from kedge.policy.compiled import Policy
from kedge.policy.spec.remediation import RemedyRuleSpec


class PlanRequest(Struct, frozen=True, kw_only=True):
    """A rule that answers an incident, and all that was read for it."""

    policy: Policy
    rule: RemedyRuleSpec
    incident: Incident
    here: EndpointContext
    facts: Facts
    now: datetime
    occasion: str

    @property
    def target(self) -> Target:
        """What the remedy is for."""
        return self.incident.target

    @property
    def name(self) -> str:
        """What people call it."""
        return self.incident.target.name

    @property
    def place(self) -> str:
        """Where the rule stands in the policy."""
        return place_of(self.policy, self.rule)

    @property
    def is_automatic(self) -> bool:
        """Whether the policy lets the remedy be carried out without approval."""
        limits = self.policy.document.limits
        return self.rule.mode is Mode.AUTO and not limits.dry_run and not limits.kill_switch

    @property
    def tags(self) -> Mapping[str, str]:
        """The endpoint's tags."""
        return tags_of(self.incident, self.here)

    def refused(self, why: HoldReason, says: str, until: datetime | None = None) -> RemedyHeld:
        """That it is not planned, why, and what would have to change."""
        return RemedyHeld(remedy=self.rule.remedy, why=why, says=says, until=until)


def place_of(policy: Policy, rule: RemedyRuleSpec) -> str:
    """Where a rule stands in its policy, as `remedies[2]`."""
    rules = policy.document.remedies
    return f"remedies[{rules.index(rule)}]" if rule in rules else "the rule"


def tags_of(incident: Incident, here: EndpointContext) -> Mapping[str, str]:
    """The target's tags as they were read for the plan; where that was not done, as the incident remembers them."""
    if here.facts is not None and here.facts.tags is not None:
        return here.facts.tags
    return incident.tags
