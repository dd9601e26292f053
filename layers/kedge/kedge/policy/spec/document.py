"""The policy document, exactly as a team writes it. `kedge.policy.compiled` converts it for the pipeline.

Every default is that of policies/default.yaml (a test compares the two), so an empty document is the default policy.
Matchers, durations and time intervals are Alertmanager's and stay text here. `kedge.policy.lint` reports their faults
with the places.
"""

from typing import Annotated

from msgspec import Meta, field

from kedge.domain.cause import Cause
from kedge.domain.effect import ChannelName
from kedge.domain.finding import FAULT_CHECKS, Check
from kedge.domain.incident import Severity
from kedge.policy.spec.remediation import LimitsSpec, RemedyRuleSpec, default_remedies
from kedge.policy.spec.types import (
    Count,
    Duration,
    Matchers,
    Moment,
    Name,
    PersistenceSpec,
    Repeat,
    Share,
    Spec,
    VersionedDocument,
)


class Many(Spec, frozen=True, kw_only=True):
    """Many features at once: at least `count` of them, or more than `share` of all checked features."""

    count: Count | None = None
    share: Share | None = None


class SeverityRuleSpec(Spec, frozen=True, kw_only=True):
    """The severity of an incident. The first rule whose matchers (and `many`, if set) all hold gives it."""

    severity: Severity
    matchers: Matchers = ()
    many: Many | None = None


def default_severities() -> tuple[SeverityRuleSpec, ...]:
    """Return the rules of a policy that has none: broken predictions are critical, possible causes are warnings."""
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
    """Flapping: `changes` changes within `within`. Kedge notifies once, and then suppresses until `calm` has passed."""

    changes: Annotated[int, Meta(ge=3)] = 5
    within: Duration = "12h"
    calm: Duration = "3h"


class OverdueSpec(Spec, frozen=True, kw_only=True):
    """The missed runs after which a monitor that ran regularly is reported as blind."""

    missed_runs: Count = 3


class UpstreamSpec(Spec, frozen=True, kw_only=True):
    """The same feature that drifts on several targets within `within` becomes one incident upstream of them."""

    targets: Annotated[int, Meta(ge=2)] = 3
    within: Duration = "2h"


class DeploymentSpec(Spec, frozen=True, kw_only=True):
    """When a deployment is blamed: the first bad run follows it within `within`, and the runs before it were clean.

    A config is known as good after `clean_runs` clean runs of a monitor, or after it has served for `proven_after`
    without an incident. If it last served longer ago than `good_for`, an approver has to decide.
    """

    within: Duration = "24h"
    clean_runs: Count = 2
    proven_after: Duration = "24h"
    good_for: Duration = "30d"


type FaultCheckName = Annotated[
    str,
    Meta(
        description="The name of a check of monitoring itself.",
        examples=[Check.ALARM_NO_DATA.value],
        extra_json_schema={"enum": sorted(FAULT_CHECKS)},
    ),
]


class EvidenceSpec(Spec, frozen=True, kw_only=True):
    """The requirements that a run must meet before it counts."""

    minimum_records: Annotated[int, Meta(ge=0, description="Rows of a window; fewer than about 500 make drift up.")] = (
        500
    )
    minimum_schema_records: Annotated[int, Meta(ge=0, description="Rows of a window that show a missing column.")] = 100
    unmeasurable_after: Duration | None = "7d"
    stale_after: Duration | None = "30d"
    disabled_checks: tuple[FaultCheckName, ...] = ()
    persistence: tuple[PersistenceSpec, ...] = ()
    reopen_within: Duration = "6h"
    flapping: FlappingSpec | None = field(default_factory=FlappingSpec)
    overdue: OverdueSpec | None = field(default_factory=OverdueSpec)
    upstream: UpstreamSpec | None = field(default_factory=UpstreamSpec)
    deployment: DeploymentSpec = field(default_factory=DeploymentSpec)


class RateLimitSpec(Spec, frozen=True, kw_only=True):
    """The maximum number of messages in any period of `per`.

    The rest follows as one digest when there is room again.
    """

    messages: Annotated[int, Meta(ge=1, le=60)] = 10
    per: Duration = "5m"


class ReceiverSpec(Spec, frozen=True, kw_only=True):
    """A receiver and its channels.

    Mail addresses subscribe to the stack's topic with the filter `{"receiver": ["<name>"]}`.
    """

    name: Name
    channels: Annotated[tuple[ChannelName, ...], Meta(min_length=1)] = tuple(ChannelName)
    limit: RateLimitSpec = field(default_factory=RateLimitSpec)
    send_resolved: bool = True
    time_zone: Annotated[str, Meta(description="The time zone of the receiver, such as Europe/Berlin.")] = "UTC"


class TimeRange(Spec, frozen=True, kw_only=True):
    """A part of a day, in 24 hours; a range that ends before it starts continues past midnight."""

    start_time: Annotated[str, Meta(pattern=r"^\d{2}:\d{2}$", examples=["22:00"])]
    end_time: Annotated[str, Meta(pattern=r"^\d{2}:\d{2}$", examples=["07:00", "24:00"])]


class TimeInterval(Spec, frozen=True, kw_only=True):
    """The times of an interval; every given part must hold. The fields are Alertmanager's, and `dates`.

    `weekdays` are names or ranges (`monday:friday`), `days_of_month` numbers or ranges from 1 or from the end (-1).
    `months` are names, numbers or ranges, `years` numbers or ranges, `dates` single days or ranges
    (`2026-12-24:2026-12-26`). `location` is a time zone.
    """

    times: tuple[TimeRange, ...] = ()
    weekdays: tuple[str, ...] = ()
    days_of_month: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    location: str = "UTC"


class NamedInterval(Spec, frozen=True, kw_only=True):
    """A time that routes can name. It holds if one of its intervals holds."""

    name: Name
    time_intervals: Annotated[tuple[TimeInterval, ...], Meta(min_length=1)]


class RouteSpec(Spec, frozen=True, kw_only=True):
    """A route to a receiver. Missing values come from the parent.

    The first child that matches takes the incident, or every one up to the first without `continue`. While one of
    `mute_time_intervals` holds, the route does not notify. If `active_time_intervals` are set, it does not notify
    outside of them. Muted incidents that are still open are reported when the time is over.
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
    """While an incident that matches `source_matchers` is open, those that match `target_matchers` are suppressed.

    The labels in `equal` must be the same on both, and must exist: a label that both lack is not equal.
    """

    source_matchers: Annotated[Matchers, Meta(min_length=1)]
    target_matchers: Annotated[Matchers, Meta(min_length=1)]
    equal: Annotated[tuple[str, ...], Meta(min_length=1)]


class PlannedSilence(Spec, frozen=True, kw_only=True):
    """A silence that is planned. `kedge silence add` adds silences for current incidents."""

    matchers: Annotated[Matchers, Meta(min_length=1)]
    starts_at: Moment
    ends_at: Moment
    author: Annotated[str, Meta(min_length=1)]
    comment: Annotated[str, Meta(min_length=1)]


class Ownership(Spec, frozen=True, kw_only=True):
    """The tags of an endpoint or schedule that name its owner, its runbook, and the pipeline for a new model.

    `known_good_tag` and `veto_tag` name configs that are good, or that no roll-back may use, regardless of their runs;
    spaces separate several. `pipeline_tag` holds an ARN.
    """

    owner_tag: str = "kedge:owner"
    runbook_tag: str = "kedge:runbook"
    pipeline_tag: str = "kedge:pipeline"
    known_good_tag: str = "kedge:known-good"
    veto_tag: str = "kedge:veto"


class RunbookSpec(Spec, frozen=True, kw_only=True):
    """The page that a message links to first. The first match counts, after the endpoint's own tag."""

    url: Annotated[str, Meta(pattern=r"^https?://\S+$")]
    matchers: Matchers = ()


class PolicyDocument(VersionedDocument, frozen=True, kw_only=True):
    """A whole policy. Decisions record `name` and `version`; a missing version is derived from the text."""

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
