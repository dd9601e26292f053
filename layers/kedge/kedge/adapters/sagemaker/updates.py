"""SageMaker: an endpoint goes back to an earlier config. The only place that calls UpdateEndpoint."""

from typing import Any, Final

from kedge.adapters.calls import Client, mutate
from kedge.domain.plan import Plan, RollBack, Routing, Strategy
from kedge.ports.mutations import Called

_AT_ONCE: Final = 0


class SageMakerUpdates:
    """Endpoints, changed with UpdateEndpoint."""

    def __init__(self, sagemaker: Client) -> None:
        """`sagemaker` is an acting client: it sends nothing twice."""
        self._sagemaker = sagemaker

    def roll_back(self, endpoint: str, doing: RollBack, plan: Plan) -> Called:
        """UpdateEndpoint to the earlier config. Raises Busy, Throttled, Transient, Permanent (see `acts`).

        Without RetainAllVariantProperties, counts and weights would fall back to the config's own: a scaled fleet of twenty to
        one, in the middle of an incident. RetainDeploymentConfig stays away, since the last deployment may have named the very
        alarms that ring now (docs/aws-behaviour.md).
        """
        how = {} if plan.strategy is None else {"DeploymentConfig": _deployment_config(plan.strategy)}
        mutate(
            self._sagemaker.update_endpoint,
            EndpointName=endpoint,
            EndpointConfigName=doing.to_config,
            RetainAllVariantProperties=True,
            **how,
        )
        return Called()


def _deployment_config(strategy: Strategy) -> dict[str, Any]:
    """Blue/green, without an alarm that could end it; the old fleet, which is the sick one, goes as soon as it may."""
    routing: dict[str, Any] = {"Type": strategy.routing.value, "WaitIntervalInSeconds": strategy.wait_seconds}
    if strategy.routing is Routing.CANARY:
        routing["CanarySize"] = {"Type": "INSTANCE_COUNT", "Value": strategy.canary_instances}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": _AT_ONCE}}
