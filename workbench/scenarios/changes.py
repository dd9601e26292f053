"""What changes about an endpoint, what people say of it, and what came of what was started: the parts of `input` for that."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from kedge.policy.spec.types import Duration
from workbench.scenarios.parts import Arn, Part, Text


class Heard(StrEnum):
    """Which of the events of a deployment reach Kedge, and how. SageMaker promises none of them (docs/aws-behaviour.md)."""

    ONCE = "once"
    TWICE = "twice"  # each comes again
    ECHOED = "echoed"  # each comes again two hours later, when it is long not true any more
    BACKWARDS = "backwards"  # the last comes first, all when it is over
    BEGINNING = "beginning"  # that it ended is lost
    END = "end"  # that it began is lost
    NEVER = "never"


class CanaryPart(Part, frozen=True, kw_only=True):
    """The new config has a share of the traffic, for so long."""

    share: Annotated[float, Meta(gt=0, lt=1)]
    for_: Duration = field(name="for")


class DeploymentPart(Part, frozen=True, kw_only=True):
    """An endpoint gets `config`, over the one that it runs: it is updating from `at` on, and in service `took` later.

    The first thing that happens to an endpoint is its creation, unless `over` names what it ran before. With `fails`, SageMaker goes
    back by itself to what ran before, and says InService, too.

    `canary` is how the traffic moves before all of it does: then the deployment takes as long as its steps. `age` is how long before `at`
    the config was made, if it was not there yet. Each event comes `late`, with its own time; `ahead` and `behind` shift that time, as a
    clock does that is wrong.
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
    """What a person says of a config."""

    GOOD = "good"  # whatever its runs were
    VETOED = "vetoed"  # never to be gone back to
    NEITHER = "neither"  # what was said of it before does not hold any more


class MarkPart(Part, frozen=True, kw_only=True):
    """A person says of a config that it is good, or is never to be gone back to; or takes that back.

    With `proven: false`, AWS does not confirm who that is.
    """

    config: Text
    says: Mark
    by: Text = "oncall"
    comment: str = ""
    proven: bool = True


class VotePart(Part, frozen=True, kw_only=True):
    """Who says yes or no to the plan that waits, or, with `stale`, to another one than that.

    `by` is `user/ana`, `role/MlOnCall/ana` (a role with its session), an ARN, or `chat` for a button of the chat; a bare name is a user's.
    With `proven: false`, AWS does not confirm it.
    """

    by: Text
    reason: str = ""
    stale: bool = False
    proven: bool = True


class PipelinePart(Part, frozen=True, kw_only=True):
    """What came of the execution that a remedy started; with `arn`, of another one."""

    status: Text
    arn: Arn | None = None
    heard: bool = True


class PackagePart(Part, frozen=True, kw_only=True):
    """A model package `group/version`: what it measured, and whether somebody approved it.

    It was registered by the execution that a remedy started, unless it is `foreign`.
    """

    name: Text
    foreign: bool = False
    approval: Text = "PendingManualApproval"
    metrics: dict[str, str] | None = None
    heard: bool = True
