"""What is monitored."""

from enum import StrEnum
from typing import Self, override

from msgspec import Struct


class TargetKind(StrEnum):
    """What sort of thing a target is."""

    ENDPOINT = "endpoint"
    SCHEDULE = "schedule"  # a batch monitor has no endpoint: its schedule stands for it
    ALARM = "alarm"  # an alarm whose dimensions name no endpoint
    PIPELINE = "pipeline"
    MODEL_PACKAGE = "model-package"
    FLEET = "fleet"  # all targets of an account and region together
    POLICY = "policy"  # the rules themselves, which can be broken, too


class Target(Struct, frozen=True, order=True, kw_only=True, cache_hash=True):
    """One monitored thing of one account and region.

    `name` keeps its case; SageMaker's ARNs do not, so a name is taken from an ARN only where nothing better exists.
    """

    account: str
    region: str
    kind: TargetKind
    name: str

    @override
    def __str__(self) -> str:
        """`<account>/<region>/<kind>/<name>`."""
        return f"{self.account}/{self.region}/{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The target that `str(target)` named. Raises ValueError where the text is none."""
        account, region, kind, name = text.split("/", 3)
        return cls(account=account, region=region, kind=TargetKind(kind), name=name)
