"""Pending notices, without the decisions behind them."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from kedge.domain.cause import Cause
from kedge.domain.context import Context
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.notification import IncidentSummary, QueuedNotification
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from kedge.ports.storage import VersionedContext
from tests.support.ledgers import MONITOR, NOW
from tests.support.stories import CHURN

NOTHING_AROUND = VersionedContext(context=Context())


def firing(name: str = "i-1", *, revision: int = 1, severity: Severity = Severity.WARNING) -> Incident:
    """Return an incident that has been firing for an hour."""
    return Incident(
        id=name,
        target=replace(CHURN, name=f"target-of-{name}"),
        monitor=MONITOR,
        state=IncidentState.FIRING,
        severity=severity,
        cause=Cause.INPUT_DRIFT,
        since=NOW - timedelta(hours=1),
        changed=NOW,
        problem=Problem(source="dq", verdict=Verdict.VIOLATED, findings=1),
        revision=revision,
        told={"ml-oncall": 1},
    )


def notice(
    *,
    incident: str = "i-1",
    revision: int = 1,
    receiver: str = "ml-oncall",
    group: str = "g",
    due: datetime = NOW,
    digest: bool = False,
) -> QueuedNotification:
    """Return a pending notice of one incident."""
    about = firing(incident, revision=revision)
    return QueuedNotification(
        id=f"{incident}/{revision}/{receiver}",
        receiver=receiver,
        group=group,
        due=due,
        why=Reason.FIRST_SEEN,
        because="drift was seen",
        policy="default",
        briefs=(IncidentSummary.of(about, Reason.FIRST_SEEN, receiver),),
        incident=about,
        digest=digest,
    )
