"""What no authority confirms of that on which a remedy rests: then a person has to decide."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from kedge.domain.cause import Cause
from kedge.domain.context import EndpointContext
from kedge.domain.incident import Incident
from kedge.domain.plan import Plan, RollBack
from kedge.domain.run import Monitor
from kedge.policy.compiled import Policy
from kedge.remediation.config_trust import outlived, unread_approval
from kedge.remediation.known_good import doubt_about

BROKEN_INPUT: Final = frozenset({Cause.SCHEMA_BREAK})
"""Beside an incident of these causes, what a model's figures show has another cause than the model."""


def doubts_of(
    policy: Policy, incident: Incident, here: EndpointContext, plan: Plan | None, now: datetime
) -> tuple[str, ...]:
    """What no authority confirms of that on which a remedy rests, or is too old to rest on, in sentences: then a person has to decide."""
    found = []
    provenance = incident.provenance
    if provenance is None:
        found.append("Kedge did not record yet who confirms this evidence.")
    elif not provenance.may_act:
        origin = provenance.says or "a message"
        found.append(
            f"Its evidence is {origin}, which {'CloudWatch' if incident.monitor is Monitor.ALARM else 'SageMaker'}'s API does not confirm."
        )
    if plan is not None and isinstance(plan.doing, RollBack):
        found += [f"{doubt[0].upper()}{doubt[1:]}." for doubt in _of_config(policy, here, plan.doing.to_config, now)]
    said = [each for each in here.companions if each.cause in BROKEN_INPUT and not weighs(each, incident)]
    if said:
        found.append(f"A report that no authority confirms says that the data of {incident.target.name} is broken.")
    if here.fleet is not None and not weighs(here.fleet, incident) and shares(incident, here):
        found.append("Reports that no authority confirms say that the same features drift on many targets.")
    return tuple(found)


def _of_config(policy: Policy, here: EndpointContext, config: str, now: datetime) -> Iterator[str]:
    """What speaks against going back to a config without asking."""
    tags = (here.facts.tags if here.facts is not None else None) or {}
    doubts = (
        doubt_about(policy, here.deployments, tags, config),
        outlived(policy, here.deployments, config, now),
        unread_approval(here.facts, config) if here.facts is not None else None,
    )
    yield from (doubt for doubt in doubts if doubt is not None)


def weighs(other: Incident, incident: Incident) -> bool:
    """Whether another incident may hold back what is done about this one: what is only said does not, if this one is confirmed."""
    return other.is_confirmed or other.provenance is None or not incident.is_confirmed


def shares(incident: Incident, here: EndpointContext) -> bool:
    """Whether a feature that drifts on many targets drifts on this one as well."""
    fleet = here.fleet
    return fleet is not None and any(set(each.features) & set(fleet.features) for each in (incident, *here.companions))
