"""Reads the facts that a plan needs."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from kedge.domain.errors import Permanent
from kedge.domain.facts import Endpoint, EndpointConfig, Facts, Model, Needs
from kedge.domain.target import Target
from kedge.ports.facts import Artifacts, EndpointFacts, Starters


class NotRecorded(Permanent):
    """There is no source for the answer: the recording was made without these questions."""


class FactReader:
    """Reads all facts anew: an older answer allows nothing. `sees_endpoints` says whether endpoints can be read at all."""

    sees_endpoints = True

    def __init__(
        self,
        endpoints: EndpointFacts,
        artifacts: Artifacts,
        starters: Starters,
        clock: Callable[[], datetime],
        buckets: tuple[str, ...] | None = None,
        keys: tuple[str, ...] | None = None,
        home: tuple[str, str] | None = None,
    ) -> None:
        """Connect the ports. `clock` returns the time of the read.

        `buckets` and `keys` are the operator's (None: not named).

        `home` is the account and the Region that can be read; None if that is unknown.
        """
        self._endpoints = endpoints
        self._artifacts = artifacts
        self._starters = starters
        self._clock = clock
        self._buckets = buckets
        self._keys = keys
        self._home = home

    def read(self, needs: Needs, target: Target) -> Facts:
        """Return the facts that a plan for a target needs.

        A target of another account or Region cannot be read: here, its name may be that of another endpoint. Other
        unreadable facts are None, or absent: a role may lack the permission to read them, and the plan says so.

        Raises:
            Transient: a read failed.
            Permanent: endpoint, configs or models may not be read.
        """
        if self._home is not None and (target.account, target.region) != self._home:
            own = " in ".join(self._home)
            raise Permanent(
                f"{target.name} is in account {target.account}, {target.region}, and Kedge reads and changes only what is in {own}"
            )
        now = self._clock()
        endpoint = self._endpoints.endpoint(needs.endpoint) if needs.endpoint else None
        configs = {name: self._endpoints.config(name) for name in _configs(needs, endpoint)}
        models = {name: self._endpoints.model(name) for name in _models(configs)}
        using = needs.using
        running = None if using is None else _allowed(self._starters.running, using)
        return Facts(
            read=now,
            endpoint=endpoint,
            configs=configs,
            models=models,
            artifacts=self._there(models),
            scaled=None if endpoint is None else self._scaled(endpoint),
            tags=None if endpoint is None else _allowed(self._endpoints.tags, target),
            using=using,
            exists=None if using is None else _allowed(self._starters.exists, using),
            running=running,
            # Only asked if it may explain why the running executions are unknown.
            express=using is not None and running is None and bool(_allowed(self._starters.is_express, using)),
            parameters=None if using is None else _allowed(self._starters.parameters, using),
            buckets=self._buckets,
            keys=self._keys,
            approvals=self._approvals(needs, configs, models),
        )

    def _approvals(
        self, needs: Needs, configs: dict[str, EndpointConfig | None], models: dict[str, Model | None]
    ) -> dict[str, str | None]:
        """Return the approvals of the packages of possible roll-back targets; an unreadable one is absent."""
        named = _models({name: configs[name] for name in needs.configs})
        known = (models[name] for name in named)
        arns = dict.fromkeys(arn for model in known if model is not None for arn in model.packages)
        found: dict[str, str | None] = {}
        for arn in arns:
            with suppress(Permanent):
                found[arn] = self._endpoints.approval(arn)
        return found

    def _scaled(self, endpoint: Endpoint) -> tuple[str, ...] | None:
        variants = tuple(variant.name for variant in endpoint.variants)
        return _allowed(self._endpoints.scaled, endpoint.name, variants) if variants else ()

    def _there(self, models: dict[str, Model | None]) -> dict[str, bool]:
        uris = dict.fromkeys(uri for model in models.values() if model is not None for uri in model.artifacts)
        looked = {uri: _allowed(self._artifacts.exists, uri) for uri in uris}
        return {uri: there for uri, there in looked.items() if there is not None}


def _configs(needs: Needs, endpoint: Endpoint | None) -> tuple[str, ...]:
    runs = (endpoint.config,) if endpoint is not None and endpoint.config else ()
    return tuple(dict.fromkeys((*runs, *needs.configs)))


def _models(configs: dict[str, EndpointConfig | None]) -> tuple[str, ...]:
    named = (variant.model for config in configs.values() if config is not None for variant in config.variants)
    return tuple(dict.fromkeys(name for name in named if name is not None))


def _allowed[**P, T](look: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    try:
        return look(*args, **kwargs)
    except Permanent:
        return None
