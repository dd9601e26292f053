"""`kedge doctor` on the deployed ring: a sound stack has no fault, and each planted fault is found and named."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from workbench.cli.exits import Exit
from workbench.local_sagemaker.onboarding import schedule_name
from workbench.local_stack.alarms import Alarms
from workbench.local_stack.deploy import resources

DOCTOR = (str(Path(sys.executable).with_name("kedge")), "doctor", "--json")


def look(ring, *words: str) -> tuple[int, list[dict[str, str]]]:
    done = subprocess.run([*DOCTOR, *words], env=ring.stack.environment, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def faults(results: list[dict[str, str]]) -> dict[str, str]:
    """Return what was found wrong, by check."""
    return {each["check"]: f"{each['subject']}: {each['evidence']}" for each in results if each["state"] != "ok"}


@contextmanager
def events_of_test_alarms(ring) -> Iterator[None]:
    """Let EventBridge have the change of the doctor's own alarm, as CloudWatch does and the emulator does not."""
    over, alarms = threading.Event(), Alarms(ring.stack)

    def announce() -> None:
        cloudwatch = ring.stack.client("cloudwatch")
        while not over.wait(0.2):
            found = cloudwatch.describe_alarms(AlarmNamePrefix="kedge-doctor-")["MetricAlarms"]
            for each in found:
                if each["StateValue"] == "OK":
                    alarms.change(each["AlarmName"], "OK", "a test of kedge doctor")
                    return

    thread = threading.Thread(target=announce)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_sound_stack_has_no_fault_and_the_path_of_an_alarm_works(ring):
    ring.settle()
    with events_of_test_alarms(ring):
        code, results = look(ring, "--live-checks")
    assert (code, faults(results)) == (Exit.DONE, {})
    assert "reached Kedge within" in next(each["evidence"] for each in results if each["check"] == "alarm path")
    left = ring.stack.client("cloudwatch").describe_alarms(AlarmNamePrefix="kedge-doctor-")["MetricAlarms"]
    assert left == []


@contextmanager
def planted(ring) -> Iterator[None]:
    """Plant a fault in each place that a person or another tool may change. Remove all of them at the end."""
    client = ring.stack.client
    rule = resources(ring.stack, "AWS::Events::Rule")["PipelineRule"].rpartition("/")[2].rpartition("|")[2]
    role = resources(ring.stack, "AWS::IAM::Role")["ApproveRole"]
    iam, events, sqs, cloudwatch = map(client, ("iam", "events", "sqs", "cloudwatch"))
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    kept: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    events.disable_rule(Name=rule)
    iam.delete_role_policy(RoleName=role, PolicyName=name)
    sqs.send_message(QueueUrl=ring.outputs["EffectsDeadLettersUrl"], MessageBody="{}")
    alarm = "kedge-self-kedge-mail-failed"
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    try:
        yield
    finally:
        events.enable_rule(Name=rule)
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(kept))
        sqs.purge_queue(QueueUrl=ring.outputs["EffectsDeadLettersUrl"])
        cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="a test")


def test_each_planted_fault_of_kedge_itself_is_found_with_what_fixes_it(ring):
    ring.settle()
    with planted(ring):
        code, results = look(ring)
    found = faults(results)
    assert code == Exit.FAILED
    assert {"rule", "permission", "dead letters", "alarm"} <= found.keys()
    assert "PipelineRule" in found["rule"]
    assert "states:SendTaskSuccess" in found["permission"]
    assert all(each["fix"] for each in results if each["state"] == "fault")
    code, results = look(ring)
    assert (code, faults(results)) == (Exit.DONE, {})


@pytest.mark.parametrize("stack", ["no-such-stack"])
def test_a_stack_that_does_not_exist_is_named(ring, stack):
    done = subprocess.run(
        [*DOCTOR, "--stack", stack], env=ring.stack.environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, stack in done.stderr) == (Exit.USAGE, True)


NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
TROUBLES = {
    "doctor-no-data": "run_no_data_check",
    "doctor-labels": "run_ground_truth_check",
    "doctor-memory": "run_memory_check",
    "doctor-violations": "too_many_violations",
    "doctor-silent": "schedule_overdue_check",
    "doctor-stopped": "schedule_stopped_check",
}


@pytest.fixture(scope="module")
def troubled(ring) -> None:
    """Plant the six usual troubles of Model Monitor, each on an endpoint of its own, and one endpoint without a trouble."""
    finish, sagemaker = ring.stack.server.control.finish_run, ring.stack.client("sagemaker")
    ring.stack.clock.turn_to(NOW - timedelta(days=2))
    ring.monitor(*TROUBLES, "doctor-sound", kinds=("DataQuality",))
    ring.stack.clock.turn_to_now()
    hours = [NOW - timedelta(hours=ago) for ago in range(5, 0, -1)]
    finish(schedule_name("doctor-no-data", "DataQuality"), hours[-1], "no_data")
    reason = "ClientError: no ground truth was found for the window"
    finish(schedule_name("doctor-labels", "DataQuality"), hours[-1], "failed", failure_reason=reason)
    reason = "AlgorithmError: java.lang.OutOfMemoryError: Java heap space, exit code: 1"
    finish(schedule_name("doctor-memory", "DataQuality"), hours[-1], "failed", failure_reason=reason)
    for hour in hours:
        ring.run("doctor-violations", hour, "violated")
    ring.run("doctor-sound", hours[-1], "clean")
    sagemaker.stop_monitoring_schedule(MonitoringScheduleName=schedule_name("doctor-stopped", "DataQuality"))
    job = "baseline-suggestion-job-2026-11-30-10-00-00-000"
    sagemaker.create_processing_job(
        ProcessingJobName=job,
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}
        },
        AppSpecification={"ImageUri": "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"},
        RoleArn="arn:aws:iam::111122223333:role/sagemaker-execution",
    )
    ring.stack.server.control.finish_job(
        job, "Failed", failure_reason="ClientError: the header has 3 columns, row 2 has 4"
    )
    ring.settle()


def of(results: list[dict[str, str]], endpoint: str) -> set[str]:
    return {each["check"] for each in results if each["endpoint"] == endpoint and each["state"] == "fault"}


def test_the_six_usual_troubles_of_model_monitor_are_told_apart(ring, troubled):
    code, results = look(ring)
    assert code == Exit.FAILED
    found = {endpoint: of(results, endpoint) & {*TROUBLES.values()} for endpoint in TROUBLES}
    assert found == {endpoint: {check} for endpoint, check in TROUBLES.items()}
    assert of(results, "doctor-sound") & {*TROUBLES.values()} == set()
    (baseline,) = [each for each in results if each["check"] == "baseline_job"]
    assert "the header has 3 columns" in baseline["evidence"]


def test_one_endpoint_is_looked_at_alone(ring, troubled):
    _, results = look(ring, "doctor-memory")
    assert {each["endpoint"] for each in results} == {"", "doctor-memory"}
    assert "run_memory_check" in of(results, "doctor-memory")
    code, results = look(ring, "no-such-endpoint")
    assert (code, faults(results)["endpoint"]) == (
        Exit.FAILED,
        "no-such-endpoint: The endpoint does not exist in account 111122223333, us-east-1.",
    )
