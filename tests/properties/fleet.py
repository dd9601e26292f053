"""Endpoints of SageMaker for a machine of random events: updates take time, fail silently, and become visible late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from kedge.domain.errors import Busy
from kedge.domain.facts import Endpoint, EndpointConfig, Health, Model, Variant
from kedge.domain.signal import AnySignal, DeploymentChanged, EndpointChanged
from kedge.domain.target import Target
from kedge.ports.mutations import CallResult

MADE = datetime.fromisoformat("2026-11-01T00:00:00Z")
ALLOWED = {"kedge:remediate": "true"}


class Update(NamedTuple):
    """An accepted UpdateEndpoint. `plan` is None if a person called it."""

    at: datetime
    endpoint: str
    from_config: str
    to_config: str
    plan: str | None


class Fleet:
    """The endpoints. `taken` are the accepted updates in order.

    `asked` is called with each update of a remedy before it is accepted, `tells` with each event. `works` says whether
    the next update stays or is silently undone. `took` is its duration, and `behind` the age of the state that reads
    return.
    """

    def __init__(self, targets: tuple[Target, ...], clock: Callable[[], datetime]) -> None:
        self._targets = {target.name: target for target in targets}
        self._clock = clock
        self._now: dict[str, list[tuple[datetime, Endpoint]]] = {}
        self._ends: dict[str, tuple[datetime, bool]] = {}
        self.taken: list[Update] = []
        self.works = True
        self.took = timedelta(minutes=8)
        self.behind = timedelta()
        self.tagged = {name: dict(ALLOWED) for name in self._targets}
        self.asked: Callable[[str, Endpoint, object], None] = lambda *_: None
        self.tells: Callable[[AnySignal], None] = lambda _: None
        self._events = 0

    # Changes

    def create(self, name: str, config: str, at: datetime) -> None:
        """Let an endpoint run a config since a moment, without an event."""
        made = Endpoint(
            name=name,
            status="InService",
            config=config,
            capture=True,
            modified=at,
            variants=(Variant(name="all", count=5),),
        )
        self._now.setdefault(name, []).append((at, made))

    def update(self, name: str, config: str, plan: str | None = None) -> None:
        """Update an endpoint. It is refused during another update, otherwise in service a few minutes later."""
        self.go_on()
        now = self.truth(name)
        if now.status != "InService":
            raise Busy(f'Cannot update in-progress endpoint "{name}".')
        at = self._clock()
        self.taken.append(Update(at, name, now.config or "", config, plan))
        self._ends[name] = (at + self.took, self.works)
        self._becomes(name, at, status="Updating", coming=config)
        self._tell(DeploymentChanged, name, at, status="Updating", config=now.config, pending=config)

    def touch(self, name: str) -> None:
        """Change only the capacity of an endpoint."""
        self._becomes(name, self._clock())

    def next_due(self) -> datetime | None:
        """Return when an update ends."""
        return min((at for at, _ in self._ends.values()), default=None)

    def go_on(self) -> None:
        """End the updates whose time is over."""
        for name, (at, works) in list(self._ends.items()):
            if at <= self._clock():
                del self._ends[name]
                now = self.truth(name)
                config = now.coming if works else now.config
                self._becomes(name, at, status="InService", config=config, coming=None)
                self._tell(EndpointChanged, name, at, status="InService", config=config)

    # Reads

    def truth(self, name: str) -> Endpoint:
        """Return the true state of an endpoint, not the visible one."""
        return self._now[name][-1][1]

    def endpoint(self, name: str) -> Endpoint | None:
        self.go_on()
        seen = self._clock() - self.behind
        known = self._now[name]
        return next((each for at, each in reversed(known) if at <= seen), known[0][1])

    def config(self, name: str) -> EndpointConfig | None:
        return EndpointConfig(
            name=name, capture=True, created=MADE, variants=(Variant(name="all", model=f"{name}-model", count=2),)
        )

    def model(self, name: str) -> Model | None:
        return Model(name=name, artifacts=(f"s3://models/{name}.tar.gz",))

    def scaled(self, endpoint: str, variants: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    def tags(self, target: Target) -> dict[str, str]:
        return self.tagged[target.name]

    def exists(self, uri: str) -> bool:
        return True

    def health(self, endpoint: str, variants: tuple[str, ...], start: datetime, end: datetime) -> Health:
        return Health(invocations=1_000.0, errors=0.0, latency=20.0)

    # Calls

    def roll_back(self, endpoint: str, doing: object, plan: object) -> CallResult:
        self.go_on()
        before = self.truth(endpoint)
        if before.status == "InService":
            self.asked(endpoint, before, plan)
        self.update(endpoint, doing.to_config, plan.digest)
        return CallResult()

    # Helpers

    def _becomes(self, name: str, at: datetime, **changes: object) -> None:
        self._now[name].append((at, msgspec.structs.replace(self.truth(name), modified=at, **changes)))

    def _tell(self, kind: type, name: str, at: datetime, **what: object) -> None:
        self._events += 1
        self.tells(kind(id=f"event/{self._events}", at=at, target=self._targets[name], **what))
