"""One endpoint of SageMaker, as the remedies see and change it, and the executions that a remedy starts."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from kedge.domain.errors import Busy
from kedge.domain.facts import Endpoint, EndpointConfig, Health, Model, ModelPackage, RemedyExecution, Variant
from kedge.ports.mutations import CallResult

MADE = datetime.fromisoformat("2026-11-01T00:00:00Z")
TOOK = timedelta(minutes=10)
TAGS = {"kedge:remediate": "true"}


class MemoryEndpoint:
    """An endpoint with two configs of one variant. `calls` are the accepted changes, in order."""

    def __init__(self, name: str, clock: Callable[[], datetime], *, runs: str, before: str) -> None:
        self._clock = clock
        self.calls: list[str] = []
        self.fails = False
        self.approvals: dict[str, str] = {}
        self.tagged = dict(TAGS)
        self._until: datetime | None = None
        self._config = {
            config: EndpointConfig(
                name=config,
                capture=True,
                created=MADE,
                variants=(Variant(name="all", model=f"{config}-model", count=2),),
            )
            for config in (runs, before)
        }
        self.now = Endpoint(
            name=name,
            status="InService",
            config=runs,
            capture=True,
            modified=clock(),
            variants=(Variant(name="all", count=5),),
        )

    def endpoint(self, name: str) -> Endpoint | None:
        self._go_on()
        return self.now if name == self.now.name else None

    def config(self, name: str) -> EndpointConfig | None:
        return self._config.get(name)

    def model(self, name: str) -> Model | None:
        return Model(name=name, artifacts=(f"s3://models/{name}.tar.gz",))

    def approval(self, package: str) -> str | None:
        return self.approvals.get(package)

    def scaled(self, endpoint: str, variants: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    def tags(self, target: object) -> dict[str, str]:
        return self.tagged

    def exists(self, uri: str) -> bool:
        return True

    def health(self, endpoint: str, variants: tuple[str, ...], start: datetime, end: datetime) -> Health:
        return Health(invocations=1_000.0, errors=0.0, latency=20.0)

    def roll_back(self, endpoint: str, doing: object, plan: object) -> CallResult:
        self._go_on()
        if self.now.status != "InService":
            raise Busy("Cannot update in-progress endpoint")
        self.calls.append(doing.to_config)
        self._until = self._clock() + TOOK
        self.now = msgspec.structs.replace(self.now, status="Updating", coming=doing.to_config, modified=self._clock())
        return CallResult()

    def shift(self, endpoint: str, doing: object) -> CallResult:
        self.calls.append(str(doing.after))
        variants = tuple(msgspec.structs.replace(each, weight=doing.after[each.name]) for each in self.now.variants)
        self.now = msgspec.structs.replace(self.now, variants=variants, modified=self._clock())
        return CallResult()

    def _go_on(self) -> None:
        if self._until is not None and self._clock() >= self._until:
            config = self.now.config if self.fails else self.now.coming
            self.now = msgspec.structs.replace(
                self.now, status="InService", config=config, coming=None, modified=self._until
            )
            self._until = None


class MemoryPipelines:
    """Pipelines, functions and a registry of models.

    `started` are the executions that began; with tokens, each token once.
    """

    def __init__(self) -> None:
        self.started: list[str] = []
        self.status = "Succeeded"
        self.found: dict[str, ModelPackage] = {}

    def parameters(self, using: str) -> tuple[str, ...] | None:
        return ()

    def exists(self, using: str) -> bool | None:
        del using
        return True

    def running(self, using: str) -> tuple[str, ...] | None:
        return ()

    def is_express(self, using: str) -> bool:
        del using
        return False

    def execution(self, arn: str) -> RemedyExecution | None:
        return RemedyExecution(arn=arn, status=self.status)

    def package(self, arn: str) -> ModelPackage | None:
        return self.found.get(arn)

    def made_by(self, execution: str, like: tuple[str, ...]) -> ModelPackage | None:
        return next((each for each in self.found.values() if each.made_by == execution), None)

    def start(self, using: str, parameters: dict[str, str], digest: str) -> CallResult:
        if ":lambda:" in using:
            self.started.append(using)
            return CallResult()
        arn = f"{using}/execution/{digest[:12]}"
        if arn not in self.started:
            self.started.append(arn)
        return CallResult(started=arn)
