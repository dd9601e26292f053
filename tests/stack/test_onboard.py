"""An endpoint from nothing to an incident of its own data, and back to nothing: `kedge model` against a deployed ring."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.table import Table
from kedge.ledger.items import ItemKind
from kedge.monitors.spec import MonitorsDocument
from kedge.services.policy_store.stored import read
from tests.stack.deployed_ring import BUCKET, DeployedRing
from tests.stack.publishing import publish
from tests.stack.test_measurement import records
from workbench.local_sagemaker.onboarding import monitored_endpoint, send
from workbench.sample_capture import LABELS, sample_files

HOUR = timedelta(hours=1)
NAME = "onboarded"
OTHERS = f"""apiVersion: kedge/v1
kind: Monitors
name: ours
monitors:
  # of another team
  - name: another-data
    target: {{endpoint: another-prod}}
    baseline: s3://{BUCKET}/baselines/another
    reports: s3://{BUCKET}
"""
WORDS = ("--baseline-from", f"s3://{BUCKET}/train/onboarded", "--owner", "ml-oncall", "--mail", "ml@example.com")


def command(ring: DeployedRing, *words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("kedge")), "model", *words, "--stack", ring.name]


def kedge(ring: DeployedRing, *words: str, code: int = 0) -> str:
    """Type a command, check its exit code, and return its output."""
    done = subprocess.run(
        command(ring, *words), env=ring.stack.environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def made_by_kedge(ring: DeployedRing) -> list[str]:
    """Return the names of the configs, schedules, job definitions and alarms that carry the tag of onboarding."""
    found = [arn for arn, tags in ring.stack.world.tags.items() if tags.get("kedge:made-by") == "kedge"]
    cloudwatch = ring.stack.client("cloudwatch")
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix=f"{NAME}-")["MetricAlarms"]
    return found + [each["AlarmName"] for each in alarms]


@pytest.fixture(scope="module")
def onboarded(ring: DeployedRing) -> DeployedRing:
    """Return the ring with an endpoint that was onboarded in two runs: the first was killed during the update."""
    now = datetime.now(UTC)
    full = now.replace(minute=0, second=0, microsecond=0)
    s3, sagemaker = ring.stack.client("s3"), ring.stack.client("sagemaker")
    send(sagemaker, monitored_endpoint(NAME, bucket=BUCKET, kinds=(), captures=False))
    where = [{"Name": "EndpointName", "Value": NAME}, {"Name": "VariantName", "Value": "AllTraffic"}]
    for name in ("Invocations", "ModelLatency", "Invocation5XXErrors"):
        data = [{"MetricName": name, "Dimensions": where, "Value": 9e4, "Timestamp": now - HOUR}]
        ring.stack.client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=data)
    s3.put_object(Bucket=BUCKET, Key="train/onboarded/good.jsonl", Body=records(1, 3_000, full - HOUR))
    for hour in (full - HOUR, full - 2 * HOUR):
        key = f"kedge/capture/{NAME}/AllTraffic/{hour:%Y/%m/%d/%H}/05-00-000-a.jsonl"
        s3.put_object(Bucket=BUCKET, Key=key, Body=records(2, 800, hour, shift=1.0))
    publish(ring, OTHERS, "Monitors")
    _kill_during_the_update(ring)
    assert sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"].startswith(f"{NAME}-capture-")
    said = kedge(ring, "onboard", NAME, *WORDS, "--yes")
    assert "data capture done" not in said
    assert f"{NAME}: monitors of Kedge done" in said
    return ring


def _kill_during_the_update(ring: DeployedRing) -> None:
    sagemaker = ring.stack.client("sagemaker")

    def status() -> str:
        return str(sagemaker.describe_endpoint(EndpointName=NAME)["EndpointStatus"])

    ring.stack.server.control.take_time(1.0)
    process = subprocess.Popen(
        command(ring, "onboard", NAME, *WORDS, "--yes"),
        env=ring.stack.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        ring.until(lambda: status() == "Updating")
    finally:
        process.kill()
        process.wait()
        ring.stack.server.control.take_time(0.0)
    ring.until(lambda: status() == "InService")


def test_capture_baseline_monitors_and_alarms_are_there(onboarded: DeployedRing):
    told = onboarded.stack.client("sagemaker").describe_endpoint(EndpointName=NAME)
    assert told["DataCaptureConfig"]["CaptureStatus"] == "Started"
    assert told["ProductionVariants"][0]["DesiredInstanceCount"] == 2
    assert len(made_by_kedge(onboarded)) == 1 + 2
    rows = [json.loads(line) for line in kedge(onboarded, "status", NAME, "--json").splitlines()]
    assert [(row["source"], row["capture_share"]) for row in rows] == [("Kedge", 100), *[("alarm", 100)] * 2]
    assert rows[0]["baseline_made"]


def test_a_second_run_changes_nothing(onboarded: DeployedRing):
    before = onboarded.stack.server.control.calls()
    assert f"{NAME}: nothing to do." in kedge(onboarded, "onboard", NAME, *WORDS, "--yes")
    after = onboarded.stack.server.control.calls()
    changed = {name for name in after if after[name] != before.get(name)}
    assert not [name for name in changed if not name.startswith(("Describe", "List"))]


def test_the_monitors_of_others_stay_in_force(onboarded: DeployedRing):
    shelf = DynamoStoredDocument(
        Table(onboarded.stack.client("dynamodb"), onboarded.outputs["TableName"]), ItemKind.MONITORS
    )

    def names() -> list[str]:
        onboarded.minute()
        document = read(shelf.load()[0]).sound(MonitorsDocument)
        return [] if document is None else [each.name for each in document.monitors]

    onboarded.until(lambda: names() == ["another-data", f"{NAME}-data-quality"])


def test_drift_in_the_captured_data_is_an_incident(onboarded: DeployedRing):
    def is_measured() -> bool:
        onboarded.minute()
        onboarded.settle()
        return bool(onboarded.mails(NAME))

    onboarded.until(is_measured)
    (story,) = onboarded.stories(NAME)
    assert str(story.incident.cause) == "input_drift"
    rows = [json.loads(line) for line in kedge(onboarded, "status", NAME, "--json").splitlines()]
    assert rows[0]["last_verdict"] == "violated"


def test_a_plan_for_another_config_is_stale(onboarded: DeployedRing, tmp_path: Path):
    file = tmp_path / "plan.json"
    kedge(onboarded, "onboard", NAME, "--runbook", "https://runbooks.example.com", "--plan", str(file))
    sagemaker = onboarded.stack.client("sagemaker")
    arn = sagemaker.describe_endpoint(EndpointName=NAME)["EndpointArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "kedge:runbook", "Value": "https://others.example.com"}])
    said = kedge(onboarded, "onboard", "--apply", str(file), "--yes", code=1)
    assert "tag kedge:runbook: none → https://others.example.com" in said
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["kedge:runbook"])
    kedge(onboarded, "onboard", "--apply", str(file), "--yes")
    tags = {each["Key"]: each["Value"] for each in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    assert tags["kedge:runbook"] == "https://runbooks.example.com"


def test_each_type_with_its_inputs_is_measured(onboarded: DeployedRing):
    s3, sagemaker = onboarded.stack.client("s3"), onboarded.stack.client("sagemaker")
    send(sagemaker, monitored_endpoint("labelled", bucket=BUCKET, kinds=()))
    clean = next(body for name, body in sample_files().items() if "/20/22/" in name).decode()
    labels = sample_files()[LABELS]
    s3.put_object(Bucket=BUCKET, Key="train/labelled/good.jsonl", Body=clean.encode())
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    full = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    # The newest daily and hourly windows are due a quarter of an hour after their end.
    hours = {midnight - timedelta(days=day) + 6 * HOUR for day in (1, 2)} | {full - HOUR, full - 2 * HOUR}
    for hour in hours:
        body = clean.replace("2026-11-20T22", f"{hour:%Y-%m-%dT%H}").encode()
        key = f"labelled/AllTraffic/{hour:%Y/%m/%d/%H}/00-00-000-a.jsonl"
        s3.put_object(Bucket=BUCKET, Key=f"capture/{key}", Body=body)
        s3.put_object(Bucket=BUCKET, Key=f"labels/labelled/{hour:%Y/%m/%d/%H}/labels.jsonl", Body=labels)
    words = (
        "--baseline-from", f"s3://{BUCKET}/train/labelled", "--labels", f"s3://{BUCKET}/labels/labelled",
        "--label-delay", "0s", "--problem-type", "BinaryClassification", "--probability", "0",
        "--facet", "_c5", "--attribution", "_c0=_c1", "--no-alarms", "--yes",
    )  # fmt: skip
    kedge(onboarded, "onboard", "labelled", *words)

    def verdicts() -> dict[str, str]:
        onboarded.minute()
        onboarded.settle()
        rows = [json.loads(line) for line in kedge(onboarded, "status", "labelled", "--json").splitlines()]
        return {row["type"]: row.get("last_verdict", "") for row in rows}

    onboarded.until(lambda: all(verdicts().values()))
    assert verdicts() == dict.fromkeys(("data_quality", "model_quality", "bias", "attribution"), "clean")
    kedge(onboarded, "offboard", "labelled", "--yes")
    assert "nothing watches it" in kedge(onboarded, "status", "labelled")


def test_offboarding_leaves_nothing_that_kedge_made(onboarded: DeployedRing):
    said = kedge(onboarded, "offboard", NAME, "--yes")
    assert "its files stay in S3" in said
    assert made_by_kedge(onboarded) == []
    told = onboarded.stack.client("sagemaker").describe_endpoint(EndpointName=NAME)
    assert (told["EndpointConfigName"], told["EndpointStatus"]) == (f"{NAME}-1", "InService")
    assert "nothing to do." in kedge(onboarded, "offboard", NAME, "--yes")
    assert not any(onboarded.settle().dead.values())
