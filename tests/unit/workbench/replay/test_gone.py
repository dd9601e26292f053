"""A replay asks before a reminder whether the target is still there, of what the recording holds an answer about."""

import json
from pathlib import Path

import pytest

from kedge.policy.compiled import default_policy
from tests.unit.workbench.replay.calls import call, recording
from workbench.recordings.recording import Recording
from workbench.replay.loop import Replay
from workbench.replay.wire import object_of

_FIRST = call("2026-11-20T10:00:00Z", "churn-prod", "age")
_LAST = call("2026-11-23T10:00:00Z", "fraud-prod")


def told(folder: Path, *answers: object) -> list[str]:
    """Why somebody was told, in order."""
    (folder / "aws").mkdir()
    lines = "".join(json.dumps(each) + "\n" for each in answers)
    (folder / "aws" / "sagemaker.DescribeEndpoint.jsonl").write_text(lines)
    played = [object_of(each) for each in Replay(Recording.open(folder), default_policy()).play()]
    return [effect["why"] for line in played for effect in line["decision"]["effects"] if effect["kind"] == "notify"]


def gone(name: str, since: str) -> object:
    error = {"Code": "ValidationException", "Message": f'Could not find endpoint "{name}".'}
    return {"request": {"EndpointName": name}, "error": error, "from": since}


def test_an_endpoint_that_the_recording_says_is_gone_ends_its_incident_instead_of_a_reminder(tmp_path):
    folder = recording(tmp_path, _FIRST, _LAST)
    assert told(folder, gone("churn-prod", "2026-11-20T12:00:00Z")) == ["first_seen", "resolved"]


@pytest.mark.parametrize("answers", [(), (gone("other", "2026-11-20T12:00:00Z"),)])
def test_an_endpoint_of_which_the_recording_says_nothing_is_not_gone(tmp_path: Path, answers: tuple[object, ...]):
    folder = recording(tmp_path, _FIRST, _LAST)
    assert told(folder, *answers) == ["first_seen", "reminder", "reminder", "reminder"]


def test_an_endpoint_that_went_later_is_reminded_of_until_then(tmp_path):
    folder = recording(tmp_path, _FIRST, _LAST)
    assert told(folder, gone("churn-prod", "2026-11-22T00:00:00Z")) == ["first_seen", "reminder", "resolved"]
