"""Changes the world: each call is made once, or it is known that it was not taken."""

from typing import Protocol

from msgspec import Struct

from kedge.domain.plan import Plan, RollBack, ShiftTraffic


class Called(Struct, frozen=True, kw_only=True):
    """What AWS said to a call that changes something: `started` is the ARN (or id) of what began, where something did."""

    started: str | None = None


class Updates(Protocol):
    """Changes endpoints.

    Raises Busy where the endpoint is being updated, Throttled where AWS surely did not take the call, Transient where nobody
    knows whether it arrived, Permanent where it refuses.
    """

    def roll_back(self, endpoint: str, doing: RollBack, plan: Plan) -> Called:
        """UpdateEndpoint to the earlier config, with all variants' properties retained."""


class Weights(Protocol):
    """Moves traffic between variants. Raises as `Updates`."""

    def shift(self, endpoint: str, doing: ShiftTraffic) -> Called:
        """UpdateEndpointWeightsAndCapacities."""


class Starting(Protocol):
    """Starts what remedies start. Raises as `Updates`. The digest is the token by which a repetition is recognised, where AWS has one."""

    def start(self, using: str, parameters: dict[str, str], digest: str) -> Called:
        """Start an execution, or call a function, by its ARN."""


class Workflows(Protocol):
    """The executions of the remediation state machine."""

    def begin(self, digest: str, again: str = "") -> None:
        """Start the execution of this name. One that runs, or ran, is a success: the same plan never runs twice.

        `again` names one that only looks what became of a plan that is over, in at most 15 letters and digits.
        """

    def go_on(self, token: str, output: dict[str, str]) -> bool:
        """Hand a waiting step its output. False where that step waits no more."""
