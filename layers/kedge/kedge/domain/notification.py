"""What a receiver is still to be told, together with others."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from msgspec import Struct

from kedge.domain.cause import Cause
from kedge.domain.incident import Incident, IncidentState, Severity
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor
from kedge.domain.target import Target


class IncidentSummary(Struct, frozen=True, kw_only=True):
    """An incident in one line of a message about several. `findings` counts its violations, where somebody could.

    `source` is the schedule or alarm that found it; `first` says that by this its receiver hears of the incident for the first
    time.
    """

    incident: str
    revision: int
    target: Target
    monitor: Monitor
    state: IncidentState
    severity: Severity
    cause: Cause
    since: datetime
    why: Reason
    findings: int | None = None
    first: bool = False
    source: str = ""

    @classmethod
    def of(cls, incident: Incident, why: Reason, receiver: str) -> Self:
        """The line for an incident as it is now, for one receiver."""
        return cls(
            incident=incident.id,
            revision=incident.revision,
            target=incident.target,
            monitor=incident.monitor,
            state=incident.state,
            severity=incident.severity,
            cause=incident.cause,
            since=incident.since,
            why=why,
            findings=incident.problem.findings,
            first=incident.told.get(receiver) == incident.revision,
            source=incident.problem.source,
        )


class Unlisted(Struct, frozen=True, kw_only=True):
    """Incidents that are counted: open ones by severity, resolved ones, and those that were over before their notification."""

    by_severity: dict[Severity, int] = {}
    resolved: int = 0
    over: int = 0

    @property
    def incidents(self) -> int:
        """How many incidents are counted here."""
        return sum(self.by_severity.values()) + self.resolved + self.over

    @property
    def worst(self) -> Severity | None:
        """The worst severity of those that are open; None if none is."""
        found = (severity for severity, count in self.by_severity.items() if count)
        return max(found, key=lambda severity: severity.rank, default=None)

    def plus(self, other: "Unlisted") -> "Unlisted":
        """Return the sum of two counts."""
        severities = dict(self.by_severity)
        for severity, count in other.by_severity.items():
            severities[severity] = severities.get(severity, 0) + count
        return Unlisted(by_severity=severities, resolved=self.resolved + other.resolved, over=self.over + other.over)


def count_incidents(briefs: Iterable[IncidentSummary], over: int = 0) -> Unlisted:
    """Return how many of these incidents are open, by severity, and resolved. `over` more were over before their notification."""
    severities, resolved = dict[Severity, int](), 0
    for brief in briefs:
        if brief.state is IncidentState.RESOLVED:
            resolved += 1
        else:
            severities[brief.severity] = severities.get(brief.severity, 0) + 1
    return Unlisted(by_severity=severities, resolved=resolved, over=over)


class QueuedNotification(Struct, frozen=True, kw_only=True):
    """One incident that waits to be told with its group, or many that were folded into one.

    `briefs` lists the incidents, the worst first, `incident` is that one, and `tally` counts those for which there was no
    room. `id` is `<incident>/<revision>/<receiver>`; `digest` marks what was too much for its receiver. `first` is the
    revision by which the receiver heard of the worst incident first, None where it had not yet. `said` says that no authority confirms
    the news.
    """

    id: str
    receiver: str
    group: str
    due: datetime
    why: Reason
    because: str
    policy: str
    briefs: tuple[IncidentSummary, ...]
    environment: str = ""
    incident: Incident
    digest: bool = False
    tally: Unlisted = Unlisted()
    first: int | None = None
    said: bool = False


class SendRate(Struct, frozen=True):
    """When a receiver was last sent messages, oldest first; as many as its limit allows in its span."""

    sent: tuple[datetime, ...] = ()


class GroupState(Struct, frozen=True, kw_only=True):
    """When a group was last told, and until when it waits for more before it is told again (None: it does not wait)."""

    last: datetime | None = None
    waiting_until: datetime | None = None
