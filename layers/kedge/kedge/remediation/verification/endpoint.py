"""Checks whether an endpoint is in the planned state, and lost nothing."""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from kedge.domain.action import Action
from kedge.domain.facts import Endpoint, Observed, Variant
from kedge.domain.plan import ShiftTraffic
from kedge.remediation.verification.checks import CheckResult

_IN_SERVICE: Final = "InService"
_UNDER_WAY: Final = frozenset({"Updating", "SystemUpdating", "RollingBack", "Creating"})
_FRESH: Final = timedelta(hours=1)
"""How long after the act a smaller fleet counts as the update's effect; later it may be automatic scaling's."""
_SINGLE: Final = 1e-6  # SageMaker stores weights as floats of 32 bits


def endpoint_settled(action: Action, endpoint: Endpoint | None) -> CheckResult:
    """Check whether an endpoint is stable and in service, with any config."""
    name = action.plan.target.name
    if endpoint is None:
        return CheckResult(name="endpoint", ok=None, says=f"{name} was not found", awaited=True)
    if endpoint.status in _UNDER_WAY or (endpoint.status == _IN_SERVICE and endpoint.coming is not None):
        coming = f" to {endpoint.coming}" if endpoint.coming else ""
        return CheckResult(name="endpoint", ok=None, says=f"{name} is {endpoint.status}{coming}", awaited=True)
    if endpoint.status != _IN_SERVICE:
        failure = f": {endpoint.failure}" if endpoint.failure else ""
        return CheckResult(name="endpoint", ok=False, says=f"{name} is {endpoint.status}{failure}")
    return CheckResult(name="endpoint", ok=True, says=f"{name} is InService")


def arrived(action: Action, endpoint: Endpoint, wanted: str) -> CheckResult:
    """Check whether an endpoint in service runs the planned config.

    A failed update ends InService, too (docs/aws-behaviour.md).
    """
    name = action.plan.target.name
    if endpoint.config == wanted:
        return CheckResult(name="config", ok=True, says=f"{name} runs config {wanted}")
    if not changed_since(action, endpoint):
        says = f"{name} runs {endpoint.config} and was not changed since the call: it may not have arrived"
        return CheckResult(name="config", ok=None, says=says, awaited=True)
    failure = f": {endpoint.failure}" if endpoint.failure else ", and does not say why"
    return CheckResult(name="config", ok=False, says=f"SageMaker went back to {endpoint.config}{failure}")


def changed_since(action: Action, endpoint: Endpoint) -> bool:
    """Return whether an endpoint was changed after the call: a read just after it may return an older state."""
    called = action.called or action.acted
    return called is None or endpoint.modified is None or endpoint.modified >= called


def capture_kept(action: Action, endpoint: Endpoint) -> CheckResult:
    """Check whether data is captured, if it was before."""
    if not action.capture:
        return CheckResult(name="capture", ok=None, says="no data was captured before, either")
    says = "data capture is still on" if endpoint.capture else "data capture is off now: the monitors are blind"
    return CheckResult(name="capture", ok=endpoint.capture, says=says)


def counts_kept(action: Action, observed: Observed, endpoint: Endpoint) -> CheckResult:
    """Check whether the fleet is as large as just before.

    Automatic scaling may make it smaller later, which is not a failure.
    """
    running = {variant.name: variant for variant in endpoint.variants}
    fewer = [told for name, before in action.counts.items() if (told := _fewer(name, before, running.get(name)))]
    if not fewer:
        says = "instance counts were kept" if action.counts else "the instances before were not counted"
        return CheckResult(name="instances", ok=True if action.counts else None, says=says)
    says = f"there are fewer instances than before: {', '.join(fewer)}"
    acted = action.acted or action.called or action.changed
    if observed.after or observed.read - acted > _FRESH:
        return CheckResult(name="instances", ok=None, says=f"{says}; automatic scaling may have done that since")
    return CheckResult(name="instances", ok=False, says=says)


def _fewer(name: str, before: int, now: Variant | None) -> str | None:
    if now is None:
        return f"{name} is gone, and had {before}"
    return f"{name} has {now.count}, and had {before}" if now.count is not None and now.count < before else None


def weights_moved(action: Action, endpoint: Endpoint, doing: ShiftTraffic) -> CheckResult:
    """Check whether traffic has the planned weights."""
    running = {variant.name: variant.weight for variant in endpoint.variants}
    told = ", ".join(f"{name} {weight:g}" for name, weight in sorted(running.items()))
    if _same(running, doing.after):
        return CheckResult(name="weights", ok=True, says=f"the weights are as planned: {told}")
    if not changed_since(action, endpoint):
        says = f"the weights are still {told}, and the endpoint was not changed since the call: it may not have arrived"
        return CheckResult(name="weights", ok=None, says=says, awaited=True)
    failure = f" ({endpoint.failure})" if endpoint.failure else ""
    return CheckResult(name="weights", ok=False, says=f"the weights are {told}, and not as planned{failure}")


def _same(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return one.keys() == other.keys() and all(
        math.isclose(weight, other[name], rel_tol=_SINGLE, abs_tol=_SINGLE) for name, weight in one.items()
    )
