"""Whether a call of a remedy may be made, was taken already, or nobody can tell: looked at before every call."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from kedge.domain.action import Action
from kedge.domain.errors import Permanent
from kedge.domain.facts import Endpoint
from kedge.domain.plan import Invoke, Retrain, RollBack, ShiftTraffic, Starter
from kedge.ports.facts import EndpointFacts
from kedge.ports.mutations import Called, Starting, Updates, Weights


class CallState(StrEnum):
    """How the world stands to a call."""

    READY = "ready"  # as the plan was made for: no call of it was taken
    TAKEN = "taken"  # what it asks for is so, or is becoming so
    NOT_NOW = "not_now"  # nothing was called, and it is not as it was when that was permitted
    UNCLEAR = "unclear"  # it was called, and nobody can tell whether that was taken


class Precheck(Struct, frozen=True, kw_only=True):
    """What was seen before a call; `endpoint` is None where there is none to see."""

    standing: CallState
    endpoint: Endpoint | None = None


class Executor(Protocol):
    """One kind of remedy: how to look, and how to call."""

    def look(self, action: Action) -> Precheck:
        """How the world stands to the call. Raises Transient, Permanent."""

    def call(self, action: Action) -> Called:
        """Make the call. Raises Busy, Throttled, Transient, Permanent, as `Updates`."""


class RollingBack:
    """Takes an endpoint back to an earlier config."""

    def __init__(self, endpoints: EndpointFacts, updates: Updates) -> None:
        """`endpoints` looks, `updates` calls."""
        self._endpoints = endpoints
        self._updates = updates

    def look(self, action: Action) -> Precheck:
        """By the config that serves or comes: SageMaker answers InService after an update that failed, too."""
        doing = _doing(action, RollBack)
        endpoint = self._endpoints.endpoint(action.plan.target.name)
        if endpoint is None:
            return Precheck(standing=_otherwise(action))
        before = endpoint.config == doing.from_config and endpoint.coming is None
        return _looked(action, endpoint, before=before)

    def call(self, action: Action) -> Called:
        """UpdateEndpoint."""
        return self._updates.roll_back(action.plan.target.name, _doing(action, RollBack), action.plan)


class ShiftingTraffic:
    """Takes traffic away from a variant."""

    def __init__(self, endpoints: EndpointFacts, weights: Weights) -> None:
        """`endpoints` looks, `weights` calls."""
        self._endpoints = endpoints
        self._weights = weights

    def look(self, action: Action) -> Precheck:
        """By the weights that the variants have now."""
        doing = _doing(action, ShiftTraffic)
        endpoint = self._endpoints.endpoint(action.plan.target.name)
        if endpoint is None:
            return Precheck(standing=_otherwise(action))
        same = endpoint.config == doing.config and endpoint.coming is None
        return _looked(action, endpoint, before=same and _weights(endpoint) == doing.before)

    def call(self, action: Action) -> Called:
        """UpdateEndpointWeightsAndCapacities."""
        return self._weights.shift(action.plan.target.name, _doing(action, ShiftTraffic))


class StartingWhat:
    """Starts an execution or calls a function, for retraining and for the team's own automation."""

    def __init__(self, starting: Starting) -> None:
        """`starting` calls."""
        self._starting = starting

    def look(self, action: Action) -> Precheck:
        """By whether a repetition would be known: pipelines and state machines know a token or a name, others nothing."""
        doing = _started(action)
        once = doing.starter in (Starter.FUNCTION, Starter.EVENT_BUS)
        return Precheck(standing=CallState.UNCLEAR if once and action.called is not None else CallState.READY)

    def call(self, action: Action) -> Called:
        """Start it, with the digest as its token or name."""
        doing = _started(action)
        return self._starting.start(doing.using, doing.parameters, action.digest)


def is_so(action: Action, endpoint: Endpoint | None) -> bool:
    """Whether what a plan asks of an endpoint is so, or is becoming so."""
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
    """Whether nothing has changed the endpoint since a call. One that was taken, and undone by SageMaker, has."""
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
