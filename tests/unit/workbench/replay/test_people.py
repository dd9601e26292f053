"""What people decided goes through their own reader in a replay, and is proven there if the event has a proof."""

import json
from pathlib import Path
from typing import Any

import pytest

from kedge.domain.signal import DecisionMade, Ignored
from kedge.policy.compiled import default_policy
from tests.support import samples
from tests.unit.workbench.replay.calls import call, recording
from workbench.recordings.recording import Recording
from workbench.replay.delivering import Deliveries
from workbench.replay.loop import Replay
from workbench.replay.wire import object_of

PEOPLE = [name for name in samples.names() if name.startswith("people.")]


def read(folder: Path, event: Any) -> Any:
    line = {"at": "2026-11-20T10:40:00Z", "event": event}
    (delivered,) = Deliveries(Recording.open(recording(folder, line))).play()
    return delivered.read


@pytest.mark.parametrize("name", PEOPLE)
def test_a_recording_from_before_proofs_still_plays_and_its_people_are_not_proven(tmp_path: Path, name: str):
    assert read(tmp_path, samples.event(name)).proven is False


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_who_signed_is_proven_in_a_replay(tmp_path: Path, name: str):
    assert read(tmp_path, samples.event(name) | {"proof": {"signature": "long gone"}}).proven is True
    assert read(tmp_path, samples.event(name) | {"proof": "a word"}).proven is False


@pytest.mark.parametrize("name", PEOPLE)
def test_what_came_through_the_queue_speaks_for_nobody(tmp_path: Path, name: str):
    record = {"eventSource": "aws:sqs", "messageId": "1", "body": json.dumps(samples.event(name))}
    assert read(tmp_path, {"Records": [record]}) is Ignored.UNKNOWN_SOURCE


def test_a_slip_of_a_person_is_a_fault_of_its_line(tmp_path: Path):
    event = samples.event("people.decision")
    event["detail"]["act"] = "acknowlege"
    folder = recording(tmp_path, {"at": "2026-11-20T10:40:00Z", "event": event})
    (played,) = Replay(Recording.open(folder), default_policy()).play()
    assert "did you mean acknowledge?" in str(played.fault)


def test_a_decision_without_proof_is_decided_as_ever(tmp_path: Path):
    drifted = call("2026-11-20T10:00:00Z", "churn-prod", "age")
    first = list(Replay(Recording.open(recording(tmp_path / "first", drifted)), default_policy()).play())
    incident = object_of(first[0])["decision"]["incident"]["id"]
    event = samples.event("people.decision")
    event["detail"]["incident"] = incident
    folder = recording(tmp_path / "both", drifted, {"at": "2026-11-20T10:40:00Z", "event": event})
    played = list(Replay(Recording.open(folder), default_policy()).play())
    (decided,) = [each for each in played if each.outcome and isinstance(each.outcome.signal, DecisionMade)]
    assert object_of(decided)["decision"]["reason"] == "acknowledged"
