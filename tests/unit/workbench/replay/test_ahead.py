"""Events are read ahead of the decisions on them, and no result depends on it."""

import pytest

from kedge.policy.compiled import default_policy
from tests.unit.workbench.replay.calls import call, recording
from tests.unit.workbench.replay.test_recordings import CASES, RECORDINGS, replayed
from workbench.recordings.recording import Recording
from workbench.replay import delivering
from workbench.replay.delivering import Deliveries
from workbench.replay.loop import Replay
from workbench.replay.wire import line_of

EVENTS = 150


@pytest.mark.parametrize("name", CASES)
def test_a_recording_that_is_read_ahead_comes_to_the_same_as_one_read_event_by_event(name, monkeypatch):
    ahead = replayed(RECORDINGS / name)
    monkeypatch.setattr(delivering, "_TOGETHER", 1)
    assert replayed(RECORDINGS / name) == ahead


def test_more_events_than_are_read_at_once_keep_their_order(tmp_path):
    hours = [f"2026-11-{10 + number // 24:02}T{number % 24:02}:00:00Z" for number in range(EVENTS)]
    features = (("age",), ())
    folder = recording(tmp_path, *(call(at, "churn-prod", *features[n % 2]) for n, at in enumerate(hours)))
    lines = [line_of(each) for each in Replay(Recording.open(folder), default_policy()).play() if not each.timer]
    assert [f'"at":"{at}"'.encode() in line for at, line in zip(hours, lines, strict=True)] == [True] * EVENTS


def test_an_answer_for_a_decision_has_the_account_of_the_decisions_own_event(tmp_path):
    accounts = [f"{number:012}" for number in range(1, EVENTS)]
    folder = recording(tmp_path, *(call("2026-11-20T10:00:00Z", "churn-prod", account=account) for account in accounts))
    deliveries = Deliveries(Recording.open(folder))
    assert [deliveries._owner().account for _ in deliveries.play()] == accounts
