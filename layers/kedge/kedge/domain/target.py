"""The monitored targets."""

from enum import StrEnum
from typing import Self, override

from msgspec import Struct


class TargetKind(StrEnum):
    """The kind of a target."""

    ENDPOINT = "endpoint"
    SCHEDULE = "schedule"  # a batch monitor does not have an endpoint: its schedule represents it
    ALARM = "alarm"  # an alarm whose dimensions do not name an endpoint
    PIPELINE = "pipeline"
    MODEL_PACKAGE = "model-package"
    ACCOUNT = "account"  # the monitoring of an account and Region as a whole
    FLEET = "fleet"  # all targets of an account and Region together
    POLICY = "policy"  # the rules themselves, which can be broken, too
    MONITORS = "monitors"  # the Monitors document, which can be broken in the same way


class Target(Struct, frozen=True, order=True, kw_only=True, cache_hash=True):
    """One monitored resource of one account and Region.

    `name` keeps its case; SageMaker's ARNs do not, so a name is taken from an ARN only if nothing better exists.
    """

    account: str
    region: str
    kind: TargetKind
    name: str

    @override
    def __str__(self) -> str:
        """Return `<account>/<region>/<kind>/<name>`."""
        return f"{self.account}/{self.region}/{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the target that `str(target)` named. Raises ValueError for any other text."""
        account, region, kind, name = text.split("/", 3)
        return cls(account=account, region=region, kind=TargetKind(kind), name=name)
