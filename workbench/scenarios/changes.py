"""The parts of `input` for changes of an endpoint, statements of operators about it, and results of started executions."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from kedge.policy.spec.types import Duration
from workbench.scenarios.parts import Arn, Part, Text


class Heard(StrEnum):
    """Which of a deployment's events reach Kedge, and how. SageMaker guarantees none of them (docs/aws-behaviour.md)."""

    ONCE = "once"
    TWICE = "twice"  # each event arrives twice
    ECHOED = "echoed"  # each event arrives again 2 hours later, when it is outdated
    BACKWARDS = "backwards"  # the last event arrives first; all arrive after the end
    BEGINNING = "beginning"  # the event of the end is lost
    END = "end"  # the event of the beginning is lost
    NEVER = "never"


class CanaryPart(Part, frozen=True, kw_only=True):
    """The new config has a share of the traffic for a given time."""

    share: Annotated[float, Meta(gt=0, lt=1)]
    for_: Duration = field(name="for")


class DeploymentPart(Part, frozen=True, kw_only=True):
    """An endpoint gets `config` instead of its current one. It is updating from `at` on, and in service `took` later.

    The first event of an endpoint is its creation, unless `over` names the config that it ran before. With `fails`,
    SageMaker rolls back to that config by itself, and the status is InService again.

    `canary` lists the traffic shares before all traffic moves; the deployment then takes as long as its steps. `age` is
    how long before `at` the config was made, if it did not exist. Each event arrives `late`, with its own time. `ahead`
    and `behind` shift that time, as a wrong clock does.
    """

    config: Text
    over: Text | None = None
    took: Duration = "10m"
    fails: bool = False
    heard: Heard = Heard.ONCE
    canary: tuple[CanaryPart, ...] = ()
    age: Duration | None = None
    late: Duration | None = None
    ahead: Duration | None = None
    behind: Duration | None = None


class Mark(StrEnum):
    """A person's statement about a config."""

    GOOD = "good"  # independent of its runs
    VETOED = "vetoed"  # never a target of a roll-back
    NEITHER = "neither"  # removes an earlier statement


class MarkPart(Part, frozen=True, kw_only=True):
    """A person states that a config is good or must never be rolled back to, or removes that statement.

    With `proven: false`, AWS does not confirm who that person is.
    """

    config: Text
    says: Mark
    by: Text = "oncall"
    comment: str = ""
    proven: bool = True


class VotePart(Part, frozen=True, kw_only=True):
    """The person who approves or rejects the waiting plan or, with `stale`, an earlier plan.

    `by` is `user/ana`, `role/MlOnCall/ana` (a role with its session), an ARN, or `chat` for a chat button. A bare name
    is the name of a user. With `proven: false`, AWS does not confirm it.
    """

    by: Text
    reason: str = ""
    stale: bool = False
    proven: bool = True


class PipelinePart(Part, frozen=True, kw_only=True):
    """The result of the execution that a remedy started; with `arn`, of another execution."""

    status: Text
    arn: Arn | None = None
    heard: bool = True


class PackagePart(Part, frozen=True, kw_only=True):
    """A model package `group/version`: its metrics, and its approval status.

    It was registered by the execution that a remedy started, unless it is `foreign`.
    """

    name: Text
    foreign: bool = False
    approval: Text = "PendingManualApproval"
    metrics: dict[str, str] | None = None
    heard: bool = True
