"""Effects about several incidents at once: groups, digests, and what is over."""

from datetime import timedelta

import msgspec

from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.effect import Effect
from kedge.domain.incident import Incident, IncidentState, Severity
from kedge.domain.notification import IncidentSummary, Unlisted
from kedge.domain.run import Monitor
from kedge.domain.target import Target, TargetKind
from tests.unit.messages.changes import FLEET
from tests.unit.messages.incidents import AT, INCIDENT, KINDS, effect
from tests.unit.messages.problems import ENDPOINT, SINCE

_LISTED = 50
_NOTHING = Unlisted()


def endpoint(name: str) -> Target:
    return msgspec.structs.replace(ENDPOINT, name=name)


def brief(
    number: int, target: Target, cause: Cause, severity: Severity = Severity.WARNING, **changes: object
) -> IncidentSummary:
    base = IncidentSummary(
        incident=f"{INCIDENT[:-4]}{number:04}",
        revision=1,
        target=target,
        monitor=Monitor.DATA_QUALITY,
        state=IncidentState.FIRING,
        severity=severity,
        cause=cause,
        since=SINCE + timedelta(minutes=number),
        why=Reason.FIRST_SEEN,
        findings=number % 7 + 1,
        first=True,
    )
    return msgspec.structs.replace(base, **changes)


def together(worst: Incident, *briefs: IncidentSummary, tally: Unlisted = _NOTHING, **changes: object) -> Effect:
    """A message whose worst incident is `worst`, which stands first among the briefs."""
    first = IncidentSummary.of(worst, changes.pop("why_worst", Reason.FIRST_SEEN), "ml-oncall")
    return effect(
        worst,
        "churn-dq found 7 violations: no incident was open",
        Reason.DIGEST,
        briefs=(first, *briefs),
        tally=tally,
        **changes,
    )


_DRIFT = KINDS["drift"].incident
_SCHEMA = KINDS["schema-break"].incident
_FAULT = {"findings": None, "monitor": Monitor.MODEL_QUALITY}

SEVERAL = {
    "group-of-one-endpoint": together(
        _DRIFT,
        brief(5, ENDPOINT, Cause.CONCEPT_DRIFT, Severity.CRITICAL, monitor=Monitor.MODEL_QUALITY, findings=1),
        brief(7, ENDPOINT, Cause.ATTRIBUTION_DRIFT, monitor=Monitor.MODEL_EXPLAINABILITY, findings=1),
        brief(9, ENDPOINT, Cause.INCONCLUSIVE, monitor=Monitor.ALARM, findings=None, source="churn-prod-latency-p99"),
    ),
    "group-of-one-cause": together(
        _DRIFT,
        *(brief(n, endpoint(f"churn-{name}"), Cause.INPUT_DRIFT) for n, name in enumerate(("canary", "eu", "apac"))),
    ),
    "digest": together(
        _SCHEMA,
        brief(0, FLEET, Cause.UPSTREAM_INCIDENT, Severity.CRITICAL, monitor=Monitor.FLEET, findings=2),
        brief(1, endpoint("fraud-prod"), Cause.SCHEMA_BREAK, Severity.CRITICAL, why=Reason.REOPENED),
        brief(2, endpoint("fraud-prod"), Cause.CONCEPT_DRIFT, Severity.CRITICAL, monitor=Monitor.MODEL_QUALITY),
        brief(
            3,
            endpoint("fraud-prod"),
            Cause.INCONCLUSIVE,
            Severity.CRITICAL,
            monitor=Monitor.ALARM,
            findings=None,
            source="fraud-prod-5xx-rate-of-the-last-fifteen-minutes",
        ),
        brief(4, endpoint("ranking-with-a-name-as-long-as-sagemaker-lets-anybody-make-it-63c"), Cause.INPUT_DRIFT),
        brief(6, endpoint("ranking-b"), Cause.INPUT_DRIFT, why=Reason.SEVERITY_RAISED),
        brief(8, endpoint("ranking-c"), Cause.MONITOR_FAULT, **_FAULT),
        brief(9, endpoint("ranking-d"), Cause.MONITOR_FAULT, **{**_FAULT, "monitor": Monitor.DATA_QUALITY}),
        brief(10, endpoint("pricing"), Cause.INPUT_DRIFT, why=Reason.MONITOR_FAULT),
        brief(11, endpoint("pricing"), Cause.BIAS_DRIFT, monitor=Monitor.MODEL_BIAS, state=IncidentState.ACKNOWLEDGED),
        brief(12, endpoint("search"), Cause.INCONCLUSIVE, findings=None, since=SINCE - timedelta(days=2)),
        brief(13, endpoint("search"), Cause.INCONCLUSIVE, monitor=Monitor.CUSTOM, findings=3, why=Reason.REMINDER),
        brief(14, endpoint("upsell"), Cause.INPUT_DRIFT, Severity.INFO, why=Reason.FLAPPING),
        brief(15, endpoint("upsell"), Cause.ATTRIBUTION_DRIFT, state=IncidentState.RESOLVED, why=Reason.RESOLVED),
        brief(16, endpoint("recommend"), Cause.INPUT_DRIFT, Severity.CRITICAL, state=IncidentState.RESOLVED),
    ),
    "digest-of-ten-thousand": together(
        _SCHEMA,
        *(
            brief(
                n, endpoint(f"model-{n % 17:03}"), Cause.SCHEMA_BREAK if n % 3 else Cause.INPUT_DRIFT, Severity.CRITICAL
            )
            for n in range(1, _LISTED)
        ),
        tally=Unlisted(
            by_severity={Severity.CRITICAL: 1_150, Severity.WARNING: 8_214, Severity.INFO: 86}, resolved=312, over=188
        ),
        at=AT + timedelta(hours=1),
    ),
    "digest-of-one": together(_DRIFT),
    "digest-of-what-is-over": effect(
        KINDS["resolved"].incident,
        "churn-dq has recovered",
        Reason.DIGEST,
        tally=Unlisted(over=3),
    ),
    "group-resolved": together(
        KINDS["resolved"].incident,
        brief(3, endpoint("churn-canary"), Cause.INPUT_DRIFT, state=IncidentState.RESOLVED, why=Reason.RESOLVED),
        why_worst=Reason.RESOLVED,
    ),
    "batch-jobs-of-two-regions": together(
        KINDS["no-data"].incident,
        brief(
            2,
            Target(account="444455556666", region="us-east-1", kind=TargetKind.SCHEDULE, name="fraud-batch-dq"),
            Cause.MONITOR_FAULT,
            **_FAULT,
        ),
    ),
}
