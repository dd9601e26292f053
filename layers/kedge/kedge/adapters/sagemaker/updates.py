"""SageMaker: moves an endpoint back to an earlier config. Only this module calls UpdateEndpoint."""

from typing import Any, Final

from kedge.adapters.calls import Client, mutate
from kedge.domain.plan import Plan, RollBack, Routing, Strategy
from kedge.ports.mutations import CallResult

_AT_ONCE: Final = 0


class SageMakerUpdates:
    """Endpoints, changed with UpdateEndpoint."""

    def __init__(self, sagemaker: Client) -> None:
        """Keep `sagemaker`, an acting client: it sends nothing twice."""
        self._sagemaker = sagemaker

    def roll_back(self, endpoint: str, doing: RollBack, plan: Plan) -> CallResult:
        """Call UpdateEndpoint with the earlier config and return AWS's response.

        Raises Busy, Throttled, Transient or Permanent (see `kedge.ports.mutations`).

        Without RetainAllVariantProperties, counts and weights would return to those of the config. A fleet of 20 could
        shrink to 1 during an incident. RetainDeploymentConfig is not set: the last deployment may name the same alarms
        that are in ALARM now (docs/aws-behaviour.md).
        """
        how = {} if plan.strategy is None else {"DeploymentConfig": _deployment_config(plan.strategy)}
        mutate(
            self._sagemaker.update_endpoint,
            EndpointName=endpoint,
            EndpointConfigName=doing.to_config,
            RetainAllVariantProperties=True,
            **how,
        )
        return CallResult()


def _deployment_config(strategy: Strategy) -> dict[str, Any]:
    """Return a blue/green deployment without an alarm that could end it.

    The old fleet is the one with the problem, so it is removed as early as allowed.
    """
    routing: dict[str, Any] = {"Type": strategy.routing.value, "WaitIntervalInSeconds": strategy.wait_seconds}
    if strategy.routing is Routing.CANARY:
        routing["CanarySize"] = {"Type": "INSTANCE_COUNT", "Value": strategy.canary_instances}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": _AT_ONCE}}
