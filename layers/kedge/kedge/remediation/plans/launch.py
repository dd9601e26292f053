"""The resource that a remedy may start: who names it, its kind, and its account and Region."""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from kedge.domain.decision import RemedyHeld
from kedge.domain.plan import Starter
from kedge.domain.remedy import HoldReason
from kedge.remediation.plans.request import PlanRequest

_PARTS: Final = 6
# The resource's part of an ARN, by botocore's models.
_RESOURCES: Final[Mapping[Starter, re.Pattern[str]]] = {
    Starter.PIPELINE: re.compile(r"pipeline/[A-Za-z0-9-]{1,256}"),
    Starter.STATE_MACHINE: re.compile(r"stateMachine:[^\s:/]{1,80}(?::[^\s:/]{1,80})?"),
    Starter.CODE_PIPELINE: re.compile(r"[A-Za-z0-9.@_-]{1,100}"),
    Starter.EVENT_BUS: re.compile(r"event-bus/[A-Za-z0-9./_-]{1,256}"),
    Starter.FUNCTION: re.compile(r"function:[A-Za-z0-9_-]{1,140}(?::[$A-Za-z0-9_-]{1,128})?"),
}
_WORDS: Final[Mapping[Starter, str]] = {
    Starter.PIPELINE: "pipeline",
    Starter.STATE_MACHINE: "state machine",
    Starter.CODE_PIPELINE: "CodePipeline",
    Starter.EVENT_BUS: "event bus",
    Starter.FUNCTION: "function",
}


class Launch(Struct, frozen=True, kw_only=True):
    """A resource to be started, and the place that names it."""

    arn: str
    starter: Starter
    name: str
    said: str

    @property
    def words(self) -> str:
        """Return its name for people: `pipeline churn-retrain`."""
        return f"{_WORDS[self.starter]} {self.name}"


def as_aws_writes(arn: str) -> str:
    """Return an ARN as AWS writes it: the name of a SageMaker pipeline is always in lower case.

    SageMaker finds a pipeline by either spelling, and IAM compares its ARN letter by letter with the lower-case one.
    """
    *before, resource = arn.split(":", _PARTS - 1)
    is_pipeline = len(before) == _PARTS - 1 and before[2] == Starter.PIPELINE
    return ":".join((*before, resource.lower())) if is_pipeline else arn


def using_of(request: PlanRequest, arn: str, said: str, allowed: tuple[Starter, ...]) -> Launch | RemedyHeld:
    """Return the resource that an ARN would start.

    It is refused if it is not a valid ARN, belongs to another account or Region, or cannot be started.
    """
    arn = as_aws_writes(arn)
    parts = arn.split(":", _PARTS - 1)
    kinds = ", ".join(_WORDS[each] for each in allowed)
    if len(parts) < _PARTS or parts[0] != "arn" or parts[2] not in Starter or Starter(parts[2]) not in allowed:
        says = f"{said} says {arn!r}, which is not the ARN of something that {request.rule.remedy} can start ({kinds})"
        return request.refused(HoldReason.WRONG_PARAMETER, says)
    starter = Starter(parts[2])
    if _RESOURCES[starter].fullmatch(parts[5]) is None:
        says = f"{said} says {arn!r}, which names no {_WORDS[starter]}"
        return request.refused(HoldReason.WRONG_PARAMETER, says)
    if (parts[3], parts[4]) != (request.target.region, request.target.account):
        says = (
            f"{said} says {arn!r}, of account {parts[4]} in {parts[3]}; {request.name} is of {request.target.account} in"
            f" {request.target.region}, and a remedy stays there"
        )
        return request.refused(HoldReason.WRONG_PARAMETER, says)
    name = re.split(r"[:/]", parts[5], maxsplit=1)[-1]
    if request.facts.express and request.facts.using in (None, arn):
        says = (
            f"{said} names the state machine {name}, which is of type EXPRESS: it would run twice if AWS's answer were lost, and it"
            " does not report its result; name a STANDARD one"
        )
        return request.refused(HoldReason.WRONG_PARAMETER, says)
    return Launch(arn=arn, starter=starter, name=name, said=said)
