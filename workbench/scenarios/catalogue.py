"""The configs, models and artifacts of a test, as SageMaker and S3 would describe them."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import UNSET

from kedge.domain.facts import EndpointConfig, Model, Variant
from kedge.policy.durations import parse_duration
from workbench.scenarios.conditions import ConfigPart, ModelPart, VariantPart

BEFORE: Final = timedelta(days=30)
"""How long before a test everything was made of which it does not say when."""

YOUNG: Final = timedelta(minutes=1)
"""How long before its deployment a config was made of which it does not say when."""


class Catalogue:
    """Configs and models by name. What nobody has spoken of is there."""

    def __init__(self, start: datetime) -> None:
        """Nothing was said yet, and it is `start`."""
        self._start = start
        self._configs: dict[str, EndpointConfig | None] = {}
        self._models: dict[str, Model | None] = {}
        self._gone: set[str] = set()
        self._shares: dict[str, float] = {}

    def make(self, config: str, at: datetime, age: timedelta = YOUNG) -> None:
        """A config is made, unless it was before."""
        if config not in self._configs:
            self._configs[config] = config_of(ConfigPart(name=config), at - age)

    def change_config(self, part: ConfigPart, at: datetime) -> None:
        """A config is as a test says, or is deleted. When it was made stays, unless it is made anew."""
        before = self._configs.get(part.name)
        is_anew = part.name in self._configs and before is None
        made = before.created if before is not None else None
        made = at if is_anew else made or min(at, self._start - BEFORE)
        made = made if part.age is None else at - parse_duration(part.age)
        if part.capture_share is not None:
            self._shares[part.name] = part.capture_share
        self._configs[part.name] = None if part.gone else config_of(part, made)

    def change_model(self, part: ModelPart) -> None:
        """A model is as a test says, or is deleted, or only its artifact is."""
        uri = _artifact(part.name)
        self._models[part.name] = None if part.gone else Model(name=part.name, artifacts=(uri,), packages=part.packages)
        if part.artifact == "gone":
            self._gone.add(uri)
        else:
            self._gone.discard(uri)

    def config(self, name: str) -> EndpointConfig | None:
        """The config of this name, or None where it was deleted."""
        if name not in self._configs:
            self._configs[name] = config_of(ConfigPart(name=name), self._start - BEFORE)
        return self._configs[name]

    def share(self, config: str) -> float | None:
        """The share of requests that a config captures; None where it is not said."""
        return self._shares.get(config)

    def model(self, name: str) -> Model | None:
        """The model of this name, or None where it was deleted."""
        if name not in self._models:
            return Model(name=name, artifacts=(_artifact(name),))
        return self._models[name]

    def exists(self, uri: str) -> bool:
        """Whether an artifact is there."""
        return uri not in self._gone


def config_of(part: ConfigPart, made: datetime) -> EndpointConfig:
    """A config as DescribeEndpointConfig would have it."""
    return EndpointConfig(
        name=part.name,
        variants=tuple(variant_of(each, part.name) for each in part.variants),
        shadows=part.shadows,
        capture=part.capture,
        created=made,
    )


def variant_of(part: VariantPart, config: str) -> Variant:
    """A variant of a config, or as it runs."""
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
