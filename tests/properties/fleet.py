"""Endpoints of SageMaker for a machine that lets anything happen to them: updates take time, fail in silence, and are seen late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from kedge.domain.errors import Busy
from kedge.domain.facts import Endpoint, EndpointConfig, Health, Model, Variant
from kedge.domain.signal import AnySignal, DeploymentChanged, EndpointChanged
from kedge.domain.target import Target
from kedge.ports.mutations import Called

MADE = datetime.fromisoformat("2026-11-01T00:00:00Z")
ALLOWED = {"kedge:remediate": "true"}


class Update(NamedTuple):
    """An UpdateEndpoint that was taken. `plan` is None where a person called it."""

    at: datetime
    endpoint: str
    from_config: str
    to_config: str
    plan: str | None


class Fleet:
    """`taken` are the updates in order; `asked` is called with each remedy's before it is taken, `tells` with each event.

    `works` says whether the next update stays or is undone in silence, `took` how long it goes on, `behind` by how much reads lag behind the truth.
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

    # What happens

    def create(self, name: str, config: str, at: datetime) -> None:
        """It runs a config since a moment, and nobody tells of it."""
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
        """UpdateEndpoint: refused while another is under way, otherwise in service a few minutes later."""
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
        """Its capacity changes, and nothing else."""
        self._becomes(name, self._clock())

    def next_due(self) -> datetime | None:
        """When an update ends."""
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

    # What is read

    def truth(self, name: str) -> Endpoint:
        """An endpoint as it is, not as it is seen."""
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

    # What is called

    def roll_back(self, endpoint: str, doing: object, plan: object) -> Called:
        self.go_on()
        before = self.truth(endpoint)
        if before.status == "InService":
            self.asked(endpoint, before, plan)
        self.update(endpoint, doing.to_config, plan.digest)
        return Called()

    # How

    def _becomes(self, name: str, at: datetime, **changes: object) -> None:
        self._now[name].append((at, msgspec.structs.replace(self.truth(name), modified=at, **changes)))

    def _tell(self, kind: type, name: str, at: datetime, **what: object) -> None:
        self._events += 1
        self.tells(kind(id=f"event/{self._events}", at=at, target=self._targets[name], **what))
