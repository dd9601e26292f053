"""One effect of each turn that an incident may take after it was told first, and of what Kedge itself finds."""

from datetime import timedelta

import msgspec

from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.finding import Check, Finding
from kedge.domain.incident import IncidentState, Problem, Severity
from kedge.domain.provenance import OWN
from kedge.domain.run import Monitor, Reading, Verdict
from kedge.domain.target import Target, TargetKind
from tests.unit.messages.incidents import AT, KINDS, effect, incident, later
from tests.unit.messages.problems import SINCE

FLEET = Target(account="111122223333", region="us-east-1", kind=TargetKind.FLEET, name="features")
POLICY = Target(account="111122223333", region="us-east-1", kind=TargetKind.POLICY, name="kedge-prod")

_DRIFT = KINDS["drift"].incident
_ALARM = KINDS["alarm"].incident
_FAULTS = (
    "policy.yaml:12:3: unknown key 'recievers': did you mean receivers?; "
    "policy.yaml:31:17: a duration without a unit: write 90s, 90m or 90h; "
    "policy.yaml:40:9: no receiver is called 'data-owner': did you mean data-owners?; and 4 more"
)


def _drifting(**counts: int) -> Problem:
    return Problem(
        source="features",
        verdict=Verdict.VIOLATED,
        findings=len(counts),
        subjects=len(counts),
        checks={Check.DRIFT: len(counts)},
        worst=tuple(
            Finding(check=Check.DRIFT, feature=feature, said=f"off on {count} targets", measured=float(count))
            for feature, count in counts.items()
        ),
    )


def _changed(of: object, **changes: object) -> object:
    return msgspec.structs.replace(of, **changes)


_UPSTREAM = incident(
    _drifting(age=12, tenure=12),
    Cause.UPSTREAM_INCIDENT,
    target=FLEET,
    monitor=Monitor.FLEET,
    features=("age", "tenure"),
    provenance=OWN,
)
_BROKEN_POLICY = incident(
    Problem(source="kedge-prod", verdict=Verdict.FAILED, said=_FAULTS, reading=Reading.ABSENT),
    Cause.MONITOR_FAULT,
    target=POLICY,
    monitor=Monitor.POLICY,
    provenance=OWN,
)
_BROKEN_MONITORS = _changed(
    _BROKEN_POLICY,
    target=msgspec.structs.replace(POLICY, kind=TargetKind.MONITORS),
    problem=Problem(
        source="kedge-prod",
        verdict=Verdict.FAILED,
        said="monitors.yaml:14:15: 'hourly' is not a schedule: write one such as cron(0 * ? * * *), rate(1 hour) or 15m",
        reading=Reading.ABSENT,
    ),
)
_HOURS = timedelta(hours=5)

TURNS = {
    "reopened": effect(
        later(_DRIFT, 4, runs=4, revision=7, reopened=1, resolved_before=SINCE + timedelta(hours=3)),
        "churn-dq found 7 violations, and it had been resolved only at 2026-11-20 11:00 UTC",
        Reason.REOPENED,
        at=AT + timedelta(hours=4),
    ),
    "flapping": effect(
        _changed(_ALARM, runs=3, revision=9, reopened=2, flapping=True, resolved_before=AT - timedelta(minutes=4)),
        "alarm churn-prod-latency-p99 fired: the 5th time that it fires or resolves within a short time",
        Reason.FLAPPING,
    ),
    "settled": effect(
        _changed(_ALARM, runs=7, revision=14, reopened=6, since=SINCE - timedelta(hours=9)),
        "it came and went, and now it stays",
        Reason.SETTLED,
    ),
    "reminder": effect(
        later(_DRIFT, 23),
        "it still fires since 2026-11-20 08:00 UTC and not acknowledged",
        Reason.REMINDER,
        at=SINCE + timedelta(days=1),
    ),
    "worse-after-acknowledged": effect(
        later(_DRIFT, 5, revision=7, by="responder"),
        "warning became critical",
        Reason.SEVERITY_RAISED,
        at=AT + timedelta(hours=5),
    ),
    "confirmed-after-acknowledged": effect(
        later(_DRIFT, 1, revision=3, by="responder"),
        "SageMaker confirms that churn-dq found 7 violations",
        Reason.CONFIRMED,
        at=AT + timedelta(hours=1),
    ),
    "cause-changed-while-acknowledged": effect(
        _changed(
            KINDS["cause-changed"].incident,
            by="responder",
            state=IncidentState.ACKNOWLEDGED,
            severity=Severity.WARNING,
            revision=3,
        ),
        "input_drift turned out to be schema_break",
        Reason.CAUSE_CHANGED,
        at=KINDS["cause-changed"].at,
    ),
    "owner-and-runbook": effect(
        _changed(
            _DRIFT,
            owner="growth-team",
            runbook="https://wiki.example.com/growth/churn-prod",
            variant="blue",
            tags={"kedge:owner": "growth-team", "cost-center": "4711"},
        ),
        "churn-dq found 7 violations: no incident was open",
    ),
    "overdue": effect(
        incident(
            Problem(
                source="churn-dq",
                verdict=Verdict.NO_DATA,
                reading=Reading.ABSENT,
                said="No run ended since 2026-11-20 05:12 UTC; before that, one ended every 60 minutes.",
            ),
            Cause.MONITOR_FAULT,
            Severity.WARNING,
            since=SINCE - timedelta(hours=3),
            provenance=OWN,
        ),
        "churn-dq did not run when it was due: no incident was open",
    ),
    "upstream": effect(_UPSTREAM, "age, tenure are off on 12 targets at once"),
    "upstream-another-feature": effect(
        _changed(
            _UPSTREAM,
            problem=_drifting(age=14, visits=9, tenure=0),
            features=("age", "tenure", "visits"),
            revision=3,
        ),
        "visits is off on many targets, too",
        Reason.ANOTHER_FEATURE,
        at=AT + timedelta(hours=1),
    ),
    "resolved-upstream": effect(
        _changed(_UPSTREAM, state=IncidentState.RESOLVED, resolved=SINCE + _HOURS, revision=9),
        "no target shows it any more",
        Reason.RESOLVED,
        at=SINCE + _HOURS,
    ),
    "policy-fault": effect(_BROKEN_POLICY, "kedge-prod failed: no incident was open", policy="growth@2026-11-18"),
    "resolved-policy-fault": effect(
        _changed(_BROKEN_POLICY, state=IncidentState.RESOLVED, resolved=SINCE + _HOURS, revision=4),
        "kedge-prod has recovered",
        Reason.RESOLVED,
        at=SINCE + _HOURS,
        policy="growth@2026-11-20",
    ),
    "monitors-fault": effect(_BROKEN_MONITORS, "kedge-prod failed: nothing was open", policy="growth@2026-11-18"),
    "resolved-monitors-fault": effect(
        _changed(_BROKEN_MONITORS, state=IncidentState.RESOLVED, resolved=SINCE + _HOURS, revision=4),
        "kedge-prod is well again",
        Reason.RESOLVED,
        at=SINCE + _HOURS,
        policy="growth@2026-11-18",
    ),
    "resolved-by-a-person": effect(
        later(
            _DRIFT,
            4,
            state=IncidentState.RESOLVED,
            resolved=SINCE + _HOURS,
            by="responder",
            resolved_by="responder",
            revision=9,
        ),
        "resolved by responder: the source was fixed at 12:40",
        Reason.RESOLVED,
        at=SINCE + _HOURS,
    ),
}
