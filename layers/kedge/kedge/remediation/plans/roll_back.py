"""Plans a roll-back to the newest known-good config, with the endpoint's current capacity."""

from collections.abc import Iterator
from typing import Final

from kedge.decide.deployment_ledger import EVER
from kedge.domain.context import EndpointContext
from kedge.domain.decision import RemedyHeld
from kedge.domain.deployment import Deployment, DeploymentOrigin
from kedge.domain.facts import Endpoint, Needs, Variant
from kedge.domain.incident import Incident
from kedge.domain.plan import Plan, RollBack, Routing, Strategy
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.formatting import format_day, format_period, format_time
from kedge.policy.compiled import Policy, RemedyRule
from kedge.remediation.known_good import candidates, chosen_by, known_good, made_anew
from kedge.remediation.plans.config_diff import ConfigDiff, artifacts_of, is_alias, pair_of
from kedge.remediation.plans.preconditions import ALLOWED_BY, endpoint_of
from kedge.remediation.plans.request import PlanRequest, tags_of


def record_of(request: PlanRequest, good: Deployment) -> str:
    """Return the end of a sentence about a config.

    For example `which served from 3 to 20 November 2026 and whose last 14 runs were clean`.
    """
    found = [part for part in (_served(request, good), _runs(good), _named(request, good)) if part]
    return " and ".join(found) or "about which nothing else is known"


def _served(request: PlanRequest, good: Deployment) -> str:
    if good not in request.endpoint_context.deployments.history:
        return "which was not seen to serve here"
    until = good.until or request.now
    found = good.arrival is DeploymentOrigin.FOUND or good.since == EVER
    return f"which served until {format_day(until)}" if found else f"which served {format_period(good.since, until)}"


def _runs(good: Deployment) -> str:
    clean = sum(tally.clean for tally in good.runs.values())
    every = clean + sum(tally.bad for tally in good.runs.values())
    if every == 0:
        return ""
    if clean == every:
        return "whose one run was clean" if every == 1 else f"whose last {every} runs were clean"
    return f"of whose {every} runs {clean} were clean"


def _named(request: PlanRequest, good: Deployment) -> str:
    tag = request.policy.ownership.known_good_tag
    if good.config in request.tags.get(tag, "").split():
        return f"which the tag {tag} names as good"
    mark = next(
        (mark for mark in request.endpoint_context.deployments.marks if mark.config == good.config and mark.good), None
    )
    return f"which {mark.author_name} named as good on {format_day(mark.at)}" if mark is not None else ""


CANARY: Final = Strategy(routing=Routing.CANARY, canary_instances=1, wait_seconds=300)
"""One instance of each variant for 5 minutes, then the rest."""

_FEWEST: Final = 2  # a canary may be half of a fleet at most
_WITHOUT_GUARDRAILS: Final = ("ml.inf1.", "ml.eia")  # docs/aws-behaviour.md


def routing_of(pair: ConfigDiff) -> tuple[Strategy | None, str]:
    """Return a canary if every variant can have one, else None for SageMaker's default; and the reason in one sentence."""
    counts = {variant.name: variant.count for variant in pair.endpoint.variants}
    for variant in (*pair.now.variants, *pair.then.variants):
        if (why := _no_canary(variant, counts.get(variant.name))) is not None:
            return None, f"all traffic moves at once, as SageMaker does by default: {why}"
    return CANARY, "one instance of each variant takes traffic for 5 minutes before the rest follows"


def _no_canary(variant: Variant, count: int | None) -> str | None:
    if variant.serverless:
        return f"variant {variant.name} is serverless"
    if count is None or count < _FEWEST:
        runs = "an unknown number of instances" if count is None else count
        return f"variant {variant.name} runs {runs}, and a canary needs {_FEWEST} at least"
    kind = variant.instance_type
    if kind is None or kind.startswith(_WITHOUT_GUARDRAILS):
        return (
            f"variant {variant.name} runs on {kind or 'an unknown instance type'}, for which SageMaker has no canaries"
        )
    return None


def needs(policy: Policy, _rule: RemedyRule, incident: Incident, endpoint_context: EndpointContext) -> Needs:
    """Return the endpoint and the known-good configs beside its current one: the first may have been rejected since."""
    good = candidates(policy, endpoint_context.deployments, tags_of(incident, endpoint_context), incident.changed)
    configs = () if isinstance(good, RemedyHeld) else tuple(each.config for each in good)
    return Needs(endpoint=incident.target.name, configs=configs)


def plan(request: PlanRequest) -> Plan | RemedyHeld:
    """Return the roll-back of an endpoint, or the reason against it."""
    endpoint = endpoint_of(request)
    if isinstance(endpoint, RemedyHeld):
        return endpoint
    current = _current(request, endpoint)
    if isinstance(current, RemedyHeld):
        return current
    good = known_good(request.policy, request.endpoint_context.deployments, request.tags, request.now, request.facts)
    if isinstance(good, RemedyHeld):
        return good
    if good.config == current.config:
        says = f"the newest config that is known as good, {good.config}, is the one that serves"
        return request.refused(HoldReason.NO_KNOWN_GOOD, says)
    pair = pair_of(request, endpoint, current.config, good.config)
    if isinstance(pair, RemedyHeld):
        return pair
    return _anew(pair, good) or _plan(pair, current, good)


def _anew(pair: ConfigDiff, good: Deployment) -> RemedyHeld | None:
    """Refuse a config that differs from the one that served under its name."""
    found = made_anew(pair.request.facts, pair.request.endpoint_context.deployments, good)
    if found is None:
        return None
    says = (
        f"{found.what} was deleted and made anew at {format_time(found.made)}, after it had served: what is in it now was never seen"
        " to be good"
    )
    return pair.request.refused(HoldReason.CONFIG_GONE, says)


def _current(request: PlanRequest, endpoint: Endpoint) -> Deployment | RemedyHeld:
    current = request.endpoint_context.deployments.current
    if current is None:
        says = f"nothing is known of what {request.name} ran: it can go back to nothing"
        return request.refused(HoldReason.NO_KNOWN_GOOD, says)
    if endpoint.config != current.config:
        says = (
            f"{request.name} runs config {endpoint.config}, and {current.config} is what was found bad: it was deployed meanwhile,"
            " and its own runs have to show how it is"
        )
        return request.refused(HoldReason.ENDPOINT_CHANGED, says)
    return current


def _plan(pair: ConfigDiff, current: Deployment, good: Deployment) -> Plan:
    request = pair.request
    strategy, how = routing_of(pair)
    return Plan(
        target=request.target,
        incident=request.incident.id,
        remedy=RemedyName.ROLL_BACK,
        doing=RollBack(from_config=current.config, to_config=good.config, since=current.since),
        sentence=f"Roll {request.name} back from config {current.config} to {good.config}, {record_of(request, good)}.",
        occasion=request.occasion,
        strategy=strategy,
        preconditions=tuple(_preconditions(pair)),
        notes=(how, *_notes(pair)),
        requesters=chosen_by(request.policy, request.endpoint_context.deployments, request.tags, request.now, good),
    )


def _preconditions(pair: ConfigDiff) -> Iterator[str]:
    name = pair.request.name
    models = ", ".join(dict.fromkeys(variant.model for variant in pair.then.variants if variant.model))
    variants = ", ".join(sorted(variant.name for variant in pair.then.variants))
    yield f"{name} is InService with config {pair.now.name}, and no update is under way"
    yield f"{name} has the tag {ALLOWED_BY}=true"
    yield f"configs {pair.now.name} and {pair.then.name} exist, and the models of {pair.then.name}: {models}"
    if looked := [uri for uri in artifacts_of(pair) if uri in pair.request.facts.artifacts]:
        yield f"the models' artifacts are there: {', '.join(looked)}"
    yield f"both configs have the same variants: {variants}"
    if pair.endpoint.capture:
        yield f"config {pair.then.name} captures data, as {name} does now"
    if pair.then.key is not None and pair.request.facts.keys and not is_alias(pair.then.key):
        yield f"EndpointKeyArns names the KMS key of config {pair.then.name}: {pair.then.key}"


def _notes(pair: ConfigDiff) -> Iterator[str]:
    name, facts = pair.request.name, pair.request.facts
    yield (
        f"no alarm guards the update: those of {name} are what may be in alarm now, and SageMaker would end the update by them"
    )
    yield "instance counts and weights stay as they are (RetainAllVariantProperties)"
    for one, other in pair.retyped:
        yield f"variant {one.name} goes from {one.instance_type} to {other.instance_type}: the same count is not the same capacity"
    if pair.then.key is not None and is_alias(pair.then.key):
        yield f"whether EndpointKeyArns names the KMS key behind {pair.then.key} is unknown: if not, AWS refuses the update"
    if facts.scaled is None:
        yield "whether a variant is under automatic scaling could not be read"
    elif facts.scaled:
        yield f"automatic scaling of {', '.join(facts.scaled)} stands still while the endpoint is updated"
    if unseen := [uri for uri in artifacts_of(pair) if uri not in facts.artifacts]:
        yield f"whether the models' artifacts are there could not be read: {', '.join(unseen)}"
    if gone := sorted(set(pair.now.shadows) ^ set(pair.then.shadows)):
        yield f"shadow variants differ between the two configs: {', '.join(gone)}"
