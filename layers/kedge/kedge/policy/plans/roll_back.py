"""Back to the newest config that is known as good, with the capacity that the endpoint has."""

from collections.abc import Iterator

from kedge.domain.context import Here
from kedge.domain.decision import Refused
from kedge.domain.deployment import Deployment
from kedge.domain.facts import Endpoint, Needs
from kedge.domain.incident import Incident
from kedge.domain.plan import Plan, RollBack
from kedge.domain.remedy import Refusal, RemedyName
from kedge.policy.plans.ground import ALLOWED_BY, endpoint_of
from kedge.policy.plans.pair import Pair, artifacts_of, is_alias, pair_of
from kedge.policy.plans.record import record_of
from kedge.policy.plans.request import Request, tags_of
from kedge.policy.plans.routing import routing_of
from kedge.policy.remedial import RemedyRule
from kedge.policy.rules import Policy
from kedge.policy.standing import candidates, chosen_by, known_good
from kedge.policy.worth import made_anew


def needs(policy: Policy, _rule: RemedyRule, incident: Incident, here: Here) -> Needs:
    """The endpoint, and beside the config that it runs those that are known as good: the first may have been rejected since."""
    good = candidates(policy, here.deployments, tags_of(incident, here), incident.changed)
    configs = () if isinstance(good, Refused) else tuple(each.config for each in good)
    return Needs(endpoint=incident.target.name, configs=configs)


def plan(request: Request) -> Plan | Refused:
    """The roll-back of an endpoint, or what is in its way."""
    endpoint = endpoint_of(request)
    if isinstance(endpoint, Refused):
        return endpoint
    current = _current(request, endpoint)
    if isinstance(current, Refused):
        return current
    good = known_good(request.policy, request.here.deployments, request.tags, request.now, request.facts)
    if isinstance(good, Refused):
        return good
    if good.config == current.config:
        says = f"the newest config that is known as good, {good.config}, is the one that serves"
        return request.refused(Refusal.NO_KNOWN_GOOD, says)
    pair = pair_of(request, endpoint, current.config, good.config)
    if isinstance(pair, Refused):
        return pair
    return _anew(pair, good) or _plan(pair, current, good)


def _anew(pair: Pair, good: Deployment) -> Refused | None:
    """Whether the config that is there is another than the one that served under its name."""
    found = made_anew(pair.request.facts, pair.request.here.deployments, good)
    if found is None:
        return None
    says = (
        f"{found.what} was deleted and made anew at {found.made:%Y-%m-%d %H:%M} UTC, after it had served: what is in it now was never seen"
        " to be good"
    )
    return pair.request.refused(Refusal.CONFIG_GONE, says)


def _current(request: Request, endpoint: Endpoint) -> Deployment | Refused:
    current = request.here.deployments.current
    if current is None:
        says = f"nothing is known of what {request.name} ran: it can go back to nothing"
        return request.refused(Refusal.NO_KNOWN_GOOD, says)
    if endpoint.config != current.config:
        says = (
            f"{request.name} runs config {endpoint.config}, and {current.config} is what was found bad: it was deployed meanwhile,"
            " and its own runs have to tell how it is"
        )
        return request.refused(Refusal.ENDPOINT_CHANGED, says)
    return current


def _plan(pair: Pair, current: Deployment, good: Deployment) -> Plan:
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
        requesters=chosen_by(request.policy, request.here.deployments, request.tags, request.now, good),
    )


def _preconditions(pair: Pair) -> Iterator[str]:
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


def _notes(pair: Pair) -> Iterator[str]:
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
