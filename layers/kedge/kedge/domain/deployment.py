"""The deployment ledger of an endpoint: its configs, their times, origins and runs.

SageMaker does not keep such a history (docs/aws-behaviour.md).
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kedge.domain.facts import Variant
from kedge.domain.provenance import Voucher, shown

KEPT: Final = 50
"""The maximum number of deployments of an endpoint in the ledger."""


class DeploymentOrigin(StrEnum):
    """How a config came into service."""

    FOUND = "found"  # it served when Kedge first read the endpoint; only its creation time limits the start
    DEPLOYED = "deployed"  # a user updated the endpoint
    WENT_BACK = "went_back"  # SageMaker rolled back to it by itself
    REMEDY = "remedy"  # Kedge rolled back to it


class Trust(StrEnum):
    """How far a config is trusted."""

    GOOD = "good"
    BAD = "bad"
    UNPROVEN = "unproven"


class RunTally(Struct, frozen=True, kw_only=True):
    """The runs of one source while a config served; `last` is `g` or `v` as in `SourceState.history`.

    `of_inputs` says that the source monitors the inputs, which do not depend on the config.
    """

    clean: int = 0
    bad: int = 0
    last: str = ""
    of_inputs: bool = False


class Deployment(Struct, frozen=True, kw_only=True):
    """A config that serves, or served, on an endpoint.

    `since` is when it began to serve, `until` when another did. `runs` counts its runs by source, when it ended.
    `action` is the digest of the plan with which Kedge deployed it. `began` is the known start of its deployment: from
    then on it may have had some of the traffic. `shown_by` is the authority that confirmed it, None if this was not
    recorded. `unconfirmed` counts the runs that no authority confirms. `shares` are the known traffic shares of its
    models, by name.
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
    """A config that is being deployed, the config before it, and the start; for one that never served, also the end."""

    config: str
    over: str | None
    since: datetime
    until: datetime | None = None


class ConfigMark(Struct, frozen=True, kw_only=True):
    """A person's mark of a config: it is good, independent of its runs, or must never be rolled back to.

    `proven` says that AWS confirmed who `by` is. Marks from before Kedge required this are not proven.
    """

    config: str
    good: bool
    by: str
    proven: bool = False
    comment: str = ""
    at: datetime

    @property
    def author_name(self) -> str:
        """Return the name for messages."""
        return shown(self.by, proven=self.proven)


class Deployments(Struct, frozen=True, kw_only=True):
    """The deployment ledger of an endpoint, the oldest first.

    `undone` are deployments that did not complete, `away_from` the configs that a remedy replaced.
    """

    history: tuple[Deployment, ...] = ()
    coming: PendingDeployment | None = None
    undone: tuple[PendingDeployment, ...] = ()
    marks: tuple[ConfigMark, ...] = ()
    away_from: tuple[str, ...] = ()

    @property
    def current(self) -> Deployment | None:
        """Return the config that serves now, by the received signals."""
        return self.history[-1] if self.history else None

    def serving(self, at: datetime) -> Deployment | None:
        """Return the config that served at a moment; None before the first known one."""
        return next((each for each in reversed(self.history) if each.since <= at), None)


def shares_of(variants: tuple[Variant, ...]) -> dict[str, float]:
    """Return the traffic share of each model by its weight; empty if a variant does not name a model."""
    whole = sum(variant.weight for variant in variants)
    if whole <= 0 or not all(variant.model for variant in variants):
        return {}
    found: dict[str, float] = {}
    for variant in variants:
        name = variant.model or ""
        found[name] = round(found.get(name, 0.0) + variant.weight / whole, 4)
    return found
