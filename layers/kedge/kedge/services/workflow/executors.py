"""Checks before every call of a remedy whether it may be made, was accepted already, or this is unknown."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from kedge.domain.action import Action
from kedge.domain.errors import Permanent
from kedge.domain.facts import Endpoint
from kedge.domain.plan import Invoke, Retrain, RollBack, ShiftTraffic, Starter
from kedge.ports.facts import EndpointFacts
from kedge.ports.mutations import CallResult, EndpointUpdates, ExecutionStarter, VariantWeights


class CallState(StrEnum):
    """The state of the world for a call."""

    READY = "ready"  # as in the plan: no call of it was accepted
    TAKEN = "taken"  # the requested state is reached, or is in progress
    NOT_NOW = "not_now"  # nothing was called, and the state differs from the one at the permission
    UNCLEAR = "unclear"  # it was called, and it is unknown whether that was accepted


class Precheck(Struct, frozen=True, kw_only=True):
    """The facts before a call; `endpoint` is None if there is none."""

    standing: CallState
    endpoint: Endpoint | None = None


class Executor(Protocol):
    """One kind of remedy: its check, and its call."""

    def look(self, action: Action) -> Precheck:
        """Return the state of the world for the call. Raises Transient, Permanent."""

    def call(self, action: Action) -> CallResult:
        """Make the call. Raises Busy, Throttled, Transient, Permanent, as `EndpointUpdates`."""


class RollBackExecutor:
    """Rolls an endpoint back to an earlier config."""

    def __init__(self, endpoints: EndpointFacts, updates: EndpointUpdates) -> None:
        """Connect the ports. `endpoints` reads, `updates` calls."""
        self._endpoints = endpoints
        self._updates = updates

    def look(self, action: Action) -> Precheck:
        """Check by the current or pending config: SageMaker also answers InService after a failed update."""
        doing = _doing(action, RollBack)
        endpoint = self._endpoints.endpoint(action.plan.target.name)
        if endpoint is None:
            return Precheck(standing=_otherwise(action))
        before = endpoint.config == doing.from_config and endpoint.coming is None
        return _looked(action, endpoint, before=before)

    def call(self, action: Action) -> CallResult:
        """Call UpdateEndpoint."""
        return self._updates.roll_back(action.plan.target.name, _doing(action, RollBack), action.plan)


class ShiftTrafficExecutor:
    """Takes traffic away from a variant."""

    def __init__(self, endpoints: EndpointFacts, weights: VariantWeights) -> None:
        """Connect the ports. `endpoints` reads, `weights` calls."""
        self._endpoints = endpoints
        self._weights = weights

    def look(self, action: Action) -> Precheck:
        """Check by the current weights of the variants."""
        doing = _doing(action, ShiftTraffic)
        endpoint = self._endpoints.endpoint(action.plan.target.name)
        if endpoint is None:
            return Precheck(standing=_otherwise(action))
        same = endpoint.config == doing.config and endpoint.coming is None
        return _looked(action, endpoint, before=same and _weights(endpoint) == doing.before)

    def call(self, action: Action) -> CallResult:
        """Call UpdateEndpointWeightsAndCapacities."""
        return self._weights.shift(action.plan.target.name, _doing(action, ShiftTraffic))


class StartExecutor:
    """Starts an execution or calls a function, for retraining and for the team's own automation."""

    def __init__(self, starting: ExecutionStarter) -> None:
        """Connect the port that makes the calls."""
        self._starting = starting

    def look(self, action: Action) -> Precheck:
        """Check whether a repetition would be recognized: by a token or a name in pipelines and state machines only."""
        doing = _started(action)
        once = doing.starter in (Starter.FUNCTION, Starter.EVENT_BUS)
        return Precheck(standing=CallState.UNCLEAR if once and action.called is not None else CallState.READY)

    def call(self, action: Action) -> CallResult:
        """Start it, with the digest as its token or name."""
        doing = _started(action)
        return self._starting.start(doing.using, doing.parameters, action.digest)


def is_so(action: Action, endpoint: Endpoint | None) -> bool:
    """Return whether the planned state of an endpoint is reached, or is in progress."""
    match action.plan.doing:
        case RollBack(to_config=config) if endpoint is not None:
            return config in (endpoint.config, endpoint.coming)
        case ShiftTraffic(config=config, after=after) if endpoint is not None:
            return endpoint.config == config and _weights(endpoint) == after
        case _:
            return False


def _weights(endpoint: Endpoint) -> dict[str, float]:
    return {variant.name: variant.weight for variant in endpoint.variants}


def _looked(action: Action, endpoint: Endpoint, *, before: bool) -> Precheck:
    standing = _otherwise(action)
    if is_so(action, endpoint) and action.called is not None:
        standing = CallState.TAKEN
    elif before and endpoint.status == "InService" and _untouched(action, endpoint):
        standing = CallState.READY
    return Precheck(standing=standing, endpoint=endpoint)


def _otherwise(action: Action) -> CallState:
    return CallState.NOT_NOW if action.called is None else CallState.UNCLEAR


def _untouched(action: Action, endpoint: Endpoint) -> bool:
    """Return whether nothing has changed the endpoint since a call.

    A call that was accepted and then reverted by SageMaker has changed it.
    """
    return action.called is None or endpoint.modified is None or endpoint.modified < action.called


def _doing[T](action: Action, kind: type[T]) -> T:
    if isinstance(action.plan.doing, kind):
        return action.plan.doing
    raise _not_ours(action)


def _started(action: Action) -> Retrain | Invoke:
    if isinstance(action.plan.doing, Retrain | Invoke):
        return action.plan.doing
    raise _not_ours(action)


def _not_ours(action: Action) -> Permanent:
    return Permanent(f"the plan {action.digest} is a {action.plan.remedy}, which this function does not carry out")
