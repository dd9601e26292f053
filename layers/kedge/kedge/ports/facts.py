"""Reads what a plan needs to know, and what came of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from kedge.domain.facts import Endpoint, EndpointConfig, Health, Model, ModelPackage, RemedyExecution
from kedge.domain.statement import Statement
from kedge.domain.target import Target


class EndpointFacts(Protocol):
    """Reads endpoints and what they are made of."""

    def endpoint(self, name: str) -> Endpoint | None:
        """The endpoint of this name, or None."""

    def config(self, name: str) -> EndpointConfig | None:
        """The endpoint config of this name, or None."""

    def model(self, name: str) -> Model | None:
        """The model of this name, or None."""

    def approval(self, package: str) -> str | None:
        """The approval status of a model package by its ARN, in SageMaker's words; None if there is no package, or no status."""

    def scaled(self, endpoint: str, variants: tuple[str, ...]) -> tuple[str, ...]:
        """Those of an endpoint's variants that are under automatic scaling."""

    def tags(self, target: Target) -> dict[str, str]:
        """The tags of an endpoint as they are now: what allows an act is never believed for long. Raises, where they cannot be read."""


class Artifacts(Protocol):
    """Looks whether objects are there."""

    def exists(self, uri: str) -> bool:
        """Whether there is an object (or, for a URI that ends with a slash, any below it). Permanent where that may not be asked."""


class Starters(Protocol):
    """Reads what remedies start, by ARN: SageMaker pipelines, state machines, CodePipeline; of others nothing can be read."""

    def parameters(self, using: str) -> tuple[str, ...] | None:
        """The names of the parameters that a SageMaker pipeline takes; None where it is no such pipeline, or does not exist."""

    def exists(self, using: str) -> bool | None:
        """Whether there is such a thing; None where that cannot be told for this kind of thing."""

    def running(self, using: str) -> tuple[str, ...] | None:
        """The executions that have not ended, as ARNs; None where that cannot be told for this kind of thing."""

    def is_express(self, using: str) -> bool:
        """Whether this is an EXPRESS state machine, which knows no repetitions and tells nothing of its executions."""

    def execution(self, arn: str) -> RemedyExecution | None:
        """An execution, or None."""


class Packages(Protocol):
    """Reads the model registry."""

    def package(self, arn: str) -> ModelPackage | None:
        """A model package with its metrics, as far as they could be read; None where there is none."""

    def made_by(self, execution: str, like: tuple[str, ...]) -> ModelPackage | None:
        """The package that names this execution as its maker, sought in the groups of the packages in `like`; None where there is none."""


class Metrics(Protocol):
    """Reads how endpoints answer."""

    def health(self, endpoint: str, variants: tuple[str, ...], start: datetime, end: datetime) -> Health:
        """How an endpoint answered in a span of time."""


class IdentityProvider(Protocol):
    """Finds out from AWS who somebody is."""

    def vouched_for(self, proof: Mapping[str, object], statement: Statement) -> str:
        """Return the ARN of who made exactly this statement lately. Raises Permanent with the reason if AWS does not confirm it."""
