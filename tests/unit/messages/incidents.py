"""One effect of each kind that Kedge tells of: what a person would be sent, with nothing in it that is not typical."""

from datetime import timedelta
from typing import Any

import msgspec

from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.finding import Check, Finding
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.provenance import OWN, EntryPoint, Provenance
from kedge.domain.run import Monitor, Reading, Verdict
from kedge.domain.target import TargetKind
from tests.unit.messages.problems import (
    ALARM,
    ATTRIBUTION,
    BATCH,
    BIAS,
    BY_CLOUDWATCH,
    BY_FILE,
    BY_SAGEMAKER,
    DISPUTED,
    DRIFT,
    ENDPOINT,
    ERRORS,
    MISSING,
    NOTHING,
    QUALITY,
    SCHEMA,
    SINCE,
    drifted,
    files_of,
    problem_of,
    problem_with,
)

RUNBOOK = "https://runbooks.example.com/models/churn"
INCIDENT = "0193479e-8a00-7000-8000-5a1c7f0e2b11"
AT = SINCE + timedelta(minutes=24)
"""When Kedge knows of the run whose window ended at SINCE: an hourly run starts within 20 minutes and takes a few."""


def later(about: Incident, hours: int, **changes: Any) -> Incident:
    """The same incident when each run of so many hours more was bad, too."""
    known, problem = about.problem, {**files_of(about.problem.source, SINCE + timedelta(hours=hours))}
    problem = {name: value for name, value in problem.items() if getattr(known, name) is not None}
    return msgspec.structs.replace(
        about,
        **{"runs": hours + 1, "revision": hours + 1, "problem": msgspec.structs.replace(known, **problem), **changes},
    )


def incident(problem: Problem, cause: Cause, severity: Severity = Severity.CRITICAL, **changes: Any) -> Incident:
    base = Incident(
        id=INCIDENT,
        target=ENDPOINT,
        monitor=Monitor.DATA_QUALITY,
        state=IncidentState.FIRING,
        severity=severity,
        cause=cause,
        since=SINCE,
        changed=AT,
        problem=problem,
        told={"ml-oncall": 1},
        provenance=BY_CLOUDWATCH if problem.verdict is Verdict.ALARM else BY_SAGEMAKER,
    )
    return msgspec.structs.replace(base, **changes)


def effect(
    about: Incident,
    because: str,
    why: Reason = Reason.FIRST_SEEN,
    channel: ChannelName = ChannelName.MAIL,
    **changes: Any,
) -> Effect:
    base = Effect(
        id=f"{about.id}/{about.revision}/ml-oncall/{channel}",
        channel=channel,
        receiver="ml-oncall",
        why=why,
        incident=about,
        because=because,
        policy="default@1",
        at=AT,
        environment="prod",
        first=about.told["ml-oncall"] if about.told["ml-oncall"] < about.revision else None,
    )
    return msgspec.structs.replace(base, **changes)


_FIVE = timedelta(hours=5)
_ENDED = {"state": IncidentState.RESOLVED, "resolved": SINCE + _FIVE, "revision": 6}
_SOON = {"at": SINCE + timedelta(minutes=1)}
"""An alarm is an event, not a run that takes its time."""

ESTIMATE = "accuracy 0.779 (0.759 to 0.799), baseline 0.846, without labels"
KINDS: dict[str, Effect] = {
    "drill": effect(
        incident(
            Problem(source="kedge drill", verdict=Verdict.ALARM),
            Cause.INCONCLUSIVE,
            monitor=Monitor.DRILL,
            provenance=OWN,
            since=AT,
            owner="team-churn",
        ),
        "a drill by user/ana",
    ),
    "drift": effect(incident(DRIFT, Cause.INPUT_DRIFT), "churn-dq found 7 violations: no incident was open"),
    "drift-measured": effect(
        incident(msgspec.structs.replace(DRIFT, estimate=ESTIMATE), Cause.INPUT_DRIFT),
        "churn-data found 7 violations: no incident was open",
    ),
    "drift-by-a-file": effect(
        incident(
            msgspec.structs.replace(DRIFT, job=None, report="s3://ml-reports/churn-prod/churn-dq/2026/11/20/08"),
            Cause.INPUT_DRIFT,
            provenance=BY_FILE,
        ),
        "churn-dq found 7 violations: no incident was open",
    ),
    "disputed-report": effect(
        incident(
            msgspec.structs.replace(DRIFT, disputed=DISPUTED, job=None, report=DISPUTED.partition(" ")[0]),
            Cause.INCONCLUSIVE,
            provenance=Provenance(entry_point=EntryPoint.EVENTS, says="a file in s3://reports"),
            evidence=(DISPUTED,),
        ),
        "churn-dq found 7 violations: no incident was open",
    ),
    "drift-of-one-feature": effect(
        incident(problem_of(drifted("age", 0.4137862)), Cause.INPUT_DRIFT, Severity.WARNING),
        "churn-dq found 1 violation: no incident was open",
    ),
    "schema-break": effect(incident(SCHEMA, Cause.SCHEMA_BREAK), "churn-dq found 4 violations: no incident was open"),
    "model-quality": effect(
        incident(QUALITY, Cause.CONCEPT_DRIFT, monitor=Monitor.MODEL_QUALITY),
        "churn-mq found 1 violation: no incident was open",
    ),
    "bias": effect(
        incident(BIAS, Cause.BIAS_DRIFT, monitor=Monitor.MODEL_BIAS),
        "churn-bias found 2 violations: no incident was open",
    ),
    "attribution": effect(
        incident(ATTRIBUTION, Cause.ATTRIBUTION_DRIFT, Severity.WARNING, monitor=Monitor.MODEL_EXPLAINABILITY),
        "churn-shap found 1 violation: no incident was open",
    ),
    "failed": effect(
        incident(
            msgspec.structs.replace(
                NOTHING,
                verdict=Verdict.FAILED,
                said="AlgorithmError: See job logs for more information, exit code: 255",
            ),
            Cause.MONITOR_FAULT,
            Severity.WARNING,
        ),
        "churn-dq failed: no incident was open",
    ),
    "no-data": effect(
        incident(
            msgspec.structs.replace(
                NOTHING,
                verdict=Verdict.NO_DATA,
                source="churn-batch-dq",
                job=None,
                said="No S3 objects found under the captured data's prefix for the window",
            ),
            Cause.MONITOR_FAULT,
            Severity.WARNING,
            target=BATCH,
        ),
        "churn-batch-dq had no data: no incident was open",
    ),
    "too-few-records": effect(
        incident(
            msgspec.structs.replace(
                NOTHING,
                verdict=Verdict.INCONCLUSIVE,
                reading=None,
                records=212,
                said="168 runs since 2026-11-13 08:00 UTC, and none on the 500 records that it takes; the last had 212.",
            ),
            Cause.INCONCLUSIVE,
            Severity.WARNING,
            since=SINCE - timedelta(days=7),
            runs=168,
        ),
        "churn-dq could not be judged for 7 days",
    ),
    "stopped": effect(
        incident(
            msgspec.structs.replace(NOTHING, verdict=Verdict.STOPPED, job=None, window=None),
            Cause.MONITOR_FAULT,
            Severity.WARNING,
        ),
        "churn-dq was stopped: no incident was open",
    ),
    "alarm": effect(
        incident(ALARM, Cause.INCONCLUSIVE, monitor=Monitor.ALARM),
        "alarm churn-prod-latency-p99 fired: no incident was open",
        **_SOON,
    ),
    "alarm-blind": effect(
        incident(
            Problem(
                source="churn-prod-f1",
                verdict=Verdict.ALARM,
                said=MISSING,
                worst=(Finding(check=Check.ALARM, said=MISSING, metric="f1", allowed=0.8),),
                namespace="aws/sagemaker/Endpoints/model-metrics",
                metric="f1",
                blind=True,
            ),
            Cause.MONITOR_FAULT,
            Severity.WARNING,
            monitor=Monitor.ALARM,
        ),
        "alarm churn-prod-f1 fired without a datapoint: no incident was open",
        **_SOON,
    ),
    "alarm-contributors": effect(
        incident(
            msgspec.structs.replace(
                ERRORS,
                source="fleet-5xx[8f2c1d5e]",
                alarm="fleet-5xx",
                contributors=("Service=churn", "Service=fraud"),
            ),
            Cause.INCONCLUSIVE,
            monitor=Monitor.ALARM,
            target=msgspec.structs.replace(ENDPOINT, kind=TargetKind.ALARM, name="fleet-5xx"),
        ),
        "alarm fleet-5xx fired for Service=fraud: no incident was open",
        **_SOON,
    ),
    "alarm-minimal": effect(
        incident(
            Problem(
                source="checkout-errors",
                verdict=Verdict.ALARM,
                worst=(Finding(check=Check.ALARM, metric="checkout-errors"),),
            ),
            Cause.INCONCLUSIVE,
            monitor=Monitor.ALARM,
            target=msgspec.structs.replace(ENDPOINT, kind=TargetKind.ALARM, name="checkout-errors"),
        ),
        "alarm checkout-errors fired: no incident was open",
        **_SOON,
    ),
    "unreadable-report": effect(
        incident(
            problem_with(
                reading=Reading.UNREADABLE,
                why_unread="$.violations[3]: expected an object, got a string",
                said="CompletedWithViolations: Job completed successfully with 60 violations.",
                records=None,
                features=None,
            ),
            Cause.INCONCLUSIVE,
            Severity.WARNING,
        ),
        "churn-dq found violations that could not be read ($.violations[3]: expected an object, got a string): "
        "no incident was open",
    ),
    "absent-report": effect(
        incident(
            problem_with(reading=Reading.ABSENT, why_unread=None, records=None, features=None),
            Cause.INCONCLUSIVE,
            Severity.WARNING,
        ),
        "churn-dq found violations that could not be read (no report): no incident was open",
    ),
    "severity-raised": effect(
        later(incident(DRIFT, Cause.INPUT_DRIFT), 2),
        "warning became critical",
        Reason.SEVERITY_RAISED,
        at=AT + timedelta(hours=2),
    ),
    "cause-changed": effect(
        later(incident(SCHEMA, Cause.SCHEMA_BREAK), 1),
        "input_drift turned out to be schema_break",
        Reason.CAUSE_CHANGED,
        at=AT + timedelta(hours=1),
    ),
    "another-alarm": effect(
        incident(ERRORS, Cause.INCONCLUSIVE, monitor=Monitor.ALARM, runs=2, revision=2),
        "alarm churn-prod-5xx fired, too",
        Reason.ANOTHER_ALARM,
        at=SINCE + timedelta(minutes=4),
    ),
    "monitor-fault-while-firing": effect(
        later(incident(DRIFT, Cause.INPUT_DRIFT), 2, revision=4),
        "churn-dq failed: nothing is measured now",
        Reason.MONITOR_FAULT,
        at=AT + timedelta(hours=3),
    ),
    "resolved": effect(
        later(incident(DRIFT, Cause.INPUT_DRIFT), 4, **_ENDED),
        "churn-dq has recovered",
        Reason.RESOLVED,
        at=AT + _FIVE,
    ),
    "resolved-alarm": effect(
        incident(ALARM, Cause.INCONCLUSIVE, monitor=Monitor.ALARM, **{**_ENDED, "revision": 2}),
        "churn-prod-latency-p99 has recovered",
        Reason.RESOLVED,
        at=SINCE + _FIVE + timedelta(minutes=1),
    ),
    "resolved-monitor-fault": effect(
        later(
            incident(msgspec.structs.replace(NOTHING, verdict=Verdict.FAILED), Cause.MONITOR_FAULT, Severity.WARNING),
            4,
            **_ENDED,
        ),
        "churn-dq has recovered",
        Reason.RESOLVED,
        at=AT + _FIVE,
    ),
}
