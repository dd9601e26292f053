"""The ports that change AWS: each call is sent once, or AWS certainly did not accept it."""

from typing import Protocol

from msgspec import Struct

from kedge.domain.plan import Plan, RollBack, ShiftTraffic


class CallResult(Struct, frozen=True, kw_only=True):
    """AWS's response to a changing call. `started` is the ARN (or id) of what it started, if anything."""

    started: str | None = None


class EndpointUpdates(Protocol):
    """Changes to endpoints.

    Raises:
        Busy: the endpoint is being updated.
        Throttled: AWS certainly did not accept the call.
        Transient: it is unknown whether the call arrived.
        Permanent: AWS refuses the call.
    """

    def roll_back(self, endpoint: str, doing: RollBack, plan: Plan) -> CallResult:
        """Call UpdateEndpoint with the earlier config, and retain the properties of all variants."""


class VariantWeights(Protocol):
    """Changes to the traffic of variants. Raises as `EndpointUpdates`."""

    def shift(self, endpoint: str, doing: ShiftTraffic) -> CallResult:
        """Call UpdateEndpointWeightsAndCapacities."""


class ExecutionStarter(Protocol):
    """Starts of pipelines and automations. Raises as `EndpointUpdates`. The digest is the idempotency token, if AWS has one."""

    def start(self, using: str, parameters: dict[str, str], digest: str) -> CallResult:
        """Start an execution, or call a function, by its ARN."""


class Workflows(Protocol):
    """The executions of the remediation state machine."""

    def begin(self, digest: str, again: str = "") -> None:
        """Start the execution of this name.

        If it runs or ran, this is a success: the same plan never runs twice. `again` names an execution that only
        checks the result of a plan that is over, in at most 15 letters and digits.
        """

    def go_on(self, token: str, output: dict[str, str]) -> bool:
        """Send a waiting step its output; return False if the step does not wait any more."""
