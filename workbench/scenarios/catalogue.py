"""The configs, models and artifacts of a test, as SageMaker and S3 would describe them."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import UNSET

from kedge.domain.facts import EndpointConfig, Model, Variant
from kedge.policy.durations import parse_duration
from workbench.scenarios.conditions import ConfigPart, ModelPart, VariantPart

BEFORE: Final = timedelta(days=30)
"""The age, before the test starts, of everything for which the test gives no creation time."""

YOUNG: Final = timedelta(minutes=1)
"""The age, before its deployment, of a config for which the test gives no creation time."""


class Catalogue:
    """Configs and models by name. If the test does not mention one, it exists."""

    def __init__(self, start: datetime) -> None:
        """Start without statements of the test, at the time `start`."""
        self._start = start
        self._configs: dict[str, EndpointConfig | None] = {}
        self._models: dict[str, Model | None] = {}
        self._gone: set[str] = set()
        self._shares: dict[str, float] = {}

    def make(self, config: str, at: datetime, age: timedelta = YOUNG) -> None:
        """Make a config, unless it exists."""
        if config not in self._configs:
            self._configs[config] = config_of(ConfigPart(name=config), at - age)

    def change_config(self, part: ConfigPart, at: datetime) -> None:
        """Change or delete a config as the test says. It keeps its creation time, unless it is made again."""
        before = self._configs.get(part.name)
        is_anew = part.name in self._configs and before is None
        made = before.created if before is not None else None
        made = at if is_anew else made or min(at, self._start - BEFORE)
        made = made if part.age is None else at - parse_duration(part.age)
        if part.capture_share is not None:
            self._shares[part.name] = part.capture_share
        self._configs[part.name] = None if part.gone else config_of(part, made)

    def change_model(self, part: ModelPart) -> None:
        """Change a model as the test says, or delete it or only its artifact."""
        uri = _artifact(part.name)
        self._models[part.name] = None if part.gone else Model(name=part.name, artifacts=(uri,), packages=part.packages)
        if part.artifact == "gone":
            self._gone.add(uri)
        else:
            self._gone.discard(uri)

    def config(self, name: str) -> EndpointConfig | None:
        """Return the config of this name, or None if it was deleted."""
        if name not in self._configs:
            self._configs[name] = config_of(ConfigPart(name=name), self._start - BEFORE)
        return self._configs[name]

    def share(self, config: str) -> float | None:
        """Return the share of requests that a config captures; None if the test does not say."""
        return self._shares.get(config)

    def model(self, name: str) -> Model | None:
        """Return the model of this name, or None if it was deleted."""
        if name not in self._models:
            return Model(name=name, artifacts=(_artifact(name),))
        return self._models[name]

    def exists(self, uri: str) -> bool:
        """Return whether an artifact exists."""
        return uri not in self._gone


def config_of(part: ConfigPart, made: datetime) -> EndpointConfig:
    """Return a config as DescribeEndpointConfig would describe it."""
    return EndpointConfig(
        name=part.name,
        variants=tuple(variant_of(each, part.name) for each in part.variants),
        shadows=part.shadows,
        capture=part.capture,
        created=made,
    )


def variant_of(part: VariantPart, config: str) -> Variant:
    """Return a variant of a config, or of a running endpoint."""
    model = f"{config}-model" if part.model is UNSET else part.model or None
    return Variant(
        name=part.name,
        model=model,
        count=None if part.serverless else part.count,
        weight=part.weight,
        instance_type=None if part.serverless else part.type,
        serverless=part.serverless,
    )


def _artifact(model: str) -> str:
    return f"s3://models/{model}/model.tar.gz"
