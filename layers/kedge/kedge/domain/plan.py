"""One remedy in full, so that an approval covers exactly that."""

import hashlib
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target


class Routing(StrEnum):
    """How traffic moves to the new config, in SageMaker's own words."""

    ALL_AT_ONCE = "ALL_AT_ONCE"
    CANARY = "CANARY"


class Strategy(Struct, frozen=True, kw_only=True):
    """A blue/green update: its routing, its waiting time in seconds, and the instances of its canary.

    It does not name an alarm: the endpoint's alarms are already in ALARM, and SageMaker would end the update because of
    them (docs/aws-behaviour.md).
    """

    routing: Routing = Routing.ALL_AT_ONCE
    canary_instances: int = 1
    wait_seconds: int = 0


class RollBack(Struct, frozen=True, kw_only=True, tag="roll_back", tag_field="kind"):
    """Move an endpoint from one config, which serves since `since`, to an earlier one, with its current capacity."""

    from_config: str
    to_config: str
    since: datetime


class ShiftTraffic(Struct, frozen=True, kw_only=True, tag="shift_traffic", tag_field="kind"):
    """Take traffic away from a variant: the weights before and after, by variant."""

    config: str
    away_from: str
    before: dict[str, float]
    after: dict[str, float]


class Starter(StrEnum):
    """The kind of the started resource, by its ARN's service."""

    PIPELINE = "sagemaker"
    STATE_MACHINE = "states"
    CODE_PIPELINE = "codepipeline"
    EVENT_BUS = "events"
    FUNCTION = "lambda"


class Retrain(Struct, frozen=True, kw_only=True, tag="retrain", tag_field="kind"):
    """Start the pipeline for a new model. Promotion stays with the model registry's approval."""

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
    """The change of a target, its incident, and its preconditions.

    `sentence` is the text for the approver. `preconditions` are the conditions that are checked again before the act,
    in words. `notes` are further facts for the approver. The digest covers only the target, `doing` and `occasion`: an
    auto-scaled fleet may grow between plan and approval. Two incidents with the same roll-back have one plan; a
    repeatable action has its `occasion`. `requesters` are the people whose statements decided the plan. `strategy` is
    how a roll-back moves traffic, None for SageMaker's default.
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
        """Return the SHA-256 of target and change, in 64 hexadecimal digits.

        SageMaker's tokens need 32 to 128 characters.
        """
        said = msgspec.json.encode([str(self.target), self.doing, self.occasion], order="sorted")
        return hashlib.sha256(said).hexdigest()

    @property
    def brief(self) -> str:
        """Return the plan in the few words of a subject line: `roll back to churn-40`."""
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
