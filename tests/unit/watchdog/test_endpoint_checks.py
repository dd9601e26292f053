"""Each check of an endpoint: a fault just beyond its boundary, and none at it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.finding import Check
from kedge.domain.run import Monitor, Verdict
from kedge.watchdog.checks import faults_of_batch, faults_of_endpoint
from kedge.watchdog.facts import ConfigFacts, EndpointMonitoring, LabelFacts, MonitorOwner
from tests.unit.watchdog.planted import (
    ALARM,
    CONFIG,
    DAY,
    HOUR,
    MONITOR,
    NOW,
    OFF,
    ON,
    SECOND,
    failed,
    watched,
    without_monitors,
)

BEFORE = ConfigFacts(name="churn-1", created=NOW - 40 * DAY, capture=ON)
WITHOUT = replace(CONFIG, capture=OFF)
BASELINE, LABELS = MONITOR.baseline, LabelFacts(prefix="s3://data/labels", due_within=25 * HOUR)


def sampled(percent: float, **endpoint: object) -> EndpointMonitoring:
    return watched(config=replace(CONFIG, capture=replace(ON, sampling=percent)), **endpoint)


def with_baseline(**changes: object) -> EndpointMonitoring:
    return watched(replace(MONITOR, baseline=replace(BASELINE, **changes)))


def with_labels(**changes: object) -> EndpointMonitoring:
    return watched(replace(MONITOR, labels=replace(LABELS, searched_since=NOW - 25 * HOUR, **changes)))


def with_alarm(**changes: object) -> EndpointMonitoring:
    return watched(alarms=(replace(ALARM, **changes),))


def with_runs(runs: tuple, **changes: object) -> EndpointMonitoring:
    return watched(replace(MONITOR, runs=runs, **{"has_worked": False, **changes}))


WELL = {
    "all is well": watched(),
    "no monitor and no capture": without_monitors(config=WITHOUT),
    "the endpoint has no readable config": watched(config=None),
    "a config before without capture, and no monitor": without_monitors(config=WITHOUT, before=replace(BEFORE, capture=OFF)),
    "a share that is unknown to be too small": sampled(1, invocations=None),
    "all requests are captured": sampled(100, invocations=24.0),
    "a share without requests": sampled(1, invocations=0.0),
    "a share of many requests": sampled(50, invocations=24 * 20_000.0),
    "no objects were searched": watched(captured=None, searched_since=None),
    "too few requests to miss their objects": watched(captured=None, invocations=39.0),
    "captured for a day without a monitor": without_monitors(config=replace(CONFIG, created=NOW - DAY + SECOND)),
    "a baseline of 2 days before the model": with_baseline(created=NOW - 12 * DAY),
    "columns that are unknown": with_baseline(columns=None),
    "a stopped monitor with an old baseline": watched(
        replace(MONITOR, status="Stopped", baseline=replace(BASELINE, created=NOW - 300 * DAY)), MONITOR
    ),
    "labels that were not searched": watched(replace(MONITOR, labels=LABELS)),
    "the newest label is as old as it may be": with_labels(newest=NOW - 25 * HOUR),
    "labels were searched for a shorter time": watched(
        replace(MONITOR, labels=replace(LABELS, searched_since=NOW - 25 * HOUR + SECOND))
    ),
    "2 failed runs": with_runs(failed(2)),
    "failed runs after one that worked": with_runs(failed(5), has_worked=True),
    "failed runs, and nothing is known before": with_runs(failed(5), has_worked=None),
    "an alarm without data as long as it may be": with_alarm(state="INSUFFICIENT_DATA", since=NOW - 26 * HOUR),
    "an alarm that evaluates 2 days": with_alarm(
        state="INSUFFICIENT_DATA", since=NOW - 4 * DAY, period=DAY, evaluation_periods=2
    ),
    "an alarm on a metric that is not listed yet": with_alarm(is_listed=False, since=NOW - 26 * HOUR),
    "a quiet endpoint has no metrics": watched(
        alarms=(replace(ALARM, namespace="AWS/SageMaker", metric="ModelLatency", state="INSUFFICIENT_DATA", is_listed=False),),
        invocations=0.0,
    ),
    "a wrong name that is listed after all": with_alarm(namespace="AWS/SageMaker/ModelMonitor"),
}  # fmt: skip
FAULTS = {
    "off while a monitor needs it": (watched(config=WITHOUT), Check.CAPTURE_OFF),
    "stopped by SageMaker": (watched(is_capturing=False), Check.CAPTURE_OFF),
    "lost in a deployment": (watched(config=WITHOUT, before=BEFORE), Check.CAPTURE_LOST),
    "lost without a monitor": (without_monitors(config=WITHOUT, before=BEFORE), Check.CAPTURE_LOST),
    "a share of few requests": (sampled(1), Check.CAPTURE_SAMPLING),
    "a share of nothing": (sampled(0, captured=NOW), Check.CAPTURE_SAMPLING),
    "requests without objects": (watched(captured=None, invocations=40.0), Check.CAPTURE_EMPTY),
    "captured without a monitor": (without_monitors(config=replace(CONFIG, created=NOW - DAY)), Check.CAPTURE_UNMONITORED),
    "captured, and the monitor is stopped": (watched(replace(MONITOR, status="Stopped")), Check.CAPTURE_UNMONITORED),
    "a baseline of an earlier model": (with_baseline(created=NOW - 12 * DAY - SECOND), Check.BASELINE_AGE),
    "a column that the baseline lacks": (with_baseline(seen=("age", "plan", "prediction", "new")), Check.BASELINE_COLUMNS),
    "a column that is gone": (with_baseline(seen=("age", "plan")), Check.BASELINE_COLUMNS),
    "no label": (with_labels(), Check.LABELS_LATE),
    "an old label": (with_labels(newest=NOW - 25 * HOUR - SECOND), Check.LABELS_LATE),
    "3 runs, and none worked": (with_runs(failed(3, said="no role")), Check.NEVER_WORKED),
    "3 runs without data": (with_runs(failed(3, Verdict.NO_DATA)), Check.NEVER_WORKED),
    "3 merges, and none worked": (with_runs(failed(3, is_merge=True)), Check.MERGE_FAILED),
    "a metric that is not listed": (with_alarm(is_listed=False, since=NOW - 26 * HOUR - SECOND), Check.ALARM_DIMENSIONS),
    "a namespace that does not exist": (
        with_alarm(namespace="/aws/sagemaker/Endpoints/data-metric", is_listed=False, since=NOW),
        Check.ALARM_DIMENSIONS,
    ),
    "a metric that does not exist": (with_alarm(metric="constraint_violations", is_listed=False), Check.ALARM_DIMENSIONS),
    "a dimension that does not exist": (
        with_alarm(dimensions={"EndpointName": "churn-prod"}, is_listed=False, since=NOW),
        Check.ALARM_DIMENSIONS,
    ),
    "an alarm without data for too long": (
        with_alarm(state="INSUFFICIENT_DATA", since=NOW - 26 * HOUR - SECOND),
        Check.ALARM_NO_DATA,
    ),
    "an alarm of a busy endpoint": (
        watched(alarms=(replace(ALARM, namespace="AWS/SageMaker", state="INSUFFICIENT_DATA"),)),
        Check.ALARM_NO_DATA,
    ),
}  # fmt: skip


@pytest.mark.parametrize("facts", WELL.values(), ids=WELL)
def test_no_fault_is_found(facts: EndpointMonitoring):
    assert faults_of_endpoint(facts, NOW) == ()


@pytest.mark.parametrize(("facts", "check"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found_with_one_sentence_of_evidence_and_one_of_its_fix(facts: EndpointMonitoring, check: Check):
    (fault,) = faults_of_endpoint(facts, NOW)
    assert fault.check is check
    assert fault.subject in ("churn-prod", "churn-dq", "churn drift")
    for sentence in (fault.evidence, fault.fix):
        assert sentence.endswith(".")
        assert len(sentence.split()) <= 30, sentence
    assert fault.finding.said == f"{fault.evidence}\n{fault.fix}"


def test_a_share_that_gives_enough_records_for_the_policy_is_no_fault():
    facts = sampled(10, invocations=24 * 5_000.0)
    assert [fault.measured for fault in faults_of_endpoint(facts, NOW)] == [500.0]
    assert faults_of_endpoint(facts, NOW, minimum_records=500) == ()
    assert len(faults_of_endpoint(facts, NOW, minimum_records=501)) == 1


def test_the_shortest_window_of_the_monitors_decides():
    daily = replace(MONITOR, name="churn-mq", window=timedelta(days=1))
    (fault,) = faults_of_endpoint(
        watched(daily, MONITOR, config=replace(CONFIG, capture=replace(ON, sampling=10))), NOW
    )
    assert fault.measured == 100.0


def test_a_baseline_of_kedge_is_made_by_kedge():
    own = replace(MONITOR, owner=MonitorOwner.KEDGE, baseline=replace(BASELINE, created=NOW - 300 * DAY))
    (fault,) = faults_of_endpoint(watched(own), NOW)
    assert "`kedge monitor baseline`" in fault.fix


def test_evidence_names_numbers_and_a_few_columns():
    seen = tuple(f"column-{number}" for number in range(9))
    (fault,) = faults_of_endpoint(with_baseline(seen=seen), NOW)
    assert "has 3 columns" in fault.evidence
    assert "column-0, column-1, column-2 and 6 more" in fault.evidence


def test_a_monitor_without_an_endpoint_is_checked_without_its_endpoint():
    batch = replace(MONITOR, endpoint=None, kind=Monitor.MODEL_QUALITY, runs=failed(3), has_worked=False)
    assert [fault.check for fault in faults_of_batch(batch, NOW)] == [Check.NEVER_WORKED]
    assert faults_of_batch(replace(batch, has_worked=True), NOW) == ()
    assert faults_of_batch(replace(batch, status="Stopped"), NOW) == ()
