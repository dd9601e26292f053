"""Plans a call of the team's own function or state machine, whose effect belongs to the team."""

from typing import Final

from kedge.domain.context import EndpointContext
from kedge.domain.decision import RemedyHeld
from kedge.domain.facts import Needs
from kedge.domain.incident import Incident
from kedge.domain.plan import Invoke, Plan, Starter
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.policy.compiled import Policy, RemedyRule
from kedge.remediation.plans.launch import Launch, using_of
from kedge.remediation.plans.parameters import notes_of, parameters_of
from kedge.remediation.plans.request import PlanRequest

_CALLABLE: Final = (Starter.FUNCTION, Starter.STATE_MACHINE)


def needs(_policy: Policy, rule: RemedyRule, _incident: Incident, _here: EndpointContext) -> Needs:
    """Return the target of the call."""
    return Needs(using=rule.using)


def plan(request: PlanRequest) -> Plan | RemedyHeld:
    """Return the call of the rule's target, or the reason against it."""
    if request.rule.using is None:
        says = f"{request.place} does not say what is called: write the ARN of a function or state machine as `using`"
        return request.refused(HoldReason.NOTHING_TO_START, says)
    using = using_of(request, request.rule.using, f"{request.place}.using", _CALLABLE)
    if isinstance(using, RemedyHeld):
        return using
    parameters = parameters_of(request, using)
    return parameters if isinstance(parameters, RemedyHeld) else _plan(request, using, parameters)


def _plan(request: PlanRequest, using: Launch, parameters: dict[str, str]) -> Plan:
    given = ", ".join(f"{name}={value}" for name, value in parameters.items())
    return Plan(
        target=request.target,
        incident=request.incident.id,
        remedy=RemedyName.INVOKE,
        doing=Invoke(using=using.arn, starter=using.starter, parameters=parameters),
        sentence=f"Call {using.words} for {request.name}{f', with {given}' if given else ''}.",
        occasion=request.occasion,
        preconditions=(f"the incident of {request.name} is still open",),
        notes=(
            f"{using.said} says what is called: {using.arn}; what it does to {request.name} only its team knows",
            *notes_of(request),
        ),
    )
