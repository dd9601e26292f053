"""The endpoints of a test, as SageMaker would describe them to intake and to the steps of a plan."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import UNSET, Struct

from kedge.domain.errors import Permanent
from kedge.domain.facts import Endpoint, EndpointConfig, Model, Variant
from kedge.domain.target import Target
from workbench.scenarios.catalogue import BEFORE, YOUNG, Catalogue, variant_of
from workbench.scenarios.conditions import WorldPart
from workbench.scenarios.registry import Registry

ALLOWED: Final = {"kedge:remediate": "true"}
"""The tags of an endpoint if the test does not give any."""

_IN_SERVICE: Final = "InService"
_UPDATING: Final = "Updating"


class Running(Struct, kw_only=True):
    """An endpoint at this moment. `variants` and `capture` are None while they are those of its config."""

    config: str
    modified: datetime
    status: str = _IN_SERVICE
    coming: str | None = None
    variants: tuple[Variant, ...] | None = None
    capture: bool | None = None
    share: float | None = None
    scaled: tuple[str, ...] = ()
    tags: dict[str, str] | None = None


class Endpoints:
    """Endpoints, configs, models and artifacts by name. If the test does not mention one, it exists and is healthy."""

    def __init__(self, start: datetime, registry: Registry) -> None:
        """Start without statements of the test, at the time `start`. `registry` knows the model packages."""
        self._start = start
        self._registry = registry
        self._running: dict[str, Running | None] = {}
        self._catalogue = Catalogue(start)
        self.unreadable: frozenset[str] = frozenset()

    # Changes ---------------------------------------------------------------------------------------------------------

    def running(self, name: str) -> Running | None:
        """Return the current state of an endpoint, or None if it was deleted. By default it runs a config of its own."""
        if name not in self._running:
            self._running[name] = Running(config=f"{name}-config", modified=self._start - BEFORE)
        return self._running[name]

    def is_known(self, name: str) -> bool:
        """Return whether the test has mentioned an endpoint that exists."""
        return self._running.get(name) is not None

    def create(self, name: str, config: str, at: datetime, age: timedelta = YOUNG) -> None:
        """Create an endpoint with a config that was made `age` before.

        It may also declare that the endpoint always ran it.
        """
        self._catalogue.make(config, at, age)
        self._running[name] = Running(config=config, modified=at)

    def begin(self, name: str, config: str, at: datetime, age: timedelta = YOUNG) -> str:
        """Begin a deployment of a config that was made `age` before, and return the config that runs until its end."""
        now = self._there(name)
        self._catalogue.make(config, at, age)
        now.status, now.coming, now.modified = _UPDATING, config, at
        return now.config

    def end(self, name: str, at: datetime, *, fails: bool, keep: bool = False) -> str:
        """End a deployment and return the config that runs now.

        With `keep`, variants of the same name keep their counts and weights.
        """
        now = self._there(name)
        if now.coming is not None and not fails:
            kept = {variant.name: variant for variant in self._variants(now)} if keep else {}
            now.config, now.capture, now.share = now.coming, None, None
            fresh = self._variants(msgspec.structs.replace(now, variants=None))
            now.variants = tuple(_like(variant, kept.get(variant.name)) for variant in fresh) if keep else None
        now.status, now.coming, now.modified = _IN_SERVICE, None, at
        return now.config

    def delete(self, name: str) -> Running | None:
        """Delete an endpoint and return its last state, or None if it did not exist."""
        before = self.running(name)
        self._running[name] = None
        return before

    def weigh(self, name: str, weights: dict[str, float], at: datetime) -> None:
        """Give variants other weights."""
        now = self._there(name)
        now.variants = tuple(
            msgspec.structs.replace(each, weight=weights.get(each.name, each.weight)) for each in self._variants(now)
        )
        now.modified = at

    def change(self, name: str, part: WorldPart, at: datetime) -> None:
        """Set the world as the test says from now on."""
        if part.unreadable is not None:
            self.unreadable = frozenset(part.unreadable)
        for config in part.configs:
            self._catalogue.change_config(config, at)
        for model in part.models:
            self._catalogue.change_model(model)
        if part.config is not None and name not in self._running:
            self.create(name, part.config, self._start - BEFORE)
        if part.gone:
            self._running[name] = None
            return
        if part.gone is False and self.running(name) is None:
            self._running[name] = Running(config=part.config or f"{name}-config", modified=at)
        now = self.running(name)
        if now is not None:
            self._change_running(now, part, at)

    def _change_running(self, now: Running, part: WorldPart, at: datetime) -> None:
        before = msgspec.structs.replace(now)
        if part.config is not None and part.config != now.config:
            self._catalogue.make(part.config, at)
            now.config, now.variants, now.capture, now.share = part.config, None, None, None
        now.status = part.status or now.status
        if part.coming is not UNSET:
            now.coming = part.coming or None
        if part.variants is not None:
            now.variants = tuple(variant_of(each, now.config) for each in part.variants)
        now.capture = now.capture if part.capture is None else part.capture
        now.share = now.share if part.capture_share is None else part.capture_share
        now.scaled = now.scaled if part.scaled is None else part.scaled
        now.tags = now.tags if part.tags is None else part.tags
        if (before.config, before.status, before.coming, before.variants) != (
            now.config,
            now.status,
            now.coming,
            now.variants,
        ):
            now.modified = at

    # Reads -----------------------------------------------------------------------------------------------------------

    def endpoint(self, name: str) -> Endpoint | None:
        """Return the endpoint of this name, or None."""
        self._readable("endpoint")
        now = self.running(name)
        if now is None:
            return None
        config = self._catalogue.config(now.config)
        return Endpoint(
            name=name,
            status=now.status,
            config=now.config,
            variants=self._variants(now),
            capture=config.capture if now.capture is None and config is not None else bool(now.capture),
            coming=now.coming,
            modified=now.modified,
        )

    def config(self, name: str) -> EndpointConfig | None:
        """Return the config of this name, or None if it was deleted."""
        self._readable("endpoint")
        return self._catalogue.config(name)

    def model(self, name: str) -> Model | None:
        """Return the model of this name, or None if it was deleted."""
        self._readable("endpoint")
        return self._catalogue.model(name)

    def approval(self, package: str) -> str | None:
        """Return the approval status of a model package, or None if it does not exist."""
        self._readable("packages")
        found = self._registry.package(package)
        return None if found is None else found.approval

    def captured(self, name: str) -> float | None:
        """Return the share of an endpoint's requests that is captured; None if the test does not say."""
        now = self.running(name)
        if now is None:
            return None
        return self._catalogue.share(now.config) if now.share is None else now.share

    def scaled(self, endpoint: str, variants: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of an endpoint's variants that are under automatic scaling."""
        self._readable("scaling")
        now = self.running(endpoint)
        return tuple(name for name in variants if now is not None and name in now.scaled)

    def tags(self, target: Target) -> dict[str, str]:
        """Return the current tags of an endpoint."""
        self._readable("tags")
        now = self.running(target.name)
        return dict(ALLOWED) if now is None or now.tags is None else now.tags

    def exists(self, uri: str) -> bool:
        """Return whether an artifact exists."""
        self._readable("artifacts")
        return self._catalogue.exists(uri)

    def _readable(self, what: str) -> None:
        if what in self.unreadable:
            raise Permanent(f"AccessDeniedException: not authorized to read {what}")

    def _there(self, name: str) -> Running:
        now = self.running(name)
        if now is None:
            raise Permanent(f'ValidationException: Could not find endpoint "{name}".')
        return now

    def _variants(self, now: Running) -> tuple[Variant, ...]:
        config = self._catalogue.config(now.config)
        return now.variants if now.variants is not None else config.variants if config is not None else ()


def _like(fresh: Variant, before: Variant | None) -> Variant:
    if before is None:
        return fresh
    return msgspec.structs.replace(fresh, count=before.count, weight=before.weight)
