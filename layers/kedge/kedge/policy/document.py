"""The policy document: what a team writes, word for word. `kedge.policy.rules` makes of it what the pipeline reads.

Every default is that of policies/default.yaml (a test holds the two together), so that an empty document is the default
policy. Matchers, durations and time intervals are Alertmanager's and stay text here; what is wrong in them is told by
`kedge.lint` with its place.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from kedge.domain.effect import ChannelName
from kedge.domain.incident import Cause, Severity
from kedge.domain.remedy import Mode, RemedyName

API_VERSION: Final = "kedge/v1"

type Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", description="A short name.")]
type Duration = Annotated[
    str,
    Meta(
        pattern=r"^(?:0|(?:\d+(?:w|d|h|m|s))+)$",
        description="A time with its units, such as 30s, 5m, 1h30m or 7d.",
        examples=["5m", "1h30m"],
    ),
]
type Repeat = Annotated[
    str,
    Meta(
        pattern=r"^(?:never|(?:\d+(?:w|d|h|m|s))+)$",
        description="A time with its units, a minute or more, or never.",
        examples=["24h", "never"],
    ),
]
type Matchers = Annotated[
    tuple[Annotated[str, Meta(description="One matcher: label, then =, !=, =~ or !~, then a value.")], ...],
    Meta(
        description="All of them must hold. A label that an incident has not is the empty text, as in Alertmanager.",
        examples=[['cause="input_drift"', 'endpoint=~"churn-.*"']],
    ),
]
type Count = Annotated[int, Meta(ge=1)]
type Share = Annotated[float, Meta(gt=0, le=1)]
type Moment = Annotated[
    str, Meta(description="A moment in ISO 8601 with its zone.", examples=["2026-12-24T18:00:00+01:00"])
]


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the document: what it does not know, it refuses."""


class Many(_Part, frozen=True, kw_only=True):
    """Many features at once: at least `count` of them, or more than `share` of all that were looked at."""

    count: Count | None = None
    share: Share | None = None


class SeverityRule(_Part, frozen=True, kw_only=True):
    """How much it matters. The first rule whose matchers all hold (and where asked, `many`) gives the severity."""

    severity: Severity
    matchers: Matchers = ()
    many: Many | None = None


def default_severities() -> tuple[SeverityRule, ...]:
    """The rules of a policy that gives none: what breaks predictions is critical, what may only precede that is a warning."""
    serious = (
        Cause.SCHEMA_BREAK,
        Cause.CONCEPT_DRIFT,
        Cause.BIAS_DRIFT,
        Cause.DEPLOYMENT_REGRESSION,
        Cause.UPSTREAM_INCIDENT,
    )
    return (
        SeverityRule(severity=Severity.CRITICAL, matchers=('monitor="Alarm"', 'cause="inconclusive"')),
        SeverityRule(severity=Severity.CRITICAL, matchers=('monitor="Policy"',)),
        SeverityRule(severity=Severity.CRITICAL, matchers=(f'cause=~"{"|".join(serious)}"',)),
        SeverityRule(severity=Severity.CRITICAL, matchers=('monitor="ModelQuality"', 'cause="inconclusive"')),
        SeverityRule(severity=Severity.CRITICAL, matchers=('cause="input_drift"',), many=Many(count=5, share=0.3)),
    )


class Persistence(_Part, frozen=True, kw_only=True):
    """An incident opens only when `runs` of the last `of` runs of its monitor were bad. The first rule that matches counts."""

    runs: Count
    of: Count
    matchers: Matchers = ()


class Flapping(_Part, frozen=True, kw_only=True):
    """What fires and resolves `changes` times within `within` is told as flapping, once, and then not until `calm` has passed."""

    changes: Annotated[int, Meta(ge=3)] = 5
    within: Duration = "12h"
    calm: Duration = "3h"


class Overdue(_Part, frozen=True, kw_only=True):
    """A monitor that ran regularly and then missed so many runs is told as blind."""

    missed_runs: Count = 3


class Upstream(_Part, frozen=True, kw_only=True):
    """The same feature drifting on so many targets within `within` is one incident upstream of all of them."""

    targets: Annotated[int, Meta(ge=2)] = 3
    within: Duration = "2h"


class Deployment(_Part, frozen=True, kw_only=True):
    """When a deployment is blamed: what is bad for the first time `within` this time after it, and was clean before.

    A config is known as good after `clean_runs` clean runs of a monitor, or when it has served for `proven_after` with no incident.
    """

    within: Duration = "24h"
    clean_runs: Count = 2
    proven_after: Duration = "24h"


class Evidence(_Part, frozen=True, kw_only=True):
    """What a run has to show before it counts."""

    minimum_records: Annotated[int, Meta(ge=0, description="Rows of a window; fewer than about 500 make drift up.")] = (
        500
    )
    persistence: tuple[Persistence, ...] = ()
    reopen_within: Duration = "6h"
    flapping: Flapping | None = field(default_factory=Flapping)
    overdue: Overdue | None = field(default_factory=Overdue)
    upstream: Upstream | None = field(default_factory=Upstream)
    deployment: Deployment = field(default_factory=Deployment)


class Limit(_Part, frozen=True, kw_only=True):
    """At most so many messages in any span of `per`; what is above it comes as one digest when there is room again."""

    messages: Annotated[int, Meta(ge=1, le=60)] = 10
    per: Duration = "5m"


class Receiver(_Part, frozen=True, kw_only=True):
    """Who is told, and how. Mail addresses subscribe to the stack's topic with the filter `{"receiver": ["<name>"]}`."""

    name: Name
    channels: Annotated[tuple[ChannelName, ...], Meta(min_length=1)] = tuple(ChannelName)
    limit: Limit = field(default_factory=Limit)
    send_resolved: bool = True
    time_zone: Annotated[str, Meta(description="Where these people sleep, such as Europe/Berlin.")] = "UTC"


class TimeRange(_Part, frozen=True, kw_only=True):
    """A part of a day, in 24 hours; one that ends before it starts goes on past midnight."""

    start_time: Annotated[str, Meta(pattern=r"^\d{2}:\d{2}$", examples=["22:00"])]
    end_time: Annotated[str, Meta(pattern=r"^\d{2}:\d{2}$", examples=["07:00", "24:00"])]


class TimeInterval(_Part, frozen=True, kw_only=True):
    """When it holds: every part that is given must. Alertmanager's own fields, and dates beside them.

    `weekdays` are names or ranges (`monday:friday`), `days_of_month` numbers or ranges from 1 or from the end (-1),
    `months` names, numbers or ranges, `years` numbers or ranges, `dates` single days or ranges
    (`2026-12-24:2026-12-26`), `location` a time zone.
    """

    times: tuple[TimeRange, ...] = ()
    weekdays: tuple[str, ...] = ()
    days_of_month: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    location: str = "UTC"


class NamedInterval(_Part, frozen=True, kw_only=True):
    """A time that routes can name. It holds when one of its intervals holds."""

    name: Name
    time_intervals: Annotated[tuple[TimeInterval, ...], Meta(min_length=1)]


class Route(_Part, frozen=True, kw_only=True):
    """Where an incident is told. What is left out is the parent's; the first child that matches has it, or all that `continue`.

    While one of `mute_time_intervals` holds, nothing is told here; where `active_time_intervals` are given, nothing is
    told outside of them. What was muted is told when the time is over, if it is still so.
    """

    receiver: str | None = None
    matchers: Matchers = ()
    group_by: tuple[str, ...] | None = None
    group_wait: Duration | None = None
    group_interval: Duration | None = None
    repeat_interval: Repeat | None = None
    mute_time_intervals: tuple[str, ...] = ()
    active_time_intervals: tuple[str, ...] = ()
    continue_: bool = field(name="continue", default=False)
    routes: tuple["Route", ...] = ()


class InhibitRule(_Part, frozen=True, kw_only=True):
    """While an incident that matches `source_matchers` is open, those that match `target_matchers` are not told.

    The labels in `equal` must be the same on both, and must exist: a label that both lack makes nothing equal.
    """

    source_matchers: Annotated[Matchers, Meta(min_length=1)]
    target_matchers: Annotated[Matchers, Meta(min_length=1)]
    equal: Annotated[tuple[str, ...], Meta(min_length=1)]


class PlannedSilence(_Part, frozen=True, kw_only=True):
    """Quiet that is known beforehand. Silences for what is going on now are added by `kedge silence add`."""

    matchers: Annotated[Matchers, Meta(min_length=1)]
    starts_at: Moment
    ends_at: Moment
    author: Annotated[str, Meta(min_length=1)]
    comment: Annotated[str, Meta(min_length=1)]


class Ownership(_Part, frozen=True, kw_only=True):
    """Which tags of an endpoint (or schedule) say whose it is, where its runbook lies, and what makes a new model for it.

    `known_good_tag` and `veto_tag` name configs that are good, or never to be gone back to, whatever was seen of them (several with
    spaces between); `pipeline_tag` holds an ARN.
    """

    owner_tag: str = "kedge:owner"
    runbook_tag: str = "kedge:runbook"
    pipeline_tag: str = "kedge:pipeline"
    known_good_tag: str = "kedge:known-good"
    veto_tag: str = "kedge:veto"


class Runbook(_Part, frozen=True, kw_only=True):
    """The page that a message links to first. The first that matches counts, after the endpoint's own tag."""

    url: Annotated[str, Meta(pattern=r"^https?://\S+$")]
    matchers: Matchers = ()


class RemedyRule(_Part, frozen=True, kw_only=True):
    """What answers an incident. The first rule that matches is proposed; limits and approvals bound it.

    `using` is the pipeline, state machine, function, event bus or project that the remedy starts, as an ARN, where the endpoint's own
    tag does not say it; `parameters` are what it is given, with {incident}, {endpoint}, {monitor}, {window_start}, {window_end},
    {report} and {baseline} filled in. Within `verify_within` of the act its outcome must be known.
    """

    remedy: RemedyName
    matchers: Matchers = ()
    mode: Mode = Mode.DRY_RUN
    persistence: Persistence | None = None
    using: Annotated[str, Meta(pattern=r"^arn:aws[a-z-]*:\S+$")] | None = None
    parameters: dict[str, str] = {}
    verify_within: Duration = "4h"


def default_remedies() -> tuple[RemedyRule, ...]:
    """The rules of a policy that gives none: what the evidence asks for, and no more than said unless somebody approves."""
    approval, drift = Mode.APPROVAL, Persistence(runs=3, of=5)
    return (
        RemedyRule(remedy=RemedyName.ROLL_BACK, matchers=('cause="deployment_regression"',), mode=approval),
        RemedyRule(remedy=RemedyName.RETRAIN, matchers=('cause="concept_drift"',), mode=approval),
        RemedyRule(remedy=RemedyName.RETRAIN, matchers=('cause="bias_drift"',), mode=approval),
        RemedyRule(remedy=RemedyName.RETRAIN, matchers=('cause="input_drift"',), mode=approval, persistence=drift),
    )


class Approval(_Part, frozen=True, kw_only=True):
    """Who may say yes, how many of them must, and until when.

    Without `approvers`, whoever may invoke the door; a name may hold `*`. With `proof`, only whom AWS itself vouches for.
    """

    approvers: tuple[str, ...] = ()
    required: Count = 1
    expires_after: Duration = "4h"
    proof: bool = False


class Limits(_Part, frozen=True, kw_only=True):
    """What no remedy may exceed, whatever the evidence.

    `cooldown` is between two acts of one remedy on one target; at most `most_actions` in any span of `per`, on one endpoint at least and
    on `largest_share_of_fleet` of the known endpoints at most.
    """

    kill_switch: bool = False
    dry_run: bool = True
    approval: Approval = field(default_factory=Approval)
    cooldown: Duration = "6h"
    most_actions: Count = 3
    per: Duration = "24h"
    largest_share_of_fleet: Share = 0.2


class PolicyDocument(_Part, frozen=True, kw_only=True):
    """A whole policy. `name` and `version` are what decisions record; a version that is left out is made of the text."""

    api_version: Annotated[Literal["kedge/v1"], Meta(description="Always kedge/v1.")] = field(name="apiVersion")
    name: Name = "default"
    version: str = ""
    evidence: Evidence = field(default_factory=Evidence)
    severities: tuple[SeverityRule, ...] = field(default_factory=default_severities)
    receivers: Annotated[tuple[Receiver, ...], Meta(min_length=1)]
    route: Route
    mute_time_intervals: tuple[NamedInterval, ...] = ()
    silences: tuple[PlannedSilence, ...] = ()
    inhibit_rules: tuple[InhibitRule, ...] = ()
    ownership: Ownership = field(default_factory=Ownership)
    runbooks: tuple[Runbook, ...] = ()
    remedies: tuple[RemedyRule, ...] = field(default_factory=default_remedies)
    limits: Limits = field(default_factory=Limits)
