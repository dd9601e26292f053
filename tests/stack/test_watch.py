"""Every event is lost: one pass of watch finds what SageMaker did, and each fault is one mail."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from kedge.policy.spec.document import OverdueSpec
from tests.stack.deployed_ring import BUCKET, DeployedRing
from tests.stack.publishing import in_force, one_by_one, publish
from workbench.local_sagemaker.onboarding import schedule_name

NOW = datetime.now(UTC)
# The newest full hour whose run has ended.
HOUR = (NOW - timedelta(minutes=20)).replace(minute=0, second=0, microsecond=0)
FAULTS = {
    "lost-drift": "[WARNING] lost-drift: tenure drifted (0.41, limit 0.1) (FIRING)",
    "lost-empty": "[WARNING] lost-empty: data quality monitor had no data, nothing was measured (FIRING)",
    "lost-merge": "[WARNING] lost-merge: model quality monitor failed, nothing was measured (FIRING)",
    "lost-stopped": "[WARNING] lost-stopped: data quality monitor was stopped, nothing is measured (FIRING)",
    "lost-never": "[WARNING] lost-never: data quality monitor is overdue, nothing was measured (FIRING)",
    "lost-check": "[WARNING] lost-check: tenure drifted (0.41, limit 0.1) (FIRING)",
}


def watch(ring: DeployedRing) -> dict[str, Any]:
    """Run a pass of watch, as its schedule does every 10 minutes, and return its answer."""
    answer = ring.stack.client("lambda").invoke(FunctionName=ring.outputs["WatchFunctionName"], Payload=b"{}")
    return dict(json.loads(answer["Payload"].read()))


def age(ring: DeployedRing, endpoint: str) -> None:
    """Let a schedule be 5 hours old."""
    record = ring.stack.service.world.schedules[schedule_name(endpoint, "DataQuality")]
    record |= dict.fromkeys(("CreationTime", "LastModifiedTime"), NOW - timedelta(hours=5))


def begin_check(ring: DeployedRing, name: str) -> str:
    """Start a pipeline, and let its check step fail with a report. Returns the ARN of the execution, which still runs."""
    sagemaker, control = ring.stack.client("sagemaker"), ring.stack.server.control
    role = "arn:aws:iam::111122223333:role/x"
    sagemaker.create_pipeline(
        PipelineName=name, PipelineDefinition="{}", ClientRequestToken=f"{name:x<32}", RoleArn=role
    )
    execution = sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    report = json.dumps({
        "violations": [{
            "feature_name": "tenure",
            "constraint_check_type": "baseline_drift_check",
            "description": "Baseline drift distance: 0.41 exceeds threshold: 0.1",
        }]
    })  # fmt: skip
    key = f"checks/{name}/constraint_violations.json"
    ring.stack.client("s3").put_object(Bucket=BUCKET, Key=key, Body=report.encode())
    check = {"CheckType": "DATA_QUALITY", "ViolationReport": f"s3://{BUCKET}/{key}"}
    control.finish_step(execution, "CheckData", "Failed", {"QualityCheck": check}, "ClientError")
    return execution


@pytest.fixture(scope="module")
def expecting(ring: DeployedRing) -> None:
    """Let the policy expect runs. Those of the other tests are weeks old, so their policy expects none."""
    publish(ring, msgspec.json.encode(msgspec.structs.replace(one_by_one(OverdueSpec()), name="watched")).decode())
    in_force(ring, "watched@1")
    # The watchdog runs in the first pass of an hour. Its finds are those of another file.
    watch(ring)
    ring.settle()


@pytest.fixture
def lost(ring: DeployedRing, expecting: None, one_road: None) -> DeployedRing:
    """Lose every event of SageMaker, as it may without a sign. It is the first pass of watch, which looks an hour back."""
    key = {"pk": {"S": "WATCH"}, "sk": {"S": "PROGRESS"}}
    ring.stack.client("dynamodb").delete_item(TableName=ring.outputs["TableName"], Key=key)
    ring.stack.send_events_to(lambda _: None)
    return ring


def test_one_pass_finds_everything_that_was_lost_and_tells_of_each_once(lost):
    ring = lost
    ring.monitor("lost-drift", "lost-empty", "lost-stopped", "lost-never", "lost-clean")
    ring.monitor("lost-merge", kinds=("ModelQuality",))
    job = ring.run("lost-drift", HOUR, "violated")
    ring.run("lost-clean", HOUR, "clean")
    ring.run("lost-empty", HOUR, "no_data")
    ring.run("lost-merge", HOUR, "merge_failed", kind="ModelQuality")
    ring.stack.client("sagemaker").stop_monitoring_schedule(
        MonitoringScheduleName=schedule_name("lost-stopped", "DataQuality")
    )
    age(ring, "lost-never")
    ring.stack.server.control.finish_pipeline(begin_check(ring, "lost-check"), "Failed")
    ring.settle()
    assert {name: ring.mails(name) for name in FAULTS} == {name: [] for name in FAULTS}

    assert watch(ring) == {"listed": 4, "sent": 7, "failed": 0, "unfinished": False}
    ring.settle()
    assert {name: ring.mails(name) for name in FAULTS} == {name: [subject] for name, subject in FAULTS.items()}
    assert ring.mails("lost-clean") == []

    # The same again, and the event of the run after all, send no second mail.
    assert watch(ring)["sent"] == 0
    ring.stack.send_events_to(ring.stack.bus.put_event)
    ring.stack.server.control.send_again(job)
    ring.settle()
    assert {name: len(ring.mails(name)) for name in FAULTS} == dict.fromkeys(FAULTS, 1)


def test_a_pipeline_that_runs_for_long_is_found_at_its_end(lost):
    ring = lost
    execution = begin_check(ring, "lost-long")
    watch(ring)
    # A later pass lists only newer executions.
    world = ring.stack.service.world
    world.pipelines["lost-long"]["LastRunTime"] -= timedelta(days=2)
    world.pipeline_executions[execution]["CreationTime"] -= timedelta(days=2)
    watch(ring)
    ring.settle()
    assert ring.mails("lost-long") == []
    ring.stack.server.control.finish_pipeline(execution, "Failed")
    watch(ring)
    ring.settle()
    assert len(ring.mails("lost-long")) == 1
    watch(ring)
    ring.settle()
    assert len(ring.mails("lost-long")) == 1


def test_a_crash_between_the_send_and_the_progress_repeats_the_signal_and_not_the_mail(lost):
    ring = lost
    ring.monitor("lost-crash")
    ring.run("lost-crash", HOUR, "violated")
    ring.stack.ask(
        "fault", function=ring.outputs["WatchFunctionName"], action="dynamodb:PutItem", code="crash", times="1"
    )
    assert "errorType" in watch(ring) or "errorMessage" in watch(ring)
    watch(ring)
    ring.settle()
    assert len(ring.mails("lost-crash")) == 1


def test_a_throttled_pass_leaves_the_rest_to_the_next_one(lost):
    ring = lost
    ring.monitor("lost-slow")
    ring.run("lost-slow", HOUR, "violated")
    ring.stack.server.control.add_fault("ListMonitoringExecutions", "throttle", times=3)
    assert watch(ring)["failed"] == 1
    ring.settle()
    assert ring.mails("lost-slow") == []
    assert watch(ring)["failed"] == 0
    ring.settle()
    assert len(ring.mails("lost-slow")) == 1
