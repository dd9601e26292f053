"""The unconfirmed facts behind a remedy: then a person has to decide."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from kedge.domain.cause import Cause
from kedge.domain.context import EndpointContext
from kedge.domain.incident import Incident
from kedge.domain.plan import Plan, RollBack
from kedge.domain.run import Monitor
from kedge.policy.compiled import Policy
from kedge.remediation.known_good import doubt_about, outlived, unread_approval

BROKEN_INPUT: Final = frozenset({Cause.SCHEMA_BREAK})
"""The causes of an incident beside which a model's figures have another cause than the model."""


def doubts_of(
    policy: Policy, incident: Incident, endpoint_context: EndpointContext, plan: Plan | None, now: datetime
) -> tuple[str, ...]:
    """Return the unconfirmed or outdated facts behind a remedy as sentences: then a person has to decide."""
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
        found += [
            f"{doubt[0].upper()}{doubt[1:]}."
            for doubt in _of_config(policy, endpoint_context, plan.doing.to_config, now)
        ]
    said = [each for each in endpoint_context.companions if each.cause in BROKEN_INPUT and not weighs(each, incident)]
    if said:
        found.append(f"A report that no authority confirms says that the data of {incident.target.name} is broken.")
    if (
        endpoint_context.fleet is not None
        and not weighs(endpoint_context.fleet, incident)
        and shares(incident, endpoint_context)
    ):
        found.append("Reports that no authority confirms say that the same features drift on many targets.")
    return tuple(found)


def _of_config(policy: Policy, endpoint_context: EndpointContext, config: str, now: datetime) -> Iterator[str]:
    """Yield the reasons against an automatic roll-back to a config."""
    tags = (endpoint_context.facts.tags if endpoint_context.facts is not None else None) or {}
    doubts = (
        doubt_about(policy, endpoint_context.deployments, tags, config),
        outlived(policy, endpoint_context.deployments, config, now),
        unread_approval(endpoint_context.facts, config) if endpoint_context.facts is not None else None,
    )
    yield from (doubt for doubt in doubts if doubt is not None)


def weighs(other: Incident, incident: Incident) -> bool:
    """Return whether another incident may hold this one's remedy: an unconfirmed one cannot hold a confirmed one's."""
    return other.is_confirmed or other.provenance is None or not incident.is_confirmed


def shares(incident: Incident, endpoint_context: EndpointContext) -> bool:
    """Return whether a feature that drifts on many targets also drifts on this one."""
    fleet = endpoint_context.fleet
    return fleet is not None and any(
        set(each.features) & set(fleet.features) for each in (incident, *endpoint_context.companions)
    )
