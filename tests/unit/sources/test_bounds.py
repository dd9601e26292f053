"""Names of a length that nobody's have are told of, not kept."""

import json
from typing import Any

import pytest

from kedge.errors import MalformedSignal
from tests import samples
from tests.unit.sources.world import World

LONG = "x" * 90_000


def alarm(**detail: Any) -> dict[str, Any]:
    event = samples.event("eventbridge.alarm.alarm")
    return event | {"detail": event["detail"] | detail}


def job(**detail: Any) -> dict[str, Any]:
    environment = {"sagemaker_endpoint_name": "churn-prod", "sagemaker_monitoring_schedule_name": "churn-dq"}
    known = {"ProcessingJobName": "nobody-knows-it", "ProcessingJobStatus": "Failed", "Environment": environment}
    return samples.event("eventbridge.processing_job.failed") | {"resources": [], "detail": known | detail}


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (alarm(alarmName=LONG), "the name of an alarm"),
        (job(ProcessingJobArn=f"arn:aws:sagemaker:us-east-1:111122223333:processing-job/{LONG}"), "the ARN of a job"),
        (job(Environment={"sagemaker_endpoint_name": LONG, "sagemaker_monitoring_schedule_name": "s"}), "a target"),
        (job(Environment={"sagemaker_endpoint_name": "e", "sagemaker_monitoring_schedule_name": LONG}), "a schedule"),
        ({"monitoringScheduleName": LONG, "violationReport": []}, "a target"),
    ],
)
def test_a_name_that_is_nobodys_is_malformed_before_it_is_kept(event: dict[str, Any], what: str):
    with pytest.raises(MalformedSignal, match=what):
        World().one(event)
    with pytest.raises(MalformedSignal, match=what):
        World().one({"body": json.dumps(event)})


def test_a_key_as_long_as_s3_has_them_is_nothing_odd():
    folder = "f" * (1_024 - len("/out//constraint_violations.json"))
    key = f"out/{folder}/constraint_violations.json"
    event = samples.event("s3.object_created")
    event["detail"]["object"] = {"key": key, "version-id": "v" * 1_024}
    assert World().one(event).source == folder
