"""The preconditions of every change of an endpoint: it is one, its team allows it, and it exists, is healthy and idle."""

from collections.abc import Callable
from typing import Final

from kedge.domain.decision import RemedyHeld
from kedge.domain.facts import Endpoint
from kedge.domain.remedy import HoldReason
from kedge.domain.target import TargetKind
from kedge.remediation.plans.request import PlanRequest

ALLOWED_BY: Final = "kedge:remediate"
"""The tag with which a team allows changes of its endpoint: IAM requires the same one (docs/aws-behaviour.md)."""

_YES: Final = "true"
_IN_SERVICE: Final = "InService"
# AWS's own words for them: it accepts no update while they last (docs/aws-behaviour.md).
_BUSY: Final = frozenset({"Updating", "SystemUpdating", "RollingBack", "Creating"})
_LEAVING: Final = "Deleting"


def endpoint_of(request: PlanRequest) -> Endpoint | RemedyHeld:
    """Return the endpoint that may be changed now, or why it may not."""
    for look in _LOOKS:
        if (refused := look(request)) is not None:
            return refused
    endpoint = request.facts.endpoint
    if endpoint is None or endpoint.status == _LEAVING:
        says = (
            f"there is no endpoint {request.name} any more, or it is being deleted: close the incident if that is meant"
        )
        return request.refused(HoldReason.ENDPOINT_GONE, says)
    return _unfit(request, endpoint) or endpoint


def _no_endpoint(request: PlanRequest) -> RemedyHeld | None:
    if request.target.kind is TargetKind.ENDPOINT:
        return None
    says = f"{request.name} is a {request.target.kind}, and no endpoint: {request.rule.remedy} can do nothing to it"
    return request.refused(HoldReason.NOT_AN_ENDPOINT, says)


def _not_allowed(request: PlanRequest) -> RemedyHeld | None:
    endpoint, tags = request.facts.endpoint, request.facts.tags
    if endpoint is None:
        return None
    if tags is None:
        says = (
            f"the tags of {request.name} could not be read, so it is unknown whether {request.rule.remedy} is allowed"
        )
        return request.refused(HoldReason.UNREADABLE, says)
    if tags.get(ALLOWED_BY) == _YES:
        return None
    has = f"says {tags[ALLOWED_BY]!r}" if ALLOWED_BY in tags else "is not there"
    says = f"the tag {ALLOWED_BY} of {request.name} {has}: its team allows changes by setting it to {_YES}"
    return request.refused(HoldReason.NOT_TAGGED, says)


_LOOKS: Final[tuple[Callable[[PlanRequest], RemedyHeld | None], ...]] = (_no_endpoint, _not_allowed)


def _unfit(request: PlanRequest, endpoint: Endpoint) -> RemedyHeld | None:
    if endpoint.status in _BUSY or (endpoint.status == _IN_SERVICE and endpoint.coming is not None):
        coming = f", config {endpoint.coming} is coming" if endpoint.coming else ""
        says = f"{request.name} is {endpoint.status}{coming}: SageMaker takes no update until that is over"
        return request.refused(HoldReason.ENDPOINT_BUSY, says)
    if endpoint.status != _IN_SERVICE:
        failure = f" ({endpoint.failure})" if endpoint.failure else ""
        says = f"{request.name} is {endpoint.status}{failure}: check it"
        return request.refused(HoldReason.ENDPOINT_BROKEN, says)
    if endpoint.config is None:
        says = f"SageMaker does not say which config {request.name} runs"
        return request.refused(HoldReason.UNREADABLE, says)
    return None
