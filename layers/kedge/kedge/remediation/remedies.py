"""Makes a remedy's plan from the facts that were read, or says why that is impossible. Nothing is guessed."""

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
    """Return the facts that a plan of this rule needs; none for a rule without a remedy.

    The tags are those of `here.facts` if there are any, else those that the incident stores. If a tag changed since, a
    second read with the facts of the first knows what to request.
    """
    make = _NEEDS.get(rule.remedy)
    return Needs() if make is None else make(policy, rule, incident, here)


def plan_of(
    policy: Policy, rule: RemedyRuleSpec, incident: Incident, here: EndpointContext, now: datetime, occasion: str
) -> Plan | RemedyHeld:
    """Return the plan of a rule for an incident, or the first reason against it.

    `occasion` distinguishes repeatable actions: two plans with the same one are the same plan. A first roll-back has
    none, since it ends a deployment that exists once.

    Raises:
        ValueError: the rule does not have a remedy.
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
