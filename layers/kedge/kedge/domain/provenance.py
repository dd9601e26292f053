"""The origin of a fact and the authority that confirms it.

An action needs a fact that a stranger cannot write.
"""

from enum import StrEnum
from typing import Final, Self

from msgspec import Struct, field


class EntryPoint(StrEnum):
    """The way a fact reached Kedge."""

    EVENTS = "events"  # EventBridge, through the signals queue
    TOPIC = "alarms_topic"  # a message that was published to the alarms topic
    DIRECT = "direct"  # a direct invocation: Lambda does not say whose
    PEOPLE = "people"  # the function for people, whose callers prove their identity
    KEDGE = "kedge"  # Kedge itself: a timer, a read of an endpoint


class Voucher(StrEnum):
    """The authority that confirms a fact. `who` is its name for people.

    `may_act` says if a remedy may follow without approval.
    """

    who: str
    may_act: bool

    def __new__(cls, value: str, who: str, may_act: bool) -> Self:
        """Make a member with its attributes."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.who = who
        member.may_act = may_act
        return member

    SAGEMAKER = ("sagemaker", "SageMaker", True)  # its API knows the execution, job, step or config
    CLOUDWATCH = ("cloudwatch", "CloudWatch", True)  # its API says that the alarm is in this state
    DETECTOR = ("detector", "a detector that the operator named", True)  # it proved its identity
    KEDGE = ("kedge", "Kedge", True)  # Kedge measured it
    EVENTBRIDGE = ("eventbridge", "an event of AWS", False)  # the service's API was not asked, or has forgotten
    NOBODY = ("nobody", "no authority", False)  # there is only a message or a file


class Provenance(Struct, frozen=True, kw_only=True):
    """The way of a fact, and the authority that confirms it.

    `says` describes the origin in a few words, such as `a file in s3://reports` or `a message on the alarms topic`.
    """

    entry_point: EntryPoint = field(default=EntryPoint.DIRECT, name="door")
    voucher: Voucher = Voucher.NOBODY
    says: str = ""

    @property
    def is_vouched(self) -> bool:
        """Return whether any authority confirms the fact."""
        return self.voucher is not Voucher.NOBODY

    @property
    def may_act(self) -> bool:
        """Return whether this fact allows a remedy without approval."""
        return self.voucher.may_act

    @property
    def sentence(self) -> str:
        """Return a sentence such as `Confirmed by SageMaker.`, or `A file in s3://reports: no authority confirms it.`."""
        if self.is_vouched:
            return f"Confirmed by {self.words if self.voucher is Voucher.DETECTOR else self.voucher.who}."
        return f"{'A message' if not self.says else self.says[0].upper() + self.says[1:]}: no authority confirms it."

    @property
    def words(self) -> str:
        """Return the authority and the fact for people: `SageMaker (processing job churn-dq-10)`."""
        return f"{self.voucher.who} ({self.says})" if self.says else self.voucher.who


def weaker(one: Provenance, other: Provenance) -> Provenance:
    """Return the less confirmed of two provenances; the first of equals."""
    return min(one, other, key=lambda each: (each.may_act, each.is_vouched))


OWN: Final = Provenance(entry_point=EntryPoint.KEDGE, voucher=Voucher.KEDGE)
"""The provenance of Kedge's own facts."""


_UNPROVEN: Final = " (not proven)"
# The shortest place for a name in a message has 40 characters: the rest of a longer name would be cut off there.
_LONGEST: Final = 40 - len(_UNPROVEN)


def shown(by: str, *, proven: bool) -> str:
    """Return a name for messages: the user or role of an ARN that AWS confirmed, else the name with a remark.

    The whole name stays where the act is stored.
    """
    if proven:
        return by.rpartition(":")[2] if by.startswith("arn:") else by
    return (by if len(by) <= _LONGEST else f"{by[: _LONGEST - 1]}…") + _UNPROVEN


def stored(by: str, *, proven: bool) -> str:
    """Return a whole name for the timeline, with the same remark if it is not proven."""
    return by if proven else f"{by}{_UNPROVEN}"
