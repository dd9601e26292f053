"""Plans the start of a pipeline for a new model. The registry's approval decides whether it serves, never Kedge."""

from collections.abc import Iterator
from typing import Final

from kedge.domain.cause import Cause
from kedge.domain.context import EndpointContext
from kedge.domain.decision import RemedyHeld
from kedge.domain.facts import Needs
from kedge.domain.incident import Incident
from kedge.domain.plan import Plan, Retrain, Starter
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.domain.target import TargetKind
from kedge.formatting import format_time
from kedge.policy.compiled import Policy, RemedyRule
from kedge.remediation.plans.launch import Launch, as_aws_writes, using_of
from kedge.remediation.plans.parameters import notes_of, parameters_of
from kedge.remediation.plans.request import PlanRequest, tags_of

_TELLING: Final = frozenset({Starter.PIPELINE, Starter.STATE_MACHINE, Starter.CODE_PIPELINE})
"""The services that report which of their executions run."""


def needs(policy: Policy, rule: RemedyRule, incident: Incident, endpoint_context: EndpointContext) -> Needs:
    """Return the endpoint, if there is one, and the resource to start."""
    using = rule.using or tags_of(incident, endpoint_context).get(policy.ownership.pipeline_tag)
    endpoint = incident.target.name if incident.target.kind is TargetKind.ENDPOINT else None
    return Needs(endpoint=endpoint, using=using and as_aws_writes(using))


def plan(request: PlanRequest) -> Plan | RemedyHeld:
    """Return the start of a retraining, or the reason against it."""
    if (broken := _broken(request)) is not None:
        return broken
    using = _using(request)
    if isinstance(using, RemedyHeld):
        return using
    if request.facts.exists is False:
        says = f"there is no {using.words}: correct {using.said}"
        return request.refused(HoldReason.NOTHING_TO_START, says)
    if request.facts.running:
        says = f"{using.words} runs already: {', '.join(request.facts.running)}; the next may begin when that has ended"
        return request.refused(HoldReason.ALREADY_RUNNING, says)
    parameters = parameters_of(request, using)
    return parameters if isinstance(parameters, RemedyHeld) else _plan(request, using, parameters)


def _broken(request: PlanRequest) -> RemedyHeld | None:
    """Refuse to make a model of broken data."""
    every = (request.incident, *(each for each in request.endpoint_context.companions if each.is_open))
    for incident in every:
        if incident.cause is Cause.SCHEMA_BREAK:
            says = (
                f"the data of {request.name} is broken since {format_time(incident.since)} (incident {incident.id}): fix it first,"
                " because a model made of it would be worse"
            )
            return request.refused(HoldReason.HOLD, says)
    return None


def _using(request: PlanRequest) -> Launch | RemedyHeld:
    tag = request.policy.ownership.pipeline_tag
    if request.rule.using is not None:
        return using_of(request, request.rule.using, f"{request.place}.using", tuple(Starter))
    named = request.tags.get(tag, "")
    if not named:
        says = f"nothing says what makes a new model for {request.name}: set its tag {tag}, or {request.place}.using, to an ARN"
        return request.refused(HoldReason.NOTHING_TO_START, says)
    if request.facts.using not in (None, as_aws_writes(named)):
        # The facts about running executions belong to the tag that the incident stores.
        says = f"the tag {tag} of {request.name} changed to {named!r} just now, and Kedge did not read that yet"
        return request.refused(HoldReason.UNREADABLE, says)
    return using_of(request, named, f"the tag {tag} of {request.name}", tuple(Starter))


def _plan(request: PlanRequest, using: Launch, parameters: dict[str, str]) -> Plan:
    given = ", ".join(f"{name}={value}" for name, value in parameters.items())
    return Plan(
        target=request.target,
        incident=request.incident.id,
        remedy=RemedyName.RETRAIN,
        doing=Retrain(using=using.arn, starter=using.starter, parameters=parameters, packages=_packages(request)),
        sentence=(
            f"Start {using.words} for a new model of {request.name}{f', with {given}' if given else ''}; whether that model serves is"
            " decided later, by its approval in the model registry."
        ),
        occasion=request.occasion,
        preconditions=tuple(_preconditions(request, using)),
        notes=tuple(_notes(request, using)),
    )


def _preconditions(request: PlanRequest, using: Launch) -> Iterator[str]:
    if using.starter in _TELLING:
        yield f"no execution of {using.words} is under way"
    if request.facts.parameters is not None and request.rule.parameters:
        yield f"{using.words} has the parameters {', '.join(sorted(request.rule.parameters))}"
    yield f"the data of {request.name} is not broken"


def _notes(request: PlanRequest, using: Launch) -> Iterator[str]:
    yield f"{using.said} says what is started: {using.arn}"
    if using.starter not in _TELLING:
        yield f"{using.words} does not report its result: only the monitors of {request.name} can show it"
    elif request.facts.running is None:
        yield f"whether {using.words} runs already could not be read"
    if request.rule.parameters and using.starter is Starter.PIPELINE and request.facts.parameters is None:
        yield f"which parameters {using.words} takes could not be read"
    yield from notes_of(request)


def _packages(request: PlanRequest) -> tuple[str, ...]:
    """Return the model packages that serve now, for the comparison with the new one."""
    facts = request.facts
    config = facts.configs.get(facts.endpoint.config or "") if facts.endpoint is not None else None
    models = (facts.models.get(variant.model or "") for variant in config.variants) if config is not None else ()
    found = tuple(dict.fromkeys(arn for model in models if model is not None for arn in model.packages))
    current = request.endpoint_context.deployments.current
    return found or (current.packages if current is not None else ())
