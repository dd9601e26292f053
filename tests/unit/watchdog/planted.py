"""An endpoint that is monitored well, and changes of its facts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from kedge.domain.run import Monitor, Verdict
from kedge.watchdog.facts import (
    AlarmFacts,
    BaselineFacts,
    CaptureFacts,
    ConfigFacts,
    DescribedEndpoint,
    EndpointMonitoring,
    MonitorFacts,
    MonitorRunFacts,
)

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
ON = CaptureFacts(is_on=True, sampling=100.0, destination="s3://data/capture")
OFF = CaptureFacts(is_on=False, sampling=0.0)
CONFIG = ConfigFacts(name="churn-2", created=NOW - 9 * DAY, capture=ON)
ENDPOINT = DescribedEndpoint(
    name="churn-prod",
    created=NOW - 90 * DAY,
    config=CONFIG,
    model_created=NOW - 10 * DAY,
    is_capturing=True,
    variants=("AllTraffic",),
    invocations=24_000.0,
    captured=NOW - HOUR,
    searched_since=NOW - 6 * HOUR,
)
MONITOR = MonitorFacts(
    name="churn-dq",
    kind=Monitor.DATA_QUALITY,
    endpoint="churn-prod",
    created=NOW - 30 * DAY,
    every=HOUR,
    window=HOUR,
    baseline=BaselineFacts(
        uri="s3://data/baseline/constraints.json",
        created=NOW - 11 * DAY,
        columns=("age", "plan", "prediction"),
        seen=("plan", "prediction", "age"),
    ),
)
ALARM = AlarmFacts(
    name="churn drift",
    state="OK",
    namespace="aws/sagemaker/Endpoints/data-metrics",
    metric="feature_baseline_drift_age",
    dimensions={"Endpoint": "churn-prod", "MonitoringSchedule": "churn-dq"},
    since=NOW - 30 * DAY,
    period=HOUR,
    evaluation_periods=1,
    is_listed=True,
)


def watched(*monitors: MonitorFacts, alarms: tuple[AlarmFacts, ...] = (ALARM,), **endpoint: Any) -> EndpointMonitoring:
    """Return the endpoint with some facts changed; without `monitors`, with its usual one."""
    return EndpointMonitoring(endpoint=replace(ENDPOINT, **endpoint), monitors=monitors or (MONITOR,), alarms=alarms)


def without_monitors(**endpoint: Any) -> EndpointMonitoring:
    """Return the endpoint without monitors and alarms."""
    return EndpointMonitoring(endpoint=replace(ENDPOINT, **endpoint))


def failed(
    many: int, verdict: Verdict = Verdict.FAILED, said: str = "", *, is_merge: bool = False
) -> tuple[MonitorRunFacts, ...]:
    """Return some runs without a result, the newest first."""
    return tuple(
        MonitorRunFacts(at=NOW - number * HOUR, verdict=verdict, said=said, is_merge=is_merge) for number in range(many)
    )
