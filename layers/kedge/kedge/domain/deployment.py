"""Which configs ran on an endpoint, when, how each came, and how its runs went. SageMaker keeps no such history (docs/aws-behaviour.md)."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kedge.domain.facts import Variant
from kedge.domain.provenance import Voucher, shown

KEPT: Final = 50
"""As many deployments of an endpoint as are remembered."""


class DeploymentOrigin(StrEnum):
    """How a config came to serve."""

    FOUND = "found"  # it served when Kedge first looked; since when, only its making tells
    DEPLOYED = "deployed"  # somebody updated the endpoint
    WENT_BACK = "went_back"  # SageMaker went back to it by itself
    REMEDY = "remedy"  # Kedge rolled back to it


class Trust(StrEnum):
    """What is known of a config's worth."""

    GOOD = "good"
    BAD = "bad"
    UNPROVEN = "unproven"


class RunTally(Struct, frozen=True, kw_only=True):
    """How the runs of one source went while a config served; `last` is `g` or `v` as in `Last.history`.

    `of_inputs` says that it looked at what came in, which no config can help.
    """

    clean: int = 0
    bad: int = 0
    last: str = ""
    of_inputs: bool = False


class Deployment(Struct, frozen=True, kw_only=True):
    """A config that serves, or served, on an endpoint.

    `since` is when it began to serve, `until` when another did. `runs` tells by source how its runs went, counted when it
    ended. `action` is the digest of the plan by which Kedge brought it. `began` is when its deployment began, where that was heard: from
    then on it may have had some of the traffic. `shown_by` says who confirmed that it serves, None where this was not recorded.
    `unconfirmed` counts the runs that no authority confirms. `shares` are the parts of the traffic that its models have, by name, as far as
    they are known.
    """

    config: str
    since: datetime
    arrival: DeploymentOrigin
    until: datetime | None = None
    models: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    runs: dict[str, RunTally] = {}
    action: str | None = None
    began: datetime | None = None
    shown_by: Voucher | None = None
    unconfirmed: dict[str, RunTally] = {}
    shares: dict[str, float] = {}


class PendingDeployment(Struct, frozen=True, kw_only=True):
    """A config that is being deployed, over which, and since when; of one that never came, also until when."""

    config: str
    over: str | None
    since: datetime
    until: datetime | None = None


class ConfigMark(Struct, frozen=True, kw_only=True):
    """What a person said of a config: that it is good, whatever its runs, or is never to be gone back to.

    `proven` says that AWS confirmed who `by` is. Marks from before Kedge asked for that are not proven.
    """

    config: str
    good: bool
    by: str
    proven: bool = False
    comment: str = ""
    at: datetime

    @property
    def speaker(self) -> str:
        """The name as messages show it."""
        return shown(self.by, proven=self.proven)


class Deployments(Struct, frozen=True, kw_only=True):
    """The deployment ledger of an endpoint, the oldest first.

    `undone` are deployments that did not come to their end, `away_from` the configs that a remedy took it away from.
    """

    history: tuple[Deployment, ...] = ()
    coming: PendingDeployment | None = None
    undone: tuple[PendingDeployment, ...] = ()
    marks: tuple[ConfigMark, ...] = ()
    away_from: tuple[str, ...] = ()

    @property
    def current(self) -> Deployment | None:
        """What serves now, as far as was heard."""
        return self.history[-1] if self.history else None

    def serving(self, at: datetime) -> Deployment | None:
        """What served at a moment; None before the first that is known."""
        return next((each for each in reversed(self.history) if each.since <= at), None)


def shares_of(variants: tuple[Variant, ...]) -> dict[str, float]:
    """The part of the traffic that each model has by its weights; nothing if a variant names no model."""
    whole = sum(variant.weight for variant in variants)
    if whole <= 0 or not all(variant.model for variant in variants):
        return {}
    found: dict[str, float] = {}
    for variant in variants:
        name = variant.model or ""
        found[name] = round(found.get(name, 0.0) + variant.weight / whole, 4)
    return found
