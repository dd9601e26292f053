"""The effect of remedies on the world of a test.

Each call is accepted, refused or lost as the test says, and its effect takes its usual time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from kedge.domain.errors import Busy, Permanent, Throttled, Transient
from kedge.domain.plan import Plan, RollBack, ShiftTraffic
from kedge.domain.target import Target
from kedge.ports.mutations import CallResult
from workbench.scenarios.world import World

TOOK: Final = timedelta(minutes=10)
"""The duration of a roll-back."""

_SHORT: Final = 12
_SILENT: Final = (":lambda:", ":events:")

type Later = Callable[[datetime, Callable[[], None]], None]
type Heard = Callable[[Target, str, str], None]


class Calls:
    """UpdateEndpoint, UpdateEndpointWeightsAndCapacities and the calls that start something, behind the ports."""

    def __init__(
        self, world: World, acts: list[str], clock: Callable[[], datetime], later: Later, heard: Heard
    ) -> None:
        """Connect the calls to a world.

        `acts` receives every accepted call. `heard` delivers that an endpoint entered a status, with the config that it
        runs.
        """
        self._world = world
        self._acts = acts
        self._clock = clock
        self._later = later
        self._heard = heard

    def roll_back(self, endpoint: str, doing: RollBack, plan: Plan) -> CallResult:
        """Send UpdateEndpoint to the earlier config.

        The endpoint is in service 10 minutes later, or back on its old config.
        """
        self._refuse()
        fails, now = self._world.updates == "fail", self._clock()
        running = self._world.endpoints.running(endpoint)
        if running is None:
            raise Permanent(f'ValidationException: Could not find endpoint "{endpoint}".')
        if running.status != "InService":
            raise Busy(f'ValidationException: Cannot update in-progress endpoint "{endpoint}".')
        self._acts.append(f"roll_back {endpoint} {doing.to_config}")
        self._world.endpoints.begin(endpoint, doing.to_config, now)
        self._heard(plan.target, "UPDATING", doing.from_config)

        def end() -> None:
            runs = self._world.endpoints.end(endpoint, self._clock(), fails=fails, keep=True)
            self._heard(plan.target, "IN_SERVICE", runs)

        self._later(now + TOOK, end)
        return self._answer(CallResult())

    def shift(self, endpoint: str, doing: ShiftTraffic) -> CallResult:
        """Change the weights at once."""
        self._refuse()
        weights = " ".join(f"{name}={weight:g}" for name, weight in sorted(doing.after.items()))
        self._acts.append(f"shift_traffic {endpoint} {weights}")
        self._world.endpoints.weigh(endpoint, doing.after, self._clock())
        return self._answer(CallResult())

    def start(self, using: str, parameters: dict[str, str], digest: str) -> CallResult:  # noqa: ARG002  a port's words
        """Begin an execution, one for each digest. A function or an event bus records only that it was called."""
        self._refuse()
        if self._world.pipelines.is_gone(using):
            raise Permanent(f"ResourceNotFound: Pipeline '{using}' does not exist.")
        name = using.rpartition(":")[2]
        if any(kind in using for kind in _SILENT):
            self._acts.append(f"invoke {name}")
            return self._answer(CallResult())
        arn = f"{using}/execution/{digest[:_SHORT]}"
        if self._world.pipelines.begin(arn):
            self._acts.append(f"start {name}")
        return self._answer(CallResult(started=arn))

    def _refuse(self) -> None:
        match self._world.updates:
            case "busy":
                raise Busy("ValidationException: Cannot update in-progress endpoint.")
            case "throttled":
                raise Throttled("ThrottlingException: Rate exceeded")
            case "refused":
                raise Permanent("AccessDeniedException: not authorized to perform this")

    def _answer(self, called: CallResult) -> CallResult:
        if self._world.updates == "lost":
            raise Transient("read timeout: it is unknown whether AWS took the call")
        return called
