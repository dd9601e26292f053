"""A remedy spelled out as a plan, out of what was read of the world; or why it cannot be. Nothing is guessed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from kedge.domain.context import EndpointContext
from kedge.domain.decision import RemedyHeld
from kedge.domain.facts import Needs
from kedge.domain.incident import Incident
from kedge.domain.plan import Plan
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.policy.compiled import Policy
from kedge.policy.spec.remediation import RemedyRuleSpec
from kedge.remediation.plans import invoke, retrain, roll_back, shift_traffic
from kedge.remediation.plans.request import PlanRequest

_NEEDS: Final[Mapping[RemedyName, Callable[[Policy, RemedyRuleSpec, Incident, EndpointContext], Needs]]] = {
    RemedyName.ROLL_BACK: roll_back.needs,
    RemedyName.SHIFT_TRAFFIC: shift_traffic.needs,
    RemedyName.RETRAIN: retrain.needs,
    RemedyName.INVOKE: invoke.needs,
}
_PLANS: Final[Mapping[RemedyName, Callable[[PlanRequest], Plan | RemedyHeld]]] = {
    RemedyName.ROLL_BACK: roll_back.plan,
    RemedyName.SHIFT_TRAFFIC: shift_traffic.plan,
    RemedyName.RETRAIN: retrain.plan,
    RemedyName.INVOKE: invoke.plan,
}


def needs_of(policy: Policy, rule: RemedyRuleSpec, incident: Incident, here: EndpointContext) -> Needs:
    """What has to be read before a plan of this rule can be made; nothing, for a rule without a remedy.

    The tags that count are those of `here.facts` where there are any, else those that the incident remembers: where a tag changed since, a
    second reading with the first one's facts knows what to ask for.
    """
    make = _NEEDS.get(rule.remedy)
    return Needs() if make is None else make(policy, rule, incident, here)


def plan_of(
    policy: Policy, rule: RemedyRuleSpec, incident: Incident, here: EndpointContext, now: datetime, occasion: str
) -> Plan | RemedyHeld:
    """The plan of a rule for an incident, or the first thing that is in its way.

    `occasion` tells apart what may be done more than once: two plans with the same one are the same plan. A first roll-back has none, since it
    ends a deployment that there is once. Raises ValueError for a rule without a remedy.
    """
    make = _PLANS.get(rule.remedy)
    if make is None:
        raise ValueError(f"there is no plan for {rule.remedy}")
    if here.facts is None:
        says = f"what has to be known of {incident.target.name} could not be read: nothing is planned on a guess"
        return RemedyHeld(remedy=rule.remedy, why=HoldReason.UNREADABLE, says=says)
    request = PlanRequest(
        policy=policy, rule=rule, incident=incident, here=here, facts=here.facts, now=now, occasion=occasion
    )
    return make(request)
