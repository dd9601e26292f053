"""Where a fact came from, and which authority confirms it: acting needs a fact that a stranger cannot write."""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Door(StrEnum):
    """The way by which a fact reached Kedge."""

    EVENTS = "events"  # EventBridge, through the signals queue
    TOPIC = "alarms_topic"  # a message that somebody published to the alarms topic
    DIRECT = "direct"  # a direct invocation: Lambda does not tell whose
    PEOPLE = "people"  # the function for people, whose callers prove who they are
    KEDGE = "kedge"  # Kedge itself: a timer, a look at an endpoint


class Voucher(StrEnum):
    """The authority that confirms a fact."""

    SAGEMAKER = "sagemaker"  # SageMaker's API knows the execution, job, step or config
    CLOUDWATCH = "cloudwatch"  # CloudWatch's API says that the alarm is in this state
    EVENTBRIDGE = "eventbridge"  # an AWS service sent the event; its API was not asked, or has forgotten
    DETECTOR = "detector"  # a detector that the operator named, and that proved its identity
    KEDGE = "kedge"  # Kedge measured it
    NOBODY = "nobody"  # there is only a message or a file

    @property
    def is_vouched(self) -> bool:
        """Whether any authority confirms the fact."""
        return self is not Voucher.NOBODY

    @property
    def may_act(self) -> bool:
        """Whether a remedy may be carried out on this fact without approval."""
        return self in _ACTS


_ACTS: Final = frozenset({Voucher.SAGEMAKER, Voucher.CLOUDWATCH, Voucher.DETECTOR, Voucher.KEDGE})


class Provenance(Struct, frozen=True, kw_only=True):
    """By which way a fact came, and who confirms it.

    `says` describes the origin in a few words, such as `a file in s3://reports` or `a message on the alarms topic`.
    """

    door: Door = Door.DIRECT
    voucher: Voucher = Voucher.NOBODY
    says: str = ""

    @property
    def is_vouched(self) -> bool:
        """Whether any authority confirms the fact."""
        return self.voucher.is_vouched

    @property
    def may_act(self) -> bool:
        """Whether a remedy may be carried out on this fact without approval."""
        return self.voucher.may_act


OWN: Final = Provenance(door=Door.KEDGE, voucher=Voucher.KEDGE)
"""The provenance of what Kedge found out by itself."""
