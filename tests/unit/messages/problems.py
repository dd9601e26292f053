"""The problems of the incidents that messages are written about."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from kedge.domain.finding import Check, Finding
from kedge.domain.incident import Problem
from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.domain.run import Reading, Verdict, Window
from kedge.domain.target import Target, TargetKind

SINCE = datetime(2026, 11, 20, 8, tzinfo=UTC)


ENDPOINT = Target(account="111122223333", region="us-east-1", kind=TargetKind.ENDPOINT, name="churn-prod")


BATCH = Target(account="111122223333", region="eu-central-1", kind=TargetKind.SCHEDULE, name="churn-batch-dq")


_REPORT = "s3://sagemaker-us-east-1-111122223333/monitoring/churn-prod/{0}/{1:%Y/%m/%d/%H}/constraint_violations.json"


_JOB = "arn:aws:sagemaker:us-east-1:111122223333:processing-job/{0}-monitoring-{1:%Y%m%d%H%M}-5e1f0a"


_TYPES = {"churn-mq": "model-quality", "churn-bias": "model-bias", "churn-shap": "model-explainability"}


JOB = _JOB.format("data-quality", SINCE)


def problem_with(**changes: Any) -> Problem:
    base = Problem(
        source="churn-dq",
        verdict=Verdict.VIOLATED,
        reading=Reading.READ,
        records=12_345,
        features=24,
    )
    changes = {**files_of(changes.get("source", base.source), SINCE), **changes}
    return msgspec.structs.replace(base, **changes)


def files_of(source: str, ends: datetime) -> dict[str, Any]:
    """The window, job and report of the run of a schedule whose window ends then."""
    return {
        "window": Window(ends - timedelta(hours=1), ends),
        "job": _JOB.format(_TYPES.get(source, "data-quality"), ends),
        "report": _REPORT.format(source, ends),
    }


def problem_of(*findings: Finding, total: int | None = None, subjects: int | None = None, **changes: Any) -> Problem:
    checks: dict[str, int] = {}
    for finding in findings:
        checks[finding.check] = checks.get(finding.check, 0) + 1
    return problem_with(
        findings=total or len(findings),
        subjects=subjects or total or len(findings),
        checks=changes.pop("checks", checks),
        worst=findings,
        **changes,
    )


def drifted(feature: str, distance: float) -> Finding:
    said = f"Baseline drift distance: {distance} exceeds threshold: 0.1"
    return Finding(check=Check.DRIFT, feature=feature, said=said)


DRIFT = problem_of(
    drifted("age", 0.4137862),
    drifted("customer_account_balance_mean_of_the_last_30_days", 0.31),
    drifted("tenure", 0.1900001),
    drifted("plan", 0.12),
    drifted("region_code", 0.1004),
    drifted("visits", 0.1003),
    total=7,
    checks={Check.DRIFT: 7},
)


SCHEMA = problem_of(
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


QUALITY = problem_of(
    Finding(check=Check.BELOW, metric="f2", said="Metric f2 with 0.5012 +/- 0.01 was LessThanThreshold '0.6'"),
    source="churn-mq",
    features=None,
)


BIAS = problem_of(
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


ATTRIBUTION = problem_of(
    Finding(
        check=Check.ATTRIBUTION_DRIFT,
        metric="shap",
        label="churned",
        said="Feature attribution drift 0.7639720923277322 exceeds threshold 0.9",
    ),
    source="churn-shap",
    features=None,
)


NOTHING = problem_with(reading=None, report=None, records=None, features=None)


_REASON = "Threshold Crossed: 2 out of the last 2 datapoints [812.4, 799.1] were greater than the threshold (500.0)."


MISSING = (
    "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching]."
)


ALARM = Problem(
    source="churn-prod-latency-p99",
    verdict=Verdict.ALARM,
    said=_REASON,
    worst=(Finding(check=Check.ALARM, said=_REASON, metric="ModelLatency", measured=812.4, allowed=500.0),),
    namespace="AWS/SageMaker",
    metric="ModelLatency",
)


_TOO_MANY = "Threshold Crossed: 1 out of the last 1 datapoints [37.0] was greater than the threshold (10.0)."


ERRORS = msgspec.structs.replace(
    ALARM,
    source="churn-prod-5xx",
    said=_TOO_MANY,
    worst=(Finding(check=Check.ALARM, said=_TOO_MANY, metric="Invocation5XXErrors", measured=37.0, allowed=10.0),),
    metric="Invocation5XXErrors",
)


BY_SAGEMAKER = Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.SAGEMAKER, says="the processing job")


BY_FILE = Provenance(entry_point=EntryPoint.EVENTS, says="a file in s3://ml-reports")


BY_CLOUDWATCH = Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.CLOUDWATCH, says="DescribeAlarms")


DISPUTED = (
    "s3://reports/churn-prod/churn-dq/2026/11/20/08 lists 7 violations for 08:00 UTC, but SageMaker knows no run of churn-dq then."
    " Did another program write this file?"
)
