"""The remedies, one row each. Makes a remedy's plan from the facts that were read, or says why that is impossible.

Nothing is guessed.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from kedge.domain.attributed import table_of
from kedge.domain.context import EndpointContext
from kedge.domain.decision import RemedyHeld
from kedge.domain.facts import Needs
from kedge.domain.incident import Incident
from kedge.domain.plan import Invoke, Plan, Retrain, RollBack, ShiftTraffic, Starter
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.policy.compiled import Policy, RemedyRule
from kedge.remediation.plans import invoke, retrain, roll_back, shift_traffic
from kedge.remediation.plans.request import PlanRequest


class Remedy(Struct, frozen=True, kw_only=True):
    """The row of a remedy in this package.

    `needs` says which facts its plan needs, and `plan` makes it. `action` is the type of the plan's action: verification,
    executor and wake keys follow it (`kedge.domain.plan`). `starters` are the services that it starts something with,
    empty if it starts nothing. Its words and properties are at its name (`kedge.domain.remedy`).
    """

    needs: Callable[[Policy, RemedyRule, Incident, EndpointContext], Needs]
    plan: Callable[[PlanRequest], Plan | RemedyHeld]
    action: type[RollBack | ShiftTraffic | Retrain | Invoke]
    starters: tuple[Starter, ...]


REMEDIES: Final = table_of(
    RemedyName,
    {
        RemedyName.ROLL_BACK: Remedy(needs=roll_back.needs, plan=roll_back.plan, action=RollBack, starters=()),
        RemedyName.SHIFT_TRAFFIC: Remedy(
            needs=shift_traffic.needs, plan=shift_traffic.plan, action=ShiftTraffic, starters=()
        ),
        RemedyName.RETRAIN: Remedy(needs=retrain.needs, plan=retrain.plan, action=Retrain, starters=tuple(Starter)),
        RemedyName.INVOKE: Remedy(
            needs=invoke.needs, plan=invoke.plan, action=Invoke, starters=(Starter.FUNCTION, Starter.STATE_MACHINE)
        ),
        RemedyName.NONE: None,
    },
)


def needs_of(policy: Policy, rule: RemedyRule, incident: Incident, endpoint_context: EndpointContext) -> Needs:
    """Return the facts that a plan of this rule needs; none for a rule without a remedy.

    The tags are those of `endpoint_context.facts` if there are any, else those that the incident stores. If a tag changed since, a
    second read with the facts of the first knows what to request.
    """
    remedy = REMEDIES[rule.remedy]
    return Needs() if remedy is None else remedy.needs(policy, rule, incident, endpoint_context)


def plan_of(
    policy: Policy,
    rule: RemedyRule,
    incident: Incident,
    endpoint_context: EndpointContext,
    now: datetime,
    occasion: str,
) -> Plan | RemedyHeld:
    """Return the plan of a rule for an incident, or the first reason against it.

    `occasion` distinguishes repeatable actions: two plans with the same one are the same plan. A first roll-back has
    none, since it ends a deployment that exists once.

    Raises:
        ValueError: the rule does not have a remedy.
    """
    remedy = REMEDIES[rule.remedy]
    if remedy is None:
        raise ValueError(f"there is no plan for {rule.remedy}")
    if endpoint_context.facts is None:
        says = f"what has to be known of {incident.target.name} could not be read: nothing is planned on a guess"
        return RemedyHeld(remedy=rule.remedy, why=HoldReason.UNREADABLE, says=says)
    request = PlanRequest(
        policy=policy,
        rule=rule,
        incident=incident,
        endpoint_context=endpoint_context,
        facts=endpoint_context.facts,
        now=now,
        occasion=occasion,
    )
    return remedy.plan(request)
