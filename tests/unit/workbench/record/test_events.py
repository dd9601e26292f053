from datetime import UTC, datetime

import pytest

from kedge.sources.arns import arn
from tests.support.samples import event
from tests.unit.workbench.record.alarms import described, history
from workbench.record.events import of_alarm, of_job
from workbench.recordings.recording import moment

ALARMS = ("alarm", "ok", "insufficient_data", "anomaly", "metric_math", "composite")


def without_ids(document):
    for metric in document["detail"]["configuration"].get("metrics", []):
        if "expression" not in metric and len(metric["id"]) == 36:
            metric["id"] = "any"
    return {**document, "id": "any"}


@pytest.mark.parametrize("case", ALARMS)
def test_an_alarms_event_is_made_again_of_its_history_as_it_was(case):
    sample = event(f"eventbridge.alarm.{case}")
    made = of_alarm(
        described(sample), history(sample), arn(sample["resources"][0]),
        moment(sample["detail"]["previousState"]["timestamp"]),
    )  # fmt: skip
    # Only the event told which actions were suppressed.
    for gone in ("actionsSuppressedBy", "actionsSuppressedReason"):
        sample["detail"]["state"].pop(gone, None)
    assert without_ids(made) == without_ids(sample)


@pytest.mark.parametrize("data", [None, "", "[]", "{}", '{"newState": {}}', '{"newState": null}'])
def test_a_change_that_tells_no_state_makes_no_event(data):
    alarm = {"AlarmName": "x", "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:x"}
    item = {"Timestamp": datetime(2026, 11, 20, tzinfo=UTC)} | ({"HistoryData": data} if data is not None else {})
    assert of_alarm(alarm, item, arn(alarm["AlarmArn"]), None) is None


def test_a_jobs_event_has_what_the_documented_one_has_and_is_the_same_each_time(stage):
    stage.monitor("Churn", "DataQuality")
    run = stage.control.finish_run("Churn-data-quality", datetime(2026, 11, 20, 12, tzinfo=UTC), "violated")
    emitted = stage.events[-1]
    job = stage.world.processing_jobs[run["ProcessingJobArn"].rsplit("/", 1)[-1]]
    made = of_job(job, arn(job["ProcessingJobArn"]))
    assert {**made, "id": "any"} == {**emitted, "id": "any"}
    assert made == of_job(job, arn(job["ProcessingJobArn"]))
