"""A problem of one target, from the first sign to the last word."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kedge.domain.action import RemedyStatus
from kedge.domain.cause import Cause
from kedge.domain.finding import Finding
from kedge.domain.provenance import Provenance
from kedge.domain.reason import Reason
from kedge.domain.run import FAULTS, Monitor, Reading, Verdict, Window
from kedge.domain.target import Target


class IncidentState(StrEnum):
    """Where an incident stands."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    MITIGATING = "mitigating"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """How much it matters."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Higher is worse."""
        return _RANK[self]


_RANK: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class SuppressionReason(StrEnum):
    """Why somebody is not told."""

    SILENCED = "silenced"  # somebody asked for quiet
    INHIBITED = "inhibited"  # a worse incident says it already
    SUPPRESSED = "suppressed"  # CloudWatch suppresses the alarm's actions
    MUTED = "muted"  # not at this time of the day or week
    FLAPPING = "flapping"  # told once that it comes and goes
    UPSTREAM = "upstream"  # told once for all targets
    NEVER_TOLD = "never_told"  # nobody was told that it fires, so nobody is told that it is over
    NOT_WANTED = "not_wanted"  # the receiver does not want to hear what is over


class Waiting(Struct, frozen=True, kw_only=True):
    """Something that a receiver was not told because of a quiet that will end. It is told then, if it is still so."""

    why: Reason
    quiet: SuppressionReason
    by: str
    until: datetime


class Pending(Struct, frozen=True, kw_only=True):
    """What a receiver is about to hear of an incident, in one message with others, and from when on."""

    group: str
    due: datetime


class SuppressedAtSource(Struct, frozen=True, kw_only=True):
    """That CloudWatch suppresses the actions of an alarm: `by` is an alarm or a mute rule, in CloudWatch's words.

    `until` is its end, or, if CloudWatch does not say (`stated`), the time until which it is believed without asking again.
    """

    by: str
    until: datetime
    stated: bool = False


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong now, small enough to keep: the newest bad run or alarm of an incident.

    `findings` counts all of them (None where the report could not be read) and `worst` holds the first few;
    `checks` counts them by type. `why_unread` says what is wrong with a report that could not be read, `disputed` how SageMaker
    contradicts it, as a question. `blind` says that an alarm went off because it had no datapoint.
    `alarm` is the name of an alarm that watches several time series, and `contributors` are those that fire, by their attributes.
    `was_ok` says that an alarm was OK before it went off.
    `hushed` is set if CloudWatch suppresses the alarm's actions.
    """

    source: str
    verdict: Verdict
    said: str = ""
    findings: int | None = None
    checks: dict[str, int] = {}
    subjects: int | None = None
    worst: tuple[Finding, ...] = ()
    reading: Reading | None = None
    why_unread: str | None = None
    report: str | None = None
    job: str | None = None
    window: Window | None = None
    records: int | None = None
    features: int | None = None
    namespace: str | None = None
    metric: str | None = None
    disputed: str = ""
    blind: bool = False
    alarm: str = ""
    contributors: tuple[str, ...] = ()
    was_ok: bool = False
    hushed: SuppressedAtSource | None = None

    @property
    def speaker(self) -> str:
        """The name of what spoke, as people know it: the schedule or the alarm."""
        return self.alarm or self.source

    @property
    def measured_nothing(self) -> bool:
        """Whether the monitor or the alarm had nothing to judge by: then it shows its own fault, and none of the model's."""
        return self.blind or self.verdict in FAULTS


class IncidentPart(Struct, frozen=True, omit_defaults=True):
    """One of the things that are wrong: the checks, features, metrics and facets of one finding, or of several that are kept together."""

    check: tuple[str, ...] = ()
    feature: tuple[str, ...] = ()
    metric: tuple[str, ...] = ()
    facet: tuple[str, ...] = ()


class SourceFindings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one alarm or schedule shows, as far as matchers may ask for it. `said` is set if no authority confirms it."""

    source: str
    verdict: Verdict
    cause: Cause
    parts: tuple[IncidentPart, ...] = ()
    variant: str | None = None
    said: bool = False
    hushed: SuppressedAtSource | None = None


class BrokenPeriod(Struct, frozen=True, kw_only=True):
    """A span of time in which the data of a target was broken (UTC), by which incident; `until` is None while it is.

    `said` says that no authority confirms it.
    """

    since: datetime
    until: datetime | None = None
    incident: str = ""
    said: bool = False


class Incident(Struct, frozen=True, kw_only=True):
    """A problem of one target and monitor.

    `since` is when the trouble began, `revision` counts the changes, `told` names the receivers who heard (or are about to
    hear) that it fires, and at which revision first; `reminders` tell when each of them is told again if nobody has
    acknowledged it by then, `waiting` what is kept from whom for now, `pending` what was last gathered for whom. `sources`
    are the marks (`kedge.domain.ids`) of the alarms or schedules that they heard of. `tags` are those of the endpoint or
    schedule, `owner` and `runbook` what the policy makes of them. `by` is who acknowledged it, or said that it is over,
    `resolved_by` the latter alone; `resolved_before` is when it was last resolved before it fired again.
    `part_of` is the incident upstream of it; `inhibits` are the inhibitions that it holds. `evidence` says why its cause is thought
    to be its cause, in words and numbers, and `suspect` which config may be to blame; `remedy` is where what is done about it stands, `tried` how many plans were made for it.
    `provenance` says who confirms this evidence, None for an incident from before this was recorded. `confirmed_severity` is the
    severity by confirmed evidence alone, None if `severity` is that. `explanations` are those beside a deployment, each as the end of a question.
    `broken_since` is the beginning of the first window whose data was broken, `whole_since` that of the clean one by which the incident was
    resolved; None if there was none.

    `problem` is what the newest bad signal shows, and `others` what other sources of the incident show that are not well yet; `eased` says
    that the source of `problem` is well again. `own` has cause and variant of `problem` if the incident has others. `ended` says how its target ended, if that
    resolved it.
    """

    id: str
    target: Target
    monitor: Monitor
    state: IncidentState
    severity: Severity
    cause: Cause
    since: datetime
    changed: datetime
    problem: Problem
    runs: int = 1
    revision: int = 1
    resolved: datetime | None = None
    told: dict[str, int] = {}
    reminders: dict[str, datetime] = {}
    waiting: dict[str, Waiting] = {}
    pending: dict[str, Pending] = {}
    sources: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    variant: str | None = None
    owner: str | None = None
    runbook: str | None = None
    by: str | None = None
    resolved_by: str | None = None
    reopened: int = 0
    resolved_before: datetime | None = None
    flapping: bool = False
    part_of: str | None = None
    features: tuple[str, ...] = ()
    inhibits: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    suspect: str | None = None
    explanations: tuple[str, ...] = ()
    remedy: RemedyStatus | None = None
    tried: int = 0
    provenance: Provenance | None = None
    confirmed_severity: Severity | None = None
    others: dict[str, SourceFindings] = {}
    eased: bool = False
    own: SourceFindings | None = None
    broken_since: datetime | None = None
    whole_since: datetime | None = None
    ended: str = ""

    @property
    def is_confirmed(self) -> bool:
        """Whether an authority confirms its evidence."""
        return self.provenance is not None and self.provenance.is_vouched

    @property
    def is_only_said(self) -> bool:
        """Whether only messages or files tell of it. What was kept before this was recorded does not count as that."""
        return self.provenance is not None and not self.provenance.is_vouched

    @property
    def as_confirmed(self) -> "Incident":
        """The incident as far as confirmed evidence shows it: it matters no more than that evidence says."""
        known = self.confirmed_severity
        return self if known is None else replace(self, severity=known)

    def revised(self, now: datetime, **changes: object) -> "Incident":
        """Return the incident with changes, as its next revision."""
        return replace(self, changed=now, revision=self.revision + 1, **changes)

    @property
    def remind_at(self) -> datetime | None:
        """When the first receiver is told again; None where none is."""
        return min(self.reminders.values(), default=None)

    @property
    def is_open(self) -> bool:
        """Whether it still asks for somebody's attention."""
        return self.state is not IncidentState.RESOLVED
