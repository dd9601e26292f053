"""The policy document: what a team writes, word for word. `kedge.policy.compiled` makes of it what the pipeline reads.

Every default is that of policies/default.yaml (a test holds the two together), so that an empty document is the default
policy. Matchers, durations and time intervals are Alertmanager's and stay text here; what is wrong in them is told by
`kedge.policy.lint` with its place.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from kedge.domain.cause import Cause
from kedge.domain.effect import ChannelName
from kedge.domain.incident import Severity
from kedge.policy.spec.remediation import LimitsSpec, RemedyRuleSpec, default_remedies
from kedge.policy.spec.types import Count, Duration, Matchers, Moment, Name, PersistenceSpec, Repeat, Share, Spec


class Many(Spec, frozen=True, kw_only=True):
    """Many features at once: at least `count` of them, or more than `share` of all that were looked at."""

    count: Count | None = None
    share: Share | None = None


class SeverityRuleSpec(Spec, frozen=True, kw_only=True):
    """How much it matters. The first rule whose matchers all hold (and where asked, `many`) gives the severity."""

    severity: Severity
    matchers: Matchers = ()
    many: Many | None = None


def default_severities() -> tuple[SeverityRuleSpec, ...]:
    """The rules of a policy that gives none: what breaks predictions is critical, what may only precede that is a warning."""
    serious = (
        Cause.SCHEMA_BREAK,
        Cause.CONCEPT_DRIFT,
        Cause.BIAS_DRIFT,
        Cause.DEPLOYMENT_REGRESSION,
        Cause.UPSTREAM_INCIDENT,
    )
    return (
        SeverityRuleSpec(severity=Severity.CRITICAL, matchers=('monitor="Alarm"', 'cause="inconclusive"')),
        SeverityRuleSpec(severity=Severity.CRITICAL, matchers=('monitor="Policy"',)),
        SeverityRuleSpec(severity=Severity.CRITICAL, matchers=(f'cause=~"{"|".join(serious)}"',)),
        SeverityRuleSpec(severity=Severity.WARNING, matchers=('verdict="inconclusive"',)),
        SeverityRuleSpec(severity=Severity.CRITICAL, matchers=('monitor="ModelQuality"', 'cause="inconclusive"')),
        SeverityRuleSpec(severity=Severity.CRITICAL, matchers=('cause="input_drift"',), many=Many(count=5, share=0.3)),
    )


class FlappingSpec(Spec, frozen=True, kw_only=True):
    """What fires and resolves `changes` times within `within` is told as flapping, once, and then not until `calm` has passed."""

    changes: Annotated[int, Meta(ge=3)] = 5
    within: Duration = "12h"
    calm: Duration = "3h"


class OverdueSpec(Spec, frozen=True, kw_only=True):
    """A monitor that ran regularly and then missed so many runs is told as blind."""

    missed_runs: Count = 3


class UpstreamSpec(Spec, frozen=True, kw_only=True):
    """The same feature drifting on so many targets within `within` is one incident upstream of all of them."""

    targets: Annotated[int, Meta(ge=2)] = 3
    within: Duration = "2h"


class DeploymentSpec(Spec, frozen=True, kw_only=True):
    """When a deployment is blamed: what is bad for the first time `within` this time after it, and was clean before.

    A config is known as good after `clean_runs` clean runs of a monitor, or when it has served for `proven_after` with no incident. If it
    last served longer ago than `good_for`, an approver has to decide.
    """

    within: Duration = "24h"
    clean_runs: Count = 2
    proven_after: Duration = "24h"
    good_for: Duration = "30d"


class EvidenceSpec(Spec, frozen=True, kw_only=True):
    """What a run has to show before it counts."""

    minimum_records: Annotated[int, Meta(ge=0, description="Rows of a window; fewer than about 500 make drift up.")] = (
        500
    )
    minimum_schema_records: Annotated[int, Meta(ge=0, description="Rows of a window that show a missing column.")] = 100
    unmeasurable_after: Duration | None = "7d"
    stale_after: Duration | None = "30d"
    persistence: tuple[PersistenceSpec, ...] = ()
    reopen_within: Duration = "6h"
    flapping: FlappingSpec | None = field(default_factory=FlappingSpec)
    overdue: OverdueSpec | None = field(default_factory=OverdueSpec)
    upstream: UpstreamSpec | None = field(default_factory=UpstreamSpec)
    deployment: DeploymentSpec = field(default_factory=DeploymentSpec)


class RateLimitSpec(Spec, frozen=True, kw_only=True):
    """At most so many messages in any span of `per`; what is above it comes as one digest when there is room again."""

    messages: Annotated[int, Meta(ge=1, le=60)] = 10
    per: Duration = "5m"


class ReceiverSpec(Spec, frozen=True, kw_only=True):
    """Who is told, and how. Mail addresses subscribe to the stack's topic with the filter `{"receiver": ["<name>"]}`."""

    name: Name
    channels: Annotated[tuple[ChannelName, ...], Meta(min_length=1)] = tuple(ChannelName)
    limit: RateLimitSpec = field(default_factory=RateLimitSpec)
    send_resolved: bool = True
    time_zone: Annotated[str, Meta(description="Where these people sleep, such as Europe/Berlin.")] = "UTC"


class TimeRange(Spec, frozen=True, kw_only=True):
    """A part of a day, in 24 hours; one that ends before it starts goes on past midnight."""

    start_time: Annotated[str, Meta(pattern=r"^\d{2}:\d{2}$", examples=["22:00"])]
    end_time: Annotated[str, Meta(pattern=r"^\d{2}:\d{2}$", examples=["07:00", "24:00"])]


class TimeInterval(Spec, frozen=True, kw_only=True):
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


class NamedInterval(Spec, frozen=True, kw_only=True):
    """A time that routes can name. It holds when one of its intervals holds."""

    name: Name
    time_intervals: Annotated[tuple[TimeInterval, ...], Meta(min_length=1)]


class RouteSpec(Spec, frozen=True, kw_only=True):
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
    routes: tuple["RouteSpec", ...] = ()


class InhibitRuleSpec(Spec, frozen=True, kw_only=True):
    """While an incident that matches `source_matchers` is open, those that match `target_matchers` are not told.

    The labels in `equal` must be the same on both, and must exist: a label that both lack makes nothing equal.
    """

    source_matchers: Annotated[Matchers, Meta(min_length=1)]
    target_matchers: Annotated[Matchers, Meta(min_length=1)]
    equal: Annotated[tuple[str, ...], Meta(min_length=1)]


class PlannedSilence(Spec, frozen=True, kw_only=True):
    """Quiet that is known beforehand. Silences for what is going on now are added by `kedge silence add`."""

    matchers: Annotated[Matchers, Meta(min_length=1)]
    starts_at: Moment
    ends_at: Moment
    author: Annotated[str, Meta(min_length=1)]
    comment: Annotated[str, Meta(min_length=1)]


class Ownership(Spec, frozen=True, kw_only=True):
    """Which tags of an endpoint (or schedule) say whose it is, where its runbook lies, and what makes a new model for it.

    `known_good_tag` and `veto_tag` name configs that are good, or never to be gone back to, whatever was seen of them (several with
    spaces between); `pipeline_tag` holds an ARN.
    """

    owner_tag: str = "kedge:owner"
    runbook_tag: str = "kedge:runbook"
    pipeline_tag: str = "kedge:pipeline"
    known_good_tag: str = "kedge:known-good"
    veto_tag: str = "kedge:veto"


class RunbookSpec(Spec, frozen=True, kw_only=True):
    """The page that a message links to first. The first that matches counts, after the endpoint's own tag."""

    url: Annotated[str, Meta(pattern=r"^https?://\S+$")]
    matchers: Matchers = ()


class PolicyDocument(Spec, frozen=True, kw_only=True):
    """A whole policy. `name` and `version` are what decisions record; a version that is left out is made of the text."""

    api_version: Annotated[Literal["kedge/v1"], Meta(description="Always kedge/v1.")] = field(name="apiVersion")
    name: Name = "default"
    version: str = ""
    evidence: EvidenceSpec = field(default_factory=EvidenceSpec)
    severities: tuple[SeverityRuleSpec, ...] = field(default_factory=default_severities)
    receivers: Annotated[tuple[ReceiverSpec, ...], Meta(min_length=1)]
    route: RouteSpec
    mute_time_intervals: tuple[NamedInterval, ...] = ()
    silences: tuple[PlannedSilence, ...] = ()
    inhibit_rules: tuple[InhibitRuleSpec, ...] = ()
    ownership: Ownership = field(default_factory=Ownership)
    runbooks: tuple[RunbookSpec, ...] = ()
    remedies: tuple[RemedyRuleSpec, ...] = field(default_factory=default_remedies)
    limits: LimitsSpec = field(default_factory=LimitsSpec)
