"""The ports that read the facts for a plan, and its result."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from kedge.domain.facts import Endpoint, EndpointConfig, Health, Model, ModelPackage, RemedyExecution
from kedge.domain.statement import Statement
from kedge.domain.target import Target


class EndpointFacts(Protocol):
    """Endpoints and their parts."""

    def endpoint(self, name: str) -> Endpoint | None:
        """Return the endpoint of this name, or None."""

    def config(self, name: str) -> EndpointConfig | None:
        """Return the endpoint config of this name, or None."""

    def model(self, name: str) -> Model | None:
        """Return the model of this name, or None."""

    def approval(self, package: str) -> str | None:
        """Return the approval status of a model package in SageMaker's words; None if there is no package or status."""

    def scaled(self, endpoint: str, variants: tuple[str, ...]) -> tuple[str, ...]:
        """Return the variants of an endpoint that are under automatic scaling."""

    def tags(self, target: Target) -> dict[str, str]:
        """Return the current tags of an endpoint.

        Tags that permit an act are cached only briefly. Raises Transient or Permanent if they cannot be read.
        """


class Artifacts(Protocol):
    """Model artifacts in S3."""

    def exists(self, uri: str) -> bool:
        """Return whether an object exists, or any below a URI that ends with a slash.

        Raises Permanent if the role may not ask.
        """


class Starters(Protocol):
    """The starters of remedies, by ARN: SageMaker pipelines, state machines, CodePipeline.

    Other kinds cannot be read.
    """

    def parameters(self, using: str) -> tuple[str, ...] | None:
        """Return the parameter names of a SageMaker pipeline, or None if it is another thing or does not exist."""

    def exists(self, using: str) -> bool | None:
        """Return whether it exists; None if that is unknown for this kind."""

    def running(self, using: str) -> tuple[str, ...] | None:
        """Return the ARNs of the executions that still run; None if that is unknown for this kind."""

    def is_express(self, using: str) -> bool:
        """Return whether this is an EXPRESS state machine: it has no idempotency, and its executions cannot be read."""

    def execution(self, arn: str) -> RemedyExecution | None:
        """Return an execution, or None."""


class Packages(Protocol):
    """The model registry."""

    def package(self, arn: str) -> ModelPackage | None:
        """Return a model package with its readable metrics, or None if there is none."""

    def made_by(self, execution: str, like: tuple[str, ...]) -> ModelPackage | None:
        """Return the package that names this execution as its maker, or None.

        The search covers the groups of the packages in `like`.
        """


class Metrics(Protocol):
    """The metrics of endpoints."""

    def health(self, endpoint: str, variants: tuple[str, ...], start: datetime, end: datetime) -> Health:
        """Return how an endpoint responded in a period."""


class IdentityProvider(Protocol):
    """A provider that confirms identities through AWS."""

    def vouched_for(self, proof: Mapping[str, object], statement: Statement) -> str:
        """Return the ARN of the maker of exactly this recent statement.

        Raises Permanent with the reason if AWS does not confirm it.
        """
