"""A file of policy tests: what is written in it, word for word.

The names are promtool's where it has one. Moments are durations since `start`.
"""

from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, UnsetType, field

from kedge.domain.cause import Cause
from kedge.domain.effect import ChannelName
from kedge.domain.incident import IncidentState, Severity, SuppressionReason
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor
from kedge.policy.spec.types import Duration, Matchers, Moment
from workbench.scenarios.changes import DeploymentPart, MarkPart, PackagePart, PipelinePart, VotePart
from workbench.scenarios.conditions import WorldPart
from workbench.scenarios.doors import By
from workbench.scenarios.expected import RemedyPart
from workbench.scenarios.lifetimes import DeletedPart, MadePart
from workbench.scenarios.parts import Account, Count, Part, Path, Text

MONDAY: Final = "2026-01-05T00:00:00Z"
"""When tests start that do not say when: a Monday, at midnight UTC."""

type Values = Annotated[
    str,
    Meta(
        min_length=1,
        description="What the runs came to, one after the other: numbers (compared with `limit`), the words clean, "
        "violated, failed, no_data, stopped and few (violated, on too few records), and _ for a run that did not happen. "
        "`x3` behind one repeats it three more times, `0.1+0.2x3` and `0.9-0.1x3` go on in steps.",
        examples=["0.05x1 0.41x2 _", "clean violatedx5 clean"],
    ),
]


type Colour = Literal["ALARM", "OK", "INSUFFICIENT_DATA"]


class TargetPart(Part, frozen=True, kw_only=True):
    """What is monitored: an endpoint, or a batch monitor's schedule. What is left out is that of the test's target.

    `model-{001..200}` stands for two hundred endpoints.
    """

    endpoint: Text | None = None
    schedule: Text | None = None
    account: Account | None = None
    region: Text | None = None
    tags: dict[str, str] | None = None


class AlarmPart(Part, frozen=True, kw_only=True):
    """A CloudWatch alarm that changed colour. Without `dimensions` it is about the target's endpoint.

    `previous` is the colour that it had before: OK of one that goes off, ALARM of any other, if it is not given. `ahead` and `behind` shift
    the time that it tells, as a clock does that is wrong.
    """

    name: Text
    state: Colour = "ALARM"
    previous: Colour | None = None
    namespace: str = "AWS/SageMaker"
    metric: str = "Invocation5XXErrors"
    dimensions: dict[str, str] | None = None
    value: float | None = None
    threshold: float | None = None
    description: str = ""
    ahead: Duration | None = None
    behind: Duration | None = None


class Person(Part, frozen=True, kw_only=True):
    """Who decided, and what they said about it."""

    by: Text
    comment: str = ""


class Input(Part, frozen=True, kw_only=True):
    """One thing that happens, exactly one of the keys that docs/policy-tests.md lists.

    `values` are the runs of a monitor, from `at` on, every `interval`; several series of one monitor make one run with several
    findings, and with `late` each run is heard of that much after its window. `report` and `statistics` are files as a run leaves
    them in S3, `event` is one as it is delivered. The others are what happened at `at`: an alarm, a deployment, a person's decision
    about the target's incident, config or plan, what came of what was started, that the policy cannot be read (`policy: broken`) or
    can again (`mended`), that its kill switch is on, or off again, or that another policy is published (its file). `deleted` and `made`
    are the end and the making of the target or of a `schedule`. `world` is what SageMaker answers from then on.

    `by` says how it reaches Kedge: as `events` of AWS, if you give nothing, or by a stranger's message on the alarms `topic`, `call` of
    intake, or `file` in a bucket of reports. What a stranger says has not happened. A `report` is a file, unless `by: events` says that
    a run of its schedule has written it.
    """

    at: Duration | None = None
    by: By | None = None
    target: TargetPart | None = None
    monitor: Monitor | None = None
    schedule: Text | None = None
    values: Values | None = None
    interval: Duration | None = None
    feature: Text | tuple[str, ...] | None = None
    metric: Text | None = None
    facet: Text | None = None
    check: Text | None = None
    limit: float | None = None
    records: Count | None = None
    features: Count | None = None
    late: Duration | None = None
    report: Path | None = None
    statistics: Path | None = None
    event: Path | None = None
    alarm: AlarmPart | None = None
    ack: Person | None = None
    mitigate: Person | None = None
    resolve: Person | None = None
    note: Person | None = None
    policy: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="broken, mended, kill_switch_on, kill_switch_off, or the file of another policy that is published.",
            ),
        ]
        | None
    ) = None
    deployment: DeploymentPart | None = None
    world: WorldPart | None = None
    mark: MarkPart | None = None
    approve: VotePart | None = None
    reject: VotePart | None = None
    pipeline: PipelinePart | None = None
    package: PackagePart | None = None
    deleted: DeletedPart | None = None
    made: MadePart | None = None


class SilencePart(Part, frozen=True, kw_only=True):
    """Quiet that somebody asked for while the test goes on; `expire_at` ends it earlier than `for` said."""

    matchers: Annotated[Matchers, Meta(min_length=1)]
    from_: Duration = field(name="from", default="0")
    for_: Duration = field(name="for")
    expire_at: Duration | None = None
    by: Text = "oncall"
    comment: str = ""


class IncidentPart(Part, frozen=True, kw_only=True):
    """The incident as it is to be; what is left out may be anything."""

    state: IncidentState | UnsetType = UNSET
    severity: Severity | UnsetType = UNSET
    cause: Cause | UnsetType = UNSET
    owner: str | UnsetType | None = UNSET
    runbook: str | UnsetType | None = UNSET
    by: str | UnsetType | None = UNSET
    runs: int | UnsetType = UNSET
    reopened: int | UnsetType = UNSET
    flapping: bool | UnsetType = UNSET
    findings: int | UnsetType | None = UNSET
    evidence: Annotated[tuple[str, ...], Meta(description="Texts that the evidence contains.")] = ()


class HeardPart(Part, frozen=True, kw_only=True):
    """Who was told, why, and of how many incidents at once."""

    receiver: Text
    why: Reason | None = None
    incidents: Count | None = None


class HushedPart(Part, frozen=True, kw_only=True):
    """Who was not told, and what kept it from them."""

    receiver: Text
    quiet: SuppressionReason | None = None


class MessagePart(Part, frozen=True, kw_only=True):
    """The last message that was sent: to `receiver`, if it is given, through `channel`."""

    receiver: Text | None = None
    channel: ChannelName = ChannelName.MAIL
    subject: Text | None = None
    contains: tuple[str, ...] = ()


class Conditions(Part, frozen=True, kw_only=True):
    """What is to be so. What is left out is not looked at.

    `incident` (null: there is none), `reason` and `remedies` are about the target's newest incident, of `monitor` where that is
    given. `notify` and `quiet` are all who were told, and all who were not, and `acts` all that was done to AWS, since the
    expectation before that has the same key: an empty list means that there was nobody, or nothing. `standing` counts the open
    incidents of all targets by where their remedies stand. Of `any_of`, one at least is to be so; what `not` says, as a whole, is not.
    """

    target: TargetPart | None = None
    monitor: Monitor | None = None
    incident: IncidentPart | UnsetType | None = UNSET
    open: Annotated[int, Meta(ge=0, description="How many incidents are open, of all targets.")] | UnsetType = UNSET
    reason: Annotated[Reason, Meta(description="What the last signal came to.")] | UnsetType = UNSET
    notify: tuple[str | HeardPart, ...] | UnsetType = UNSET
    quiet: tuple[str | HushedPart, ...] | UnsetType = UNSET
    remedies: tuple[str | RemedyPart, ...] | UnsetType = UNSET
    standing: dict[str, str] | UnsetType = UNSET
    acts: tuple[Text, ...] | UnsetType = UNSET
    message: MessagePart | None = None
    any_of: tuple["Conditions", ...] = ()
    not_: "Conditions | None" = field(name="not", default=None)


class Expectation(Conditions, frozen=True, kw_only=True):
    """What is to be so at a moment, and what is not."""

    at: Duration


class PolicyTest(Part, frozen=True, kw_only=True):
    """One situation. `extends` names another test of this file: its target, times, silences and input come first."""

    name: Text
    extends: Text | None = None
    target: TargetPart | None = None
    start: Moment | None = None
    environment: str | None = None
    interval: Duration | None = None
    input: tuple[Input, ...] = ()
    silences: tuple[SilencePart, ...] = ()
    expect: Annotated[tuple[Expectation, ...], Meta(min_length=1)]


class RouteTest(Part, frozen=True, kw_only=True):
    """Who would hear of an incident with these labels."""

    labels: dict[str, str]
    receivers: tuple[str, ...]


class PolicyTests(Part, frozen=True, kw_only=True):
    """A whole file. Everything in it holds under each of its policies.

    `start`, `environment` and `interval` (an hour) are for all tests that do not give their own.
    """

    api_version: Annotated[Literal["kedge/v1"], Meta(description="Always kedge/v1.")] = field(name="apiVersion")
    policy_files: Annotated[tuple[Path, ...], Meta(min_length=1)]
    start: Moment = MONDAY
    environment: str = ""
    interval: Duration = "1h"
    tests: tuple[PolicyTest, ...] = ()
    routes: tuple[RouteTest, ...] = ()
