"""One remedy spelled out, so that a person can say yes to exactly that and to nothing else."""

import hashlib
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target


class Routing(StrEnum):
    """How traffic moves to the config that comes, in SageMaker's own words."""

    ALL_AT_ONCE = "ALL_AT_ONCE"
    CANARY = "CANARY"


class Strategy(Struct, frozen=True, kw_only=True):
    """A blue/green update: how traffic moves, how long to wait between, in seconds, and how many instances a canary has.

    It names no alarm: those of the endpoint are what is in alarm, and SageMaker would end the update by them (docs/aws-behaviour.md).
    """

    routing: Routing = Routing.ALL_AT_ONCE
    canary_instances: int = 1
    wait_seconds: int = 0


class RollBack(Struct, frozen=True, kw_only=True, tag="roll_back", tag_field="kind"):
    """Take an endpoint from one config, which serves since `since`, back to an earlier one, with the capacity that it has then."""

    from_config: str
    to_config: str
    since: datetime


class ShiftTraffic(Struct, frozen=True, kw_only=True, tag="shift_traffic", tag_field="kind"):
    """Take traffic away from a variant: the weights as they are, and as they are to be, by variant."""

    config: str
    away_from: str
    before: dict[str, float]
    after: dict[str, float]


class Starter(StrEnum):
    """What kind of thing a remedy starts, by its ARN's service."""

    PIPELINE = "sagemaker"
    STATE_MACHINE = "states"
    CODE_PIPELINE = "codepipeline"
    EVENT_BUS = "events"
    FUNCTION = "lambda"


class Retrain(Struct, frozen=True, kw_only=True, tag="retrain", tag_field="kind"):
    """Start what makes a new model. Promotion stays with the model registry's approval."""

    using: str
    starter: Starter
    parameters: dict[str, str] = {}
    packages: tuple[str, ...] = ()


class Invoke(Struct, frozen=True, kw_only=True, tag="invoke", tag_field="kind"):
    """Call the team's own function or state machine."""

    using: str
    starter: Starter
    parameters: dict[str, str] = {}


type PlanAction = RollBack | ShiftTraffic | Retrain | Invoke


class Plan(Struct, frozen=True, kw_only=True):
    """What is to be done to a target, for which incident, and what must hold when it is done.

    `sentence` says it to whoever has to approve; `preconditions` are what is looked at again before the act, in words. `notes` are
    what an approver should know beside it. The digest stands for the target, `doing` and `occasion`, and for nothing else: an
    auto-scaled fleet may grow between plan and approval. Two incidents that ask for the same roll-back have one plan; what may be
    done more than once has its occasion. `requesters` are the people whose word decided what would be done. `strategy` is how a roll-back moves traffic, None where SageMaker's default must do.
    """

    target: Target
    incident: str
    remedy: RemedyName
    doing: PlanAction
    sentence: str
    occasion: str = ""
    strategy: Strategy | None = None
    preconditions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    requesters: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256, in 64 hexadecimal digits, of what would be done to what: 32 to 128 characters, as SageMaker's tokens need."""
        said = msgspec.json.encode([str(self.target), self.doing, self.occasion], order="sorted")
        return hashlib.sha256(said).hexdigest()

    @property
    def brief(self) -> str:
        """The plan in the few words that a subject line has room for: `roll back to churn-40`."""
        match self.doing:
            case RollBack(to_config=config):
                return f"roll back to {config}"
            case ShiftTraffic(away_from=variant):
                return f"take traffic away from {variant}"
            case Retrain(using=using):
                return f"retrain with {_name_of(using)}"
            case Invoke(using=using):
                return f"call {_name_of(using)}"


def _name_of(arn: str) -> str:
    return arn.rpartition("/")[2].rpartition(":")[2]
