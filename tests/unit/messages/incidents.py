"""One effect of each kind that Kedge tells of: what a person would be sent, with nothing in it that is not typical."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.finding import Check, Finding
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.domain.run import Monitor, Reading, Verdict, Window
from kedge.domain.target import Target, TargetKind

RUNBOOK = "https://runbooks.example.com/models/churn"
INCIDENT = "0193479e-8a00-7000-8000-5a1c7f0e2b11"
SINCE = datetime(2026, 11, 20, 8, tzinfo=UTC)
AT = SINCE + timedelta(minutes=24)
"""When Kedge knows of the run whose window ended at SINCE: an hourly run starts within 20 minutes and takes a few."""
ENDPOINT = Target(account="111122223333", region="us-east-1", kind=TargetKind.ENDPOINT, name="churn-prod")
BATCH = Target(account="111122223333", region="eu-central-1", kind=TargetKind.SCHEDULE, name="churn-batch-dq")
_REPORT = "s3://sagemaker-us-east-1-111122223333/monitoring/churn-prod/{0}/{1:%Y/%m/%d/%H}/constraint_violations.json"
_JOB = "arn:aws:sagemaker:us-east-1:111122223333:processing-job/{0}-monitoring-{1:%Y%m%d%H%M}-5e1f0a"
_TYPES = {"churn-mq": "model-quality", "churn-bias": "model-bias", "churn-shap": "model-explainability"}
JOB = _JOB.format("data-quality", SINCE)


def _problem(**changes: Any) -> Problem:
    base = Problem(
        source="churn-dq",
        verdict=Verdict.VIOLATED,
        reading=Reading.READ,
        records=12_345,
        features=24,
    )
    changes = {**_files(changes.get("source", base.source), SINCE), **changes}
    return msgspec.structs.replace(base, **changes)


def _files(source: str, ends: datetime) -> dict[str, Any]:
    """The window, job and report of the run of a schedule whose window ends then."""
    return {
        "window": Window(ends - timedelta(hours=1), ends),
        "job": _JOB.format(_TYPES.get(source, "data-quality"), ends),
        "report": _REPORT.format(source, ends),
    }


def later(about: Incident, hours: int, **changes: Any) -> Incident:
    """The same incident when each run of so many hours more was bad, too."""
    known, problem = about.problem, {**_files(about.problem.source, SINCE + timedelta(hours=hours))}
    problem = {name: value for name, value in problem.items() if getattr(known, name) is not None}
    return msgspec.structs.replace(
        about,
        **{"runs": hours + 1, "revision": hours + 1, "problem": msgspec.structs.replace(known, **problem), **changes},
    )


def _found(*findings: Finding, total: int | None = None, subjects: int | None = None, **changes: Any) -> Problem:
    checks: dict[str, int] = {}
    for finding in findings:
        checks[finding.check] = checks.get(finding.check, 0) + 1
    return _problem(
        findings=total or len(findings),
        subjects=subjects or total or len(findings),
        checks=changes.pop("checks", checks),
        worst=findings,
        **changes,
    )


def _drifted(feature: str, distance: float) -> Finding:
    said = f"Baseline drift distance: {distance} exceeds threshold: 0.1"
    return Finding(check=Check.DRIFT, feature=feature, said=said)


_DRIFT = _found(
    _drifted("age", 0.4137862),
    _drifted("customer_account_balance_mean_of_the_last_30_days", 0.31),
    _drifted("tenure", 0.1900001),
    _drifted("plan", 0.12),
    _drifted("region_code", 0.1004),
    _drifted("visits", 0.1003),
    total=7,
    checks={Check.DRIFT: 7},
)
_SCHEMA = _found(
    Finding(
        check=Check.MISSING_COLUMN,
        feature="Missing columns",
        said="There are missing columns in current dataset. Number of columns in current dataset: 22, "
        "Number of columns in baseline constraints: 24",
    ),
    Finding(
        check=Check.DATA_TYPE,
        feature="support_calls",
        said="Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
        "Observed: Only 99.64592817400101% of data is Integral.",
    ),
    Finding(check=Check.COMPLETENESS, feature="discount", said="Value: 0.0 does not meet the constraint requirement! "),
    Finding(check=Check.DATA_TYPE, feature="plan", said="The type of this feature is not what it was."),
    features=22,
)
_QUALITY = _found(
    Finding(check=Check.BELOW, metric="f2", said="Metric f2 with 0.5012 +/- 0.01 was LessThanThreshold '0.6'"),
    source="churn-mq",
    features=None,
)
_BIAS = _found(
    Finding(
        check=Check.BIAS_DRIFT,
        metric="DPPL",
        facet="age_group",
        facet_value="40",
        said="Metric value Infinity doesn't meet the baseline constraint requirement 2.916666666666667",
    ),
    Finding(
        check=Check.BIAS_DRIFT,
        metric="CI",
        facet="age_group",
        facet_value="40",
        said="Metric value -0.3748947825295131 doesn't meet the baseline constraint requirement -0.28176563733194276",
    ),
    source="churn-bias",
    features=None,
)
_ATTRIBUTION = _found(
    Finding(
        check=Check.ATTRIBUTION_DRIFT,
        metric="shap",
        label="churned",
        said="Feature attribution drift 0.7639720923277322 exceeds threshold 0.9",
    ),
    source="churn-shap",
    features=None,
)
_NOTHING = _problem(reading=None, report=None, records=None, features=None)
_REASON = "Threshold Crossed: 2 out of the last 2 datapoints [812.4, 799.1] were greater than the threshold (500.0)."
_MISSING = (
    "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching]."
)
_ALARM = Problem(
    source="churn-prod-latency-p99",
    verdict=Verdict.ALARM,
    said=_REASON,
    worst=(Finding(check=Check.ALARM, said=_REASON, metric="ModelLatency", measured=812.4, allowed=500.0),),
    namespace="AWS/SageMaker",
    metric="ModelLatency",
)
_TOO_MANY = "Threshold Crossed: 1 out of the last 1 datapoints [37.0] was greater than the threshold (10.0)."
_ERRORS = msgspec.structs.replace(
    _ALARM,
    source="churn-prod-5xx",
    said=_TOO_MANY,
    worst=(Finding(check=Check.ALARM, said=_TOO_MANY, metric="Invocation5XXErrors", measured=37.0, allowed=10.0),),
    metric="Invocation5XXErrors",
)

_BY_SAGEMAKER = Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.SAGEMAKER, says="the processing job")
_BY_FILE = Provenance(entry_point=EntryPoint.EVENTS, says="a file in s3://ml-reports")
_BY_CLOUDWATCH = Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.CLOUDWATCH, says="DescribeAlarms")
_DISPUTED = (
    "s3://reports/churn-prod/churn-dq/2026/11/20/08 lists 7 violations for 08:00 UTC, but SageMaker knows no run of churn-dq then."
    " Did another program write this file?"
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
        provenance=_BY_CLOUDWATCH if problem.verdict is Verdict.ALARM else _BY_SAGEMAKER,
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

KINDS: dict[str, Effect] = {
    "drift": effect(incident(_DRIFT, Cause.INPUT_DRIFT), "churn-dq found 7 violations: no incident was open"),
    "drift-by-a-file": effect(
        incident(
            msgspec.structs.replace(_DRIFT, job=None, report="s3://ml-reports/churn-prod/churn-dq/2026/11/20/08"),
            Cause.INPUT_DRIFT,
            provenance=_BY_FILE,
        ),
        "churn-dq found 7 violations: no incident was open",
    ),
    "disputed-report": effect(
        incident(
            msgspec.structs.replace(_DRIFT, disputed=_DISPUTED, job=None, report=_DISPUTED.partition(" ")[0]),
            Cause.INCONCLUSIVE,
            provenance=Provenance(entry_point=EntryPoint.EVENTS, says="a file in s3://reports"),
            evidence=(_DISPUTED,),
        ),
        "churn-dq found 7 violations: no incident was open",
    ),
    "drift-of-one-feature": effect(
        incident(_found(_drifted("age", 0.4137862)), Cause.INPUT_DRIFT, Severity.WARNING),
        "churn-dq found 1 violation: no incident was open",
    ),
    "schema-break": effect(incident(_SCHEMA, Cause.SCHEMA_BREAK), "churn-dq found 4 violations: no incident was open"),
    "model-quality": effect(
        incident(_QUALITY, Cause.CONCEPT_DRIFT, monitor=Monitor.MODEL_QUALITY),
        "churn-mq found 1 violation: no incident was open",
    ),
    "bias": effect(
        incident(_BIAS, Cause.BIAS_DRIFT, monitor=Monitor.MODEL_BIAS),
        "churn-bias found 2 violations: no incident was open",
    ),
    "attribution": effect(
        incident(_ATTRIBUTION, Cause.ATTRIBUTION_DRIFT, Severity.WARNING, monitor=Monitor.MODEL_EXPLAINABILITY),
        "churn-shap found 1 violation: no incident was open",
    ),
    "failed": effect(
        incident(
            msgspec.structs.replace(
                _NOTHING,
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
                _NOTHING,
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
                _NOTHING,
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
            msgspec.structs.replace(_NOTHING, verdict=Verdict.STOPPED, job=None, window=None),
            Cause.MONITOR_FAULT,
            Severity.WARNING,
        ),
        "churn-dq was stopped: no incident was open",
    ),
    "alarm": effect(
        incident(_ALARM, Cause.INCONCLUSIVE, monitor=Monitor.ALARM),
        "alarm churn-prod-latency-p99 fired: no incident was open",
        **_SOON,
    ),
    "alarm-blind": effect(
        incident(
            Problem(
                source="churn-prod-f1",
                verdict=Verdict.ALARM,
                said=_MISSING,
                worst=(Finding(check=Check.ALARM, said=_MISSING, metric="f1", allowed=0.8),),
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
                _ERRORS,
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
            _problem(
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
            _problem(reading=Reading.ABSENT, why_unread=None, records=None, features=None),
            Cause.INCONCLUSIVE,
            Severity.WARNING,
        ),
        "churn-dq found violations that could not be read (no report): no incident was open",
    ),
    "severity-raised": effect(
        later(incident(_DRIFT, Cause.INPUT_DRIFT), 2),
        "warning became critical",
        Reason.SEVERITY_RAISED,
        at=AT + timedelta(hours=2),
    ),
    "cause-changed": effect(
        later(incident(_SCHEMA, Cause.SCHEMA_BREAK), 1),
        "input_drift turned out to be schema_break",
        Reason.CAUSE_CHANGED,
        at=AT + timedelta(hours=1),
    ),
    "another-alarm": effect(
        incident(_ERRORS, Cause.INCONCLUSIVE, monitor=Monitor.ALARM, runs=2, revision=2),
        "alarm churn-prod-5xx fired, too",
        Reason.ANOTHER_ALARM,
        at=SINCE + timedelta(minutes=4),
    ),
    "monitor-fault-while-firing": effect(
        later(incident(_DRIFT, Cause.INPUT_DRIFT), 2, revision=4),
        "churn-dq failed: nothing is measured now",
        Reason.MONITOR_FAULT,
        at=AT + timedelta(hours=3),
    ),
    "resolved": effect(
        later(incident(_DRIFT, Cause.INPUT_DRIFT), 4, **_ENDED),
        "churn-dq has recovered",
        Reason.RESOLVED,
        at=AT + _FIVE,
    ),
    "resolved-alarm": effect(
        incident(_ALARM, Cause.INCONCLUSIVE, monitor=Monitor.ALARM, **{**_ENDED, "revision": 2}),
        "churn-prod-latency-p99 has recovered",
        Reason.RESOLVED,
        at=SINCE + _FIVE + timedelta(minutes=1),
    ),
    "resolved-monitor-fault": effect(
        later(
            incident(msgspec.structs.replace(_NOTHING, verdict=Verdict.FAILED), Cause.MONITOR_FAULT, Severity.WARNING),
            4,
            **_ENDED,
        ),
        "churn-dq has recovered",
        Reason.RESOLVED,
        at=AT + _FIVE,
    ),
}
