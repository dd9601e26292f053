"""SageMaker: moves traffic between the variants of an endpoint, without a new fleet."""

from kedge.adapters.calls import Client, mutate
from kedge.domain.plan import ShiftTraffic
from kedge.ports.mutations import CallResult


class SageMakerWeights:
    """Variants, changed with UpdateEndpointWeightsAndCapacities."""

    def __init__(self, sagemaker: Client) -> None:
        """Keep `sagemaker`, an acting client: it sends nothing twice."""
        self._sagemaker = sagemaker

    def shift(self, endpoint: str, doing: ShiftTraffic) -> CallResult:
        """Give each variant its weight and return AWS's response; counts stay unchanged.

        Raises Busy, Throttled, Transient or Permanent (see `kedge.ports.mutations`).
        """
        mutate(
            self._sagemaker.update_endpoint_weights_and_capacities,
            EndpointName=endpoint,
            DesiredWeightsAndCapacities=[
                {"VariantName": variant, "DesiredWeight": weight} for variant, weight in sorted(doing.after.items())
            ],
        )
        return CallResult()
