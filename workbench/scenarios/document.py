"""The types of a file of policy tests, word for word.

The names are promtool's if it has one. Moments are durations since `start`.
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
from workbench.scenarios.entry_points import By
from workbench.scenarios.expected import RemedyPart
from workbench.scenarios.lifetimes import DeletedPart, MadePart
from workbench.scenarios.parts import Account, Count, Part, Path, Text

MONDAY: Final = "2026-01-05T00:00:00Z"
"""The start of tests that do not give one: a Monday, at midnight UTC."""

type Values = Annotated[
    str,
    Meta(
        min_length=1,
        description="The results of the runs in order. A result is a number (compared with `limit`), or one of the words clean, "
        "violated, failed, no_data, stopped and few (violated, on too few records). _ is a run that did not happen. "
        "`x3` behind one repeats it 3 more times, `0.1+0.2x3` and `0.9-0.1x3` continue in steps.",
        examples=["0.05x1 0.41x2 _", "clean violatedx5 clean"],
    ),
]


type Colour = Literal["ALARM", "OK", "INSUFFICIENT_DATA"]


class TargetPart(Part, frozen=True, kw_only=True):
    """The monitored target: an endpoint, or a batch monitor's schedule. Absent keys come from the test's target.

    `model-{001..200}` stands for 200 endpoints.
    """

    endpoint: Text | None = None
    schedule: Text | None = None
    account: Account | None = None
    region: Text | None = None
    tags: dict[str, str] | None = None


class AlarmPart(Part, frozen=True, kw_only=True):
    """A CloudWatch alarm that changed its state. Without `dimensions` it is about the target's endpoint.

    `previous` is its earlier state. The default is OK before ALARM, and ALARM before any other state. `ahead` and
    `behind` shift the time in the event, as a wrong clock does.
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
    """The person who decided, and their comment."""

    by: Text
    comment: str = ""


class Input(Part, frozen=True, kw_only=True):
    """One event, with exactly one of the keys that docs/policy-tests.md lists.

    `values` are the runs of a monitor, from `at` on, every `interval`. Several series of one monitor make one run with
    several findings. With `late`, each run arrives that long after its window. `report` and `statistics` are files as a
    run leaves them in S3, `event` is a file as it is delivered.

    The other keys are events at `at`, such as an alarm, a deployment, or the result of a started execution. A person
    may decide about the target's incident, config or plan. `policy` is `broken` if the policy cannot be read and
    `mended` if it can again. It can also switch the kill switch on or off, or name the file of another policy that is
    published. `deleted` and `made` are the end and the creation of the target or of a `schedule`. `world` is what
    SageMaker answers from then on.

    `by` says how the event reaches Kedge. The default is `events` of AWS. A stranger uses a message on the alarms
    `topic`, a `call` of intake, or a `file` in a bucket of reports. A stranger's event did not really happen. A
    `report` is a file, unless `by: events` says that a run of its schedule has written it.
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
    """A silence that starts during the test. `expire_at` ends it earlier than `for`."""

    matchers: Annotated[Matchers, Meta(min_length=1)]
    from_: Duration = field(name="from", default="0")
    for_: Duration = field(name="for")
    expire_at: Duration | None = None
    by: Text = "oncall"
    comment: str = ""


class IncidentPart(Part, frozen=True, kw_only=True):
    """The expected incident. An absent key may have any value."""

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
    """The receiver of a notification, its reason, and the number of incidents in it."""

    receiver: Text
    why: Reason | None = None
    incidents: Count | None = None


class HushedPart(Part, frozen=True, kw_only=True):
    """The receiver of a suppressed notification, and the reason of the suppression."""

    receiver: Text
    quiet: SuppressionReason | None = None


class MessagePart(Part, frozen=True, kw_only=True):
    """The last message that was sent through `channel`, to `receiver` if it is given."""

    receiver: Text | None = None
    channel: ChannelName = ChannelName.MAIL
    subject: Text | None = None
    contains: tuple[str, ...] = ()


class Conditions(Part, frozen=True, kw_only=True):
    """The expected state. An absent key is not checked.

    `incident` (null: there is none), `reason` and `remedies` are about the target's newest incident, of `monitor` if it
    is given. `notify` lists all receivers that were notified, `quiet` all that were suppressed, and `acts` all calls
    that changed AWS. Each of the three counts since the previous expectation that has the same key; an empty list
    expects none.

    `standing` counts the open incidents of all targets by the status of their remedies. At least one of `any_of` must
    hold. The content of `not` must not hold as a whole.
    """

    target: TargetPart | None = None
    monitor: Monitor | None = None
    incident: IncidentPart | UnsetType | None = UNSET
    open: Annotated[int, Meta(ge=0, description="How many incidents are open, of all targets.")] | UnsetType = UNSET
    reason: Annotated[Reason, Meta(description="The reason of the last decision.")] | UnsetType = UNSET
    notify: tuple[str | HeardPart, ...] | UnsetType = UNSET
    quiet: tuple[str | HushedPart, ...] | UnsetType = UNSET
    remedies: tuple[str | RemedyPart, ...] | UnsetType = UNSET
    standing: dict[str, str] | UnsetType = UNSET
    acts: tuple[Text, ...] | UnsetType = UNSET
    message: MessagePart | None = None
    any_of: tuple["Conditions", ...] = ()
    not_: "Conditions | None" = field(name="not", default=None)


class Expectation(Conditions, frozen=True, kw_only=True):
    """The expected state at a moment."""

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
    """The receivers of an incident with these labels."""

    labels: dict[str, str]
    receivers: tuple[str, ...]


class PolicyTests(Part, frozen=True, kw_only=True):
    """A whole file. Everything in it is tested under each of its policies.

    `start`, `environment` and `interval` (1 hour) apply to all tests that do not give their own.
    """

    api_version: Annotated[Literal["kedge/v1"], Meta(description="Always kedge/v1.")] = field(name="apiVersion")
    policy_files: Annotated[tuple[Path, ...], Meta(min_length=1)]
    start: Moment = MONDAY
    environment: str = ""
    interval: Duration = "1h"
    tests: tuple[PolicyTest, ...] = ()
    routes: tuple[RouteTest, ...] = ()
