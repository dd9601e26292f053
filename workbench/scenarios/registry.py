"""The model registry of a test, and the health of its endpoints."""

from datetime import datetime

import msgspec

from kedge.domain.facts import Health, ModelPackage


class Registry:
    """Model packages by their ARN."""

    def __init__(self) -> None:
        """Start without packages."""
        self._packages: dict[str, ModelPackage] = {}

    def keep(self, package: ModelPackage) -> None:
        """Keep a package, or a new approval of it. Its metrics and its maker stay."""
        before = self._packages.get(package.arn)
        if before is not None:
            package = msgspec.structs.replace(
                package,
                made_by=package.made_by or before.made_by,
                metrics=package.metrics or before.metrics,
                created=before.created,
            )
        self._packages[package.arn] = package

    def package(self, arn: str) -> ModelPackage | None:
        """Return the package of this ARN, or None."""
        return self._packages.get(arn)

    def made_by(self, execution: str, like: tuple[str, ...]) -> ModelPackage | None:  # noqa: ARG002  a test has one group
        """Return the package that an execution made, or None."""
        return next((each for each in self._packages.values() if each.made_by == execution), None)


class Answers:
    """How endpoints answer, from a moment on."""

    def __init__(self) -> None:
        """Start with healthy endpoints."""
        self._known: list[tuple[str, datetime, Health]] = []

    def change(self, endpoint: str, health: Health, at: datetime) -> None:
        """Set how an endpoint answers from now on."""
        self._known.append((endpoint, at, health))

    def health(self, endpoint: str, variants: tuple[str, ...], start: datetime, end: datetime) -> Health:  # noqa: ARG002
        """Return how an endpoint answered last in a span of time."""
        told = [health for name, at, health in self._known if name == endpoint and at < end]
        return told[-1] if told else Health(invocations=1_000.0, errors=0.001, latency=40.0)
