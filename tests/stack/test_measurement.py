"""An endpoint that only Kedge watches: a Monitors document, captured data, a measurement, one incident. Each step may crash."""

import json

import pytest

from tests.stack.deployed_ring import BUCKET, DeployedRing
from tests.stack.measuring import END, HOUR, put, put_in_force, report_of
from tests.support.measured_hours import capture_key, data_baseline, records
from workbench.local_sagemaker.onboarding import monitored_endpoint, send

ENDPOINTS = ("measured-drift", "measured-clean", "measured-empty", "measured-crash", "measured-blind")


@pytest.fixture(scope="module")
def measuring(ring: DeployedRing) -> DeployedRing:
    """Return the ring with monitors and captured data of the last hour, after a round of reconcile with two faults in it."""
    for name, data in data_baseline().items():
        put(ring, f"baselines/all/{name}", data)
    for number, endpoint in enumerate(ENDPOINTS):
        send(ring.stack.client("sagemaker"), monitored_endpoint(endpoint, bucket=BUCKET, kinds=()))
        if endpoint != "measured-empty":
            shift = 0.0 if endpoint == "measured-clean" else 1.0
            put(ring, f"capture/{capture_key(endpoint, END - HOUR)}", records(10 + number, 800, END - HOUR, shift))
    function = ring.outputs["MonitorFunctionName"]
    # The process ends between two files of a report, and S3 throttles the first listings.
    ring.stack.ask("fault", function=function, action="s3:PutObject", code="crash", times="1", skip="3")
    ring.stack.ask("fault", function=function, action="s3:ListBucket", code="SlowDown", times="12")
    monitors = [
        {
            "name": f"{endpoint}-data",
            "target": {"endpoint": endpoint},
            "baseline": f"s3://{BUCKET}/baselines/{'none' if endpoint == 'measured-blind' else 'all'}",
        }
        for endpoint in ENDPOINTS
    ]
    is_sent = put_in_force(ring, "all", monitors)
    # Longer than the function asks for a message of a failed measurement, so that it asks.
    with ring.hiding_for(20, "WindowsQueueUrl"):
        ring.until(is_sent)
        ring.settle()
    made = ring.stack.mend()
    assert made["s3:PutObject"] > 3
    assert made["s3:ListBucket"] > 12
    return ring


def test_a_drifted_window_is_one_incident_with_the_files_of_model_monitor(measuring: DeployedRing):
    assert len(measuring.mails("measured-drift")) == 1
    assert {
        "statistics.json",
        "constraints.json",
        "constraint_violations.json",
        "report.html",
        "kedge_run.json",
    } <= report_of(measuring, "measured-drift/measured-drift-data").keys()
    (story,) = measuring.stories("measured-drift")
    assert str(story.incident.cause) == "input_drift"
    assert story.incident.provenance.voucher == "kedge"


def test_a_clean_window_notifies_no_receiver_and_writes_its_files(measuring: DeployedRing):
    assert measuring.mails("measured-clean") == []
    assert "constraint_violations.json" in report_of(measuring, "measured-clean/measured-clean-data")


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
    record = json.loads(report_of(measuring, "measured-drift/measured-drift-data")["kedge_run.json"])
    measuring.stack.client("sqs").send_message(
        QueueUrl=measuring.outputs["SignalsQueueUrl"], MessageBody=json.dumps(record["event"])
    )
    measuring.settle()
    assert len(measuring.mails("measured-drift")) == 1
