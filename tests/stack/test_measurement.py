"""An endpoint that only Kedge watches: a Monitors document, captured data, a measurement, one incident. Each step may crash."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.table import Table
from kedge.ledger.items import ItemKind
from kedge.monitors.spec import MonitorsDocument
from kedge.services.policy_store.stored import read
from kedge_monitor.baseline.folder import write_baseline
from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.engines.fitting import fit_capture
from tests.stack.deployed_ring import BUCKET, DeployedRing
from tests.stack.publishing import publish
from tests.support.capture import request, side, source
from workbench.local_sagemaker.onboarding import monitored_endpoint, send

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC)
END = NOW.replace(minute=0, second=0, microsecond=0)
# The last full hour is due now, and the next one an hour later: no other window becomes due during these tests.
OFFSET = f"{(NOW - END) // timedelta(minutes=1)}m"
ENDPOINTS = ("measured-drift", "measured-clean", "measured-empty", "measured-crash", "measured-off", "measured-blind")


def records(seed: int, many: int, hour: datetime, shift: float = 0.0) -> bytes:
    """Return captured requests of one hour: a number and a category."""
    draws = np.random.default_rng(seed)
    lines = []
    for number in range(many):
        given = f"{draws.normal(shift, 1.0):.5f},{draws.choice(['basic', 'plus', 'pro'])}"
        at = f"{hour + timedelta(seconds=number % 3600):%FT%TZ}"
        lines.append(request(side("0.5"), side(given), at, eventId=f"{seed}-{number}"))
    return b"".join(lines)


def document() -> str:
    """Return the Monitors document of all endpoints of these tests."""
    monitors = [
        {
            "name": f"{endpoint}-data",
            "target": {"endpoint": endpoint},
            "baseline": f"s3://{BUCKET}/baselines/{'none' if endpoint == 'measured-blind' else 'all'}",
        }
        for endpoint in ENDPOINTS
    ]
    defaults = {"reports": f"s3://{BUCKET}", "catch_up": 1, "offset": OFFSET}
    return json.dumps(
        {
            "apiVersion": "kedge/v1",
            "kind": "Monitors",
            "name": "all",
            "version": "1",
            "defaults": defaults,
            "monitors": monitors,
        }
    )


@pytest.fixture(scope="module")
def measuring(ring: DeployedRing) -> DeployedRing:
    """Return the ring with monitors and captured data of the last hour, after a round of reconcile with two faults in it."""
    s3, sagemaker = ring.stack.client("s3"), ring.stack.client("sagemaker")
    fitted = fit_capture([source(records(1, 3_000, END - HOUR))], CaptureSettings())
    for name, data in write_baseline(fitted.baseline).items():
        s3.put_object(Bucket=BUCKET, Key=f"baselines/all/{name}", Body=data)
    for number, endpoint in enumerate(ENDPOINTS):
        send(sagemaker, monitored_endpoint(endpoint, bucket=BUCKET, kinds=()))
        if endpoint not in ("measured-empty", "measured-off"):
            shift = 0.0 if endpoint == "measured-clean" else 1.0
            key = f"capture/{endpoint}/AllTraffic/{END - HOUR:%Y/%m/%d/%H}/05-00-000-a.jsonl"
            s3.put_object(Bucket=BUCKET, Key=key, Body=records(10 + number, 800, END - HOUR, shift))
    function = ring.outputs["MonitorFunctionName"]
    # The process ends between two files of a report, and S3 throttles the first listings.
    ring.stack.ask("fault", function=function, action="s3:PutObject", code="crash", times="1", skip="3")
    ring.stack.ask("fault", function=function, action="s3:ListBucket", code="SlowDown", times="12")
    publish(ring, document(), "Monitors")
    shelf = DynamoStoredDocument(Table(ring.stack.client("dynamodb"), ring.outputs["TableName"]), ItemKind.MONITORS)

    def is_kept() -> bool:
        ring.minute()
        return read(shelf.load()[0]).sound(MonitorsDocument) is not None

    ring.until(is_kept)
    # Longer than the function asks for a message of a failed measurement, so that it asks.
    with ring.hiding_for(20, "WindowsQueueUrl"):
        ring.until(lambda: sent(ring))
        ring.settle()
    made = ring.stack.mend()
    assert made["s3:PutObject"] > 3
    assert made["s3:ListBucket"] > 12
    return ring


def sent(deployed: DeployedRing) -> bool:
    """Run a round of reconcile, and return whether the moments of all monitors are stored."""
    deployed.minute()
    shelf = DynamoStoredDocument(
        Table(deployed.stack.client("dynamodb"), deployed.outputs["TableName"]), ItemKind.MONITORS, "SENT"
    )
    text, _ = shelf.load()
    return text is not None and len(json.loads(text)) == len(ENDPOINTS)


def files(deployed: DeployedRing, endpoint: str) -> set[str]:
    """Return the names of the files of the window's report."""
    prefix = f"kedge-monitoring/{endpoint}/{endpoint}-data/{END:%Y/%m/%d/%H}/"
    found = deployed.stack.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {each["Key"].removeprefix(prefix) for each in found}


def test_a_drifted_window_is_one_incident_with_the_files_of_model_monitor(measuring: DeployedRing):
    assert len(measuring.mails("measured-drift")) == 1
    assert {
        "statistics.json",
        "constraints.json",
        "constraint_violations.json",
        "report.html",
        "kedge_run.json",
    } <= files(measuring, "measured-drift")
    (story,) = measuring.stories("measured-drift")
    assert str(story.incident.cause) == "input_drift"
    assert story.incident.provenance.voucher == "kedge"


def test_a_clean_window_notifies_no_receiver_and_writes_its_files(measuring: DeployedRing):
    assert measuring.mails("measured-clean") == []
    assert "constraint_violations.json" in files(measuring, "measured-clean")


@pytest.mark.parametrize("endpoint", ["measured-empty", "measured-blind"])
def test_a_window_without_data_or_without_baseline_is_an_incident_of_its_own(measuring: DeployedRing, endpoint: str):
    assert len(measuring.mails(endpoint)) == 1
    (story,) = measuring.stories(endpoint)
    assert str(story.incident.cause) == "monitor_fault"


def test_a_second_round_sends_and_says_nothing_more(measuring: DeployedRing):
    before = {endpoint: len(measuring.mails(endpoint)) for endpoint in ENDPOINTS}
    measuring.minute()
    measuring.settle()
    assert {endpoint: len(measuring.mails(endpoint)) for endpoint in ENDPOINTS} == before
    assert not any(measuring.settle().dead.values())


def test_a_repeated_message_measures_nothing_and_notifies_no_receiver_again(measuring: DeployedRing):
    s3 = measuring.stack.client("s3")
    key = f"kedge-monitoring/measured-drift/measured-drift-data/{END:%Y/%m/%d/%H}/kedge_run.json"
    record = json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    measuring.stack.client("sqs").send_message(
        QueueUrl=measuring.outputs["SignalsQueueUrl"], MessageBody=json.dumps(record["event"])
    )
    measuring.settle()
    assert len(measuring.mails("measured-drift")) == 1
