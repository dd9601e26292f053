"""The entry points of the events of a recording, and whose reports are taken."""

import json
from pathlib import Path
from typing import Any

import pytest

from kedge.domain.provenance import EntryPoint
from kedge.sources.event_header import Home
from kedge.sources.json_path import JsonValue
from kedge.sources.reader import bodies
from tests.support import samples
from workbench.cli.policy_files import policy_in
from workbench.recordings.recording import Recording
from workbench.replay.entry_points import NamedBuckets, entry_point_of
from workbench.replay.loop import Replay
from workbench.replay.wire import object_of

DOORS = {
    "people.decision": EntryPoint.PEOPLE,
    "people.silence": EntryPoint.PEOPLE,
    "direct.violations": EntryPoint.DIRECT,
    "lambda.alarm_action": EntryPoint.DIRECT,
    "eventbridge.alarm.alarm": EntryPoint.EVENTS,
    "s3.object_created": EntryPoint.EVENTS,
    "sns.alarm.metric": EntryPoint.EVENTS,
    "sqs.sns_alarm": EntryPoint.EVENTS,
    "sqs.eventbridge_processing_job": EntryPoint.EVENTS,
    "sqs.raw_alarm": EntryPoint.DIRECT,
}
POLICY = """
apiVersion: kedge/v1
name: auto
receivers: [{name: ml-oncall}]
route: {receiver: ml-oncall}
remedies: [{remedy: roll_back, matchers: [cause="deployment_regression"], mode: auto}]
limits: {dry_run: false}
"""


@pytest.mark.parametrize(("name", "entry_point"), DOORS.items())
def test_an_events_shape_tells_its_door(name: str, entry_point: EntryPoint):
    assert {entry_point_of(body) for body in bodies(samples.event(name))} == {entry_point}
    assert entry_point_of(json.dumps(samples.event(name))) in {entry_point, EntryPoint.DIRECT}


@pytest.mark.parametrize("body", [None, 3, [], "no JSON", {"body": "no JSON"}, {}, JsonValue({"a": 1})])
def test_what_is_no_event_is_a_direct_call_which_will_be_told_what_is_wrong(body: object):
    assert entry_point_of(body) is EntryPoint.DIRECT


def test_the_named_buckets_are_those_of_the_recording_and_the_default_one_of_the_events_account(tmp_path: Path):
    (tmp_path / "s3" / "reports").mkdir(parents=True)
    homes = iter([Home("111122223333", "us-east-1"), *[Home("999900001111", "eu-west-1")] * 3])
    named = NamedBuckets(tmp_path / "s3", lambda: next(homes))
    assert "sagemaker-us-east-1-111122223333" in named
    assert "sagemaker-us-east-1-111122223333" not in named
    assert "reports" in named
    assert "uploads-of-strangers" not in named


def test_a_recording_without_objects_names_the_default_bucket(tmp_path: Path):
    named = NamedBuckets(tmp_path / "s3", lambda: Home("111122223333", "us-east-1"))
    assert ("sagemaker-us-east-1-111122223333" in named, "reports" in named) == (True, False)


def recorded(folder: Path, *events: Any, answers: dict[str, list[Any]] | None = None) -> list[dict[str, Any]]:
    """What a replay prints of a recording with these events, a minute apart."""
    lines = [
        json.dumps({"at": f"2026-11-20T10:{20 + number}:00Z", "event": event}) for number, event in enumerate(events)
    ]
    (folder / "signals.jsonl").write_text("\n".join(lines))
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "aws").mkdir()
    for operation, said in (answers or {}).items():
        (folder / "aws" / f"sagemaker.{operation}.jsonl").write_text("\n".join(map(json.dumps, said)))
    recording = Recording.open(folder)
    return [object_of(played) for played in Replay(recording, policy_in(folder / "policy.yaml")).play()]


def test_the_object_of_a_strangers_bucket_is_ignored(tmp_path: Path):
    event = samples.event("s3.object_created")
    event["detail"]["bucket"]["name"] = "uploads-of-strangers"
    (told,) = recorded(tmp_path, event)
    assert (told["signal"], told["ignored"]) == (None, "unknown_source")


SCHEDULE = {
    "request": {"MonitoringScheduleName": "churn-data-quality"},
    "response": {
        "MonitoringScheduleName": "churn-data-quality",
        "EndpointName": "churn-prod",
        "MonitoringType": "DataQuality",
    },
}


def test_a_report_for_an_hour_in_which_the_schedule_did_not_run_is_disputed_in_so_many_words(tmp_path: Path):
    answers = {
        "DescribeMonitoringSchedule": [SCHEDULE],
        "ListMonitoringExecutions": [
            {"request": {"MonitoringScheduleName": "another"}, "response": {"MonitoringExecutionSummaries": []}}
        ],
    }
    (told,) = recorded(tmp_path, samples.event("s3.object_created"), answers=answers)
    assert told["signal"]["vouched"] is False
    assert told["signal"]["provenance"]["voucher"] == "nobody"
    assert (
        "is not there any more for 2026-11-20 10:00 UTC, but SageMaker knows no run of churn-data-quality then."
        in told["signal"]["disputed"]
    )


def test_a_recording_that_does_not_list_executions_disputes_nothing(tmp_path: Path):
    (told,) = recorded(tmp_path, samples.event("s3.object_created"), answers={"DescribeMonitoringSchedule": [SCHEDULE]})
    assert "disputed" not in told["signal"]
    assert told["signal"]["vouched"] is False


def test_deployments_and_marks_that_come_by_the_alarms_topic_are_ignored_and_its_alarm_has_no_voucher(tmp_path: Path):
    def by_topic(message: Any) -> Any:
        topic = "arn:aws:sns:us-east-1:111122223333:kedge-alarms"
        return {"Type": "Notification", "MessageId": "m", "TopicArn": topic, "Message": json.dumps(message)}

    mark = {"detail-type": "Config Marked", "source": "kedge", "detail": {"config": "mallorys-config", "good": True}}
    deployment = samples.event("eventbridge.deployment.baking")
    alarm = json.loads(samples.event("sns.alarm.metric")["Records"][0]["Sns"]["Message"])
    first, second, third = recorded(tmp_path, by_topic(deployment), by_topic(mark), by_topic(alarm))
    assert (first["ignored"], second["ignored"]) == ("unknown_source", "unknown_source")
    assert third["signal"]["provenance"] == {
        "door": "alarms_topic",
        "voucher": "nobody",
        "says": "a message on the alarms topic about alarm churn-prod drift: tenure",
    }
