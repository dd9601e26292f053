"""Plans to take traffic away from the bad variant. It needs no new fleet, and so it is the quickest remedy."""

from collections.abc import Iterator

from kedge.domain.context import EndpointContext
from kedge.domain.decision import RemedyHeld
from kedge.domain.facts import Endpoint, Needs, Variant
from kedge.domain.incident import Incident
from kedge.domain.plan import Plan, ShiftTraffic
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.policy.compiled import Policy, RemedyRule
from kedge.remediation.plans.preconditions import ALLOWED_BY, endpoint_of
from kedge.remediation.plans.request import PlanRequest


def needs(_policy: Policy, _rule: RemedyRule, incident: Incident, _here: EndpointContext) -> Needs:
    """Return only the endpoint."""
    return Needs(endpoint=incident.target.name)


def plan(request: PlanRequest) -> Plan | RemedyHeld:
    """Return the shift of all traffic away from the incident's variant, or the reason against it."""
    endpoint = endpoint_of(request)
    if isinstance(endpoint, RemedyHeld):
        return endpoint
    bad = _bad(request, endpoint)
    return bad if isinstance(bad, RemedyHeld) else _plan(request, endpoint, bad)


def _bad(request: PlanRequest, endpoint: Endpoint) -> Variant | RemedyHeld:
    serving = [variant for variant in endpoint.variants if _serves(variant)]
    wanted = request.incident.variant
    if not any(variant.name != wanted for variant in serving) or (wanted is None and len(serving) == 1):
        only = ", ".join(variant.name for variant in serving) or "none"
        says = (
            f"{request.name} has no other variant that takes traffic ({only} alone does): there is nowhere to shift it"
        )
        return request.refused(HoldReason.NO_OTHER_VARIANT, says)
    if wanted is None:
        names = ", ".join(variant.name for variant in serving)
        says = (
            f"which variant of {request.name} is bad, of {names}? The incident does not say: choose one, or do nothing"
        )
        return request.refused(HoldReason.HOLD, says)
    bad = next((variant for variant in endpoint.variants if variant.name == wanted), None)
    if bad is None:
        says = f"{request.name} has no variant {wanted} any more: what the incident is about does not run"
        return request.refused(HoldReason.ENDPOINT_CHANGED, says)
    if bad.weight <= 0:
        says = f"variant {wanted} of {request.name} takes no traffic, and the incident continues: what else is wrong?"
        return request.refused(HoldReason.HOLD, says)
    return _others_bad(request, serving, wanted) or bad


def _others_bad(request: PlanRequest, serving: list[Variant], wanted: str) -> RemedyHeld | None:
    sick = {incident.variant for incident in request.endpoint_context.companions if incident.is_open}
    if any(variant.name not in sick for variant in serving if variant.name != wanted):
        return None
    says = f"every variant of {request.name} that takes traffic has an open incident: which of them is better?"
    return request.refused(HoldReason.HOLD, says)


def _plan(request: PlanRequest, endpoint: Endpoint, bad: Variant) -> Plan:
    before = {variant.name: variant.weight for variant in endpoint.variants}
    after = {name: 0.0 if name == bad.name else weight for name, weight in before.items()}
    share = bad.weight / sum(before.values())
    others = ", ".join(name for name, weight in after.items() if weight > 0)
    sentence = (
        f"Take variant {bad.name} of {request.name} out of traffic, which has {share:.0%} of it now (weight {bad.weight:g}): all of it goes"
        f" to {others} then, by the weights as they are."
    )
    return Plan(
        target=request.target,
        incident=request.incident.id,
        remedy=RemedyName.SHIFT_TRAFFIC,
        doing=ShiftTraffic(config=endpoint.config or "", away_from=bad.name, before=before, after=after),
        sentence=sentence,
        occasion=request.occasion,
        preconditions=(
            f"{request.name} is InService with config {endpoint.config}, and no update is under way",
            f"{request.name} has the tag {ALLOWED_BY}=true",
            f"its variants have the weights {', '.join(f'{name} {weight:g}' for name, weight in sorted(before.items()))}",
        ),
        notes=tuple(_notes(request, endpoint, bad)),
    )


def _notes(request: PlanRequest, endpoint: Endpoint, bad: Variant) -> Iterator[str]:
    yield f"variant {bad.name} keeps its instances and their cost until you give it traffic or remove it"
    left = [variant for variant in endpoint.variants if _serves(variant) and variant.name != bad.name]
    counted = [variant.count for variant in left if variant.count is not None]
    if bad.count is not None and len(counted) == len(left):
        counts = sum(counted)
        yield f"{counts} instances take what {counts + bad.count} took before"
    if scaled := [variant.name for variant in left if variant.name in (request.facts.scaled or ())]:
        yield f"automatic scaling of {', '.join(scaled)} goes on when the update is over"


def _serves(variant: Variant) -> bool:
    return variant.weight > 0 and variant.count != 0
