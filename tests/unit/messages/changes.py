"""One effect of each turn that an incident may take after it was told first, and of what Kedge itself finds."""

from datetime import timedelta

import msgspec

from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.finding import Check, Finding
from kedge.domain.incident import IncidentState, Problem, Severity
from kedge.domain.provenance import OWN, EntryPoint, Provenance, Voucher
from kedge.domain.run import Monitor, Reading, Verdict
from kedge.domain.target import Target, TargetKind
from tests.unit.messages.incidents import AT, KINDS, effect, incident, later
from tests.unit.messages.problems import SINCE

FLEET = Target(account="111122223333", region="us-east-1", kind=TargetKind.FLEET, name="features")
UNWATCHED = Target(account="111122223333", region="us-east-1", kind=TargetKind.ACCOUNT, name="unwatched-endpoints")
BY_WATCHDOG = Provenance(
    entry_point=EntryPoint.EVENTS, voucher=Voucher.KEDGE, says="watchdog of 111122223333 in us-east-1"
)
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


def _watched(*faults: Finding, **changes: object) -> object:
    return incident(
        Problem(
            source="watchdog",
            verdict=Verdict.VIOLATED,
            findings=len(faults),
            subjects=len(faults),
            checks={fault.check: len(faults) for fault in faults},
            worst=faults[:20],
            reading=Reading.READ,
        ),
        Cause.MONITOR_FAULT,
        Severity.WARNING,
        monitor=Monitor.WATCH,
        provenance=BY_WATCHDOG,
        **changes,
    )


_LOST = Finding(
    check=Check.CAPTURE_LOST,
    metric="churn-prod",
    said="Config churn-prod-42 has no data capture; config churn-prod-41 before it captured 100 % of the requests.\n"
    "Run `kedge model onboard churn-prod`, which plans a config with data capture.",
)
_SILENT = Finding(
    check=Check.ALARM_NO_DATA,
    metric="churn-prod drift of age",
    said="It has had no data for 2 d, and 1 x 1 h is evaluated.\n"
    "Check that the monitor behind the metric runs and publishes metrics, or give the alarm a longer period.",
)
_UNWATCHED = tuple(
    Finding(check=Check.UNWATCHED_ENDPOINT, metric=f"model-{number:02}-prod", said="Alone.\nOnboard it.")
    for number in range(24)
)

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
    "watch": effect(_watched(_LOST), "watchdog found 1 fault: no incident was open"),
    "watch-another-fault": effect(
        _watched(_LOST, _SILENT, revision=2),
        "New: alarm without data (churn-prod drift of age)",
        Reason.ANOTHER_FAULT,
    ),
    "watch-many-faults": effect(
        _watched(_LOST, *(msgspec.structs.replace(_SILENT, metric=f"alarm-{number}") for number in range(6))),
        "watchdog found 7 faults: no incident was open",
    ),
    "watch-resolved": effect(
        _changed(_watched(_LOST), state=IncidentState.RESOLVED, resolved=SINCE + _HOURS, revision=4),
        "watchdog has recovered",
        Reason.RESOLVED,
        at=SINCE + _HOURS,
    ),
    "unwatched-endpoints": effect(
        _watched(*_UNWATCHED, target=UNWATCHED), "watchdog found 24 faults: no incident was open"
    ),
    "run-out-of-memory": effect(
        incident(
            Problem(
                source="churn-dq",
                verdict=Verdict.FAILED,
                said="AlgorithmError: See job logs for more information, exit code: 137",
                reading=Reading.ABSENT,
                job="arn:aws:sagemaker:us-east-1:111122223333:processing-job/churn-dq-202611200800",
            ),
            Cause.MONITOR_FAULT,
            Severity.WARNING,
        ),
        "churn-dq failed: no incident was open",
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
