"""A problem of one target, from its first sign to its resolution."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kedge.domain.action import RemedyStatus
from kedge.domain.cause import Cause
from kedge.domain.finding import Check, Finding
from kedge.domain.provenance import Provenance
from kedge.domain.reason import Reason
from kedge.domain.run import FAULTS, Monitor, Reading, Verdict, Window
from kedge.domain.run_failure import failed_check
from kedge.domain.target import Target


class IncidentState(StrEnum):
    """The state of an incident."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    MITIGATING = "mitigating"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """How much an incident matters."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Return the rank; higher is worse."""
        return _RANK[self]


_WITHOUT_RUNS: Final = frozenset({Monitor.ALARM, Monitor.FLEET, Monitor.POLICY, Monitor.WATCH})
_RANK: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class SuppressionReason(StrEnum):
    """Why a receiver is not notified."""

    SILENCED = "silenced"  # a person added a silence
    INHIBITED = "inhibited"  # a worse incident reports it already
    SUPPRESSED = "suppressed"  # CloudWatch suppresses the alarm's actions
    MUTED = "muted"  # not at this time of the day or week
    FLAPPING = "flapping"  # the flapping was reported once
    UPSTREAM = "upstream"  # reported once for all targets
    NEVER_TOLD = "never_told"  # the receiver was not notified that it fires, so it is not notified of the end
    NOT_WANTED = "not_wanted"  # the receiver does not want resolved notifications


class SuppressedUpdate(Struct, frozen=True, kw_only=True):
    """News that a receiver did not get because of a temporary suppression. It is sent at the end if it still holds."""

    why: Reason
    quiet: SuppressionReason
    by: str
    until: datetime


class QueuedUpdate(Struct, frozen=True, kw_only=True):
    """Gathered news of an incident for a receiver, and the earliest time of its message."""

    group: str
    due: datetime


class SuppressedAtSource(Struct, frozen=True, kw_only=True):
    """CloudWatch's suppression of an alarm's actions: `by` is an alarm or a mute rule, in CloudWatch's words.

    `until` is its end if CloudWatch states one (`stated`), else the time of the next check.
    """

    by: str
    until: datetime
    stated: bool = False


class Problem(Struct, frozen=True, kw_only=True):
    """The current problem, small enough to store: the newest bad run or alarm of an incident.

    `findings` counts all findings (None if the report is unreadable) and `worst` holds the first few; `checks` counts
    them by type. `why_unread` is the fault of an unreadable report, `disputed` how SageMaker contradicts it, as a
    question. `blind` says that an alarm fired because it had no datapoint. `alarm` is the name of an alarm with several
    time series, and `contributors` are those that fire, by their attributes. `was_ok` says that an alarm was OK before
    it fired. `hushed` is set if CloudWatch suppresses the alarm's actions. `estimate` says how good the model probably
    still is, without labels.
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
    estimate: str = ""

    @property
    def source_name(self) -> str:
        """Return the name of the source for people: the schedule or the alarm."""
        return self.alarm or self.source

    @property
    def failed_check(self) -> Check | None:
        """Return the check that a run without a result failed; None for a result, an alarm and an unknown text."""
        if self.blind or self.checks:
            return None
        return failed_check(self.verdict, self.said, ran=self.job is not None or self.window is not None)

    @property
    def measured_nothing(self) -> bool:
        """Return whether the monitor or the alarm had no data: then it shows its own fault, and none of the model's."""
        return self.blind or self.verdict in FAULTS


class IncidentPart(Struct, frozen=True, omit_defaults=True):
    """One part of the problem: the checks, features, metrics and facets of one or more findings."""

    check: tuple[str, ...] = ()
    feature: tuple[str, ...] = ()
    metric: tuple[str, ...] = ()
    facet: tuple[str, ...] = ()


class SourceFindings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The findings of one alarm or schedule, as far as matchers need them. `said` is set if no authority confirms it."""

    source: str
    verdict: Verdict
    cause: Cause
    parts: tuple[IncidentPart, ...] = ()
    variant: str | None = None
    said: bool = False
    hushed: SuppressedAtSource | None = None


class BrokenPeriod(Struct, frozen=True, kw_only=True):
    """A time span of broken data of a target (UTC), and its incident; `until` is None while it lasts.

    `said` says that no authority confirms it.
    """

    since: datetime
    until: datetime | None = None
    incident: str = ""
    said: bool = False


class Incident(Struct, frozen=True, kw_only=True):
    """A problem of one target and monitor.

    `since` is when the problem began, and `revision` counts the changes. `told` holds the receivers of the firing
    notification (sent or pending), and the revision of their first one. `reminders` holds when each of them is reminded
    if the incident is not acknowledged by then. `waiting` is the suppressed news by receiver, `pending` the last
    gathered news. `sources` are the marks (`kedge.domain.ids`) of the alarms or schedules in those notifications.
    `tags` are those of the endpoint or schedule; the policy derives `owner` and `runbook` from them. `by` is who
    acknowledged or resolved it, `resolved_by` only who resolved it. `resolved_before` is when it was last resolved
    before it fired again.

    `part_of` is its upstream incident; `inhibits` are the inhibitions that it holds. `evidence` explains its cause in
    words and numbers, and `suspect` is the suspected config. `remedy` is the status of its remedy, `tried` the number
    of its plans. `provenance` says who confirms this evidence, None for an incident from before this was recorded.
    `confirmed_severity` is the severity by confirmed evidence alone, None if it equals `severity`. `explanations` are
    those beside a deployment, each as the end of a question. `broken_since` is the beginning of the first window with
    broken data, `whole_since` that of the clean window that resolved the incident; None without one.

    `problem` is the content of the newest bad signal, and `others` that of the incident's other bad sources. `eased`
    says that the source of `problem` has recovered. `own` has cause and variant of `problem` if the incident has
    others. `ended` says how its target ended, if that resolved it.
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
    waiting: dict[str, SuppressedUpdate] = {}
    pending: dict[str, QueuedUpdate] = {}
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
    def is_weekly(self) -> bool:
        """Return whether it is the digest of unwatched endpoints, which the watchdog sends once a week."""
        return self.monitor is Monitor.WATCH and Check.UNWATCHED_ENDPOINT in self.problem.checks

    @property
    def failed_check(self) -> Check | None:
        """Return the check that the newest run of a monitor failed without a result; None for all else."""
        return None if self.monitor in _WITHOUT_RUNS else self.problem.failed_check

    @property
    def is_confirmed(self) -> bool:
        """Return whether an authority confirms its evidence."""
        return self.provenance is not None and self.provenance.is_vouched

    @property
    def is_only_said(self) -> bool:
        """Return whether only messages or files report it. An incident from before this was recorded does not count."""
        return self.provenance is not None and not self.provenance.is_vouched

    @property
    def as_confirmed(self) -> "Incident":
        """Return the incident with the severity of its confirmed evidence."""
        known = self.confirmed_severity
        return self if known is None else replace(self, severity=known)

    def revised(self, now: datetime, **changes: object) -> "Incident":
        """Return the incident with changes, as its next revision."""
        return replace(self, changed=now, revision=self.revision + 1, **changes)

    @property
    def remind_at(self) -> datetime | None:
        """Return when the first receiver is reminded; None without reminders."""
        return min(self.reminders.values(), default=None)

    @property
    def is_open(self) -> bool:
        """Return whether it still requires attention."""
        return self.state is not IncidentState.RESOLVED
