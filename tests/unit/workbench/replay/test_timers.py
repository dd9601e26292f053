"""What time brings in a replay: told at its own minute, in order, and no further than what waits."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kedge.domain.signal import TimerFired
from kedge.policy.compiled import default_policy
from tests.unit.workbench.replay.calls import call, recording
from workbench.cli.policy_files import policy_in
from workbench.recordings.recording import Recording
from workbench.replay.loop import Played, Replay, spelled
from workbench.replay.wire import object_of


def played(folder: Path) -> list[Played]:
    found = Recording.open(folder)
    return list(Replay(found, policy_in(found.policy) if found.policy else default_policy()).play())


def told(folder: Path) -> list[tuple[str | None, str]]:
    """When somebody was told, and why."""
    lines = [object_of(each) for each in played(folder)]
    return [
        (line["at"], effect["why"])
        for line in lines
        for effect in line["decision"]["effects"]
        if effect["kind"] == "notify"
    ]


def test_after_the_last_signal_time_runs_on_until_what_waits_is_told_and_nobody_is_reminded(tmp_path):
    policy = "route: {receiver: ml-oncall, group_wait: 5m, group_interval: 5m, repeat_interval: 2m}\n"
    folder = recording(tmp_path, call("2026-11-20T10:00:00Z", "churn-prod", "age"), policy=policy)
    assert told(folder) == [("2026-11-20T10:05:00Z", "first_seen")]


def test_what_is_due_within_a_minute_is_told_at_its_end_as_the_schedule_does(tmp_path):
    policy = "route: {receiver: ml-oncall, group_wait: 30s}\n"
    folder = recording(tmp_path, call("2026-11-20T10:00:40Z", "churn-prod", "age"), policy=policy)
    assert told(folder) == [("2026-11-20T10:02:00Z", "first_seen")]


def test_what_is_due_between_two_signals_is_printed_between_them(tmp_path):
    policy = "route: {receiver: ml-oncall, group_wait: 5m}\n"
    lines = [call("2026-11-20T10:00:00Z", "churn-prod", "age"), call("2026-11-20T11:00:00Z", "fraud-prod")]
    kinds = [line["signal"]["kind"] for line in map(object_of, played(recording(tmp_path, *lines, policy=policy)))]
    assert kinds == ["RunFinished", "TimerFired", "RunFinished"]


def test_a_timer_that_changes_and_tells_nothing_is_not_printed(tmp_path):
    policy = (
        "route: {receiver: ml-oncall}\n"
        "silences: [{matchers: [endpoint=churn-prod], starts_at: '2026-11-20T09:00:00Z', "
        "ends_at: '2026-11-21T09:00:00Z', author: oncall, comment: backfill}]\n"
    )
    silenced = call("2026-11-20T10:00:00Z", "churn-prod", "age")
    later = call("2026-11-20T20:00:00Z", "fraud-prod")
    folder = recording(tmp_path, silenced, later, policy=policy)
    assert not any(isinstance(each.outcome and each.outcome.signal, TimerFired) for each in played(folder))
    assert object_of(played(folder)[0])["decision"]["quiet"] == [
        {
            "receiver": "ml-oncall",
            "why": "first_seen",
            "quiet": "silenced",
            "by": "planned-1",
            "until": "2026-11-21T09:00:00Z",
        }
    ]


def test_a_digest_waits_as_long_as_there_is_no_room_and_then_tells_of_all(tmp_path):
    policy = "route: {receiver: ml-oncall, group_by: [endpoint]}\n"
    lines = [call(f"2026-11-20T10:{minute:02}:00Z", f"e{minute}", f"f{minute}") for minute in range(14)]
    folder = recording(tmp_path, *lines, policy=policy)
    (folder / "policy.yaml").write_text(
        (folder / "policy.yaml")
        .read_text()
        .replace("{name: ml-oncall}", "{name: ml-oncall, limit: {messages: 1, per: 1h}}")
    )
    assert told(folder) == [("2026-11-20T10:00:00Z", "first_seen"), ("2026-11-20T11:00:00Z", "digest")]
    last = object_of(played(folder)[-1])["decision"]
    assert {each["target"].rpartition("/")[2] for each in last["incidents"]} == {f"e{n}" for n in range(1, 14)}


def test_what_a_silence_holds_back_for_days_is_told_when_it_ends_and_signals_in_between_are_told_at_once(tmp_path):
    policy = (
        "route: {receiver: ml-oncall, group_wait: 5m, group_by: [endpoint]}\n"
        "silences: [{matchers: [endpoint=churn-prod], starts_at: '2026-11-20T10:02:00Z', "
        "ends_at: '2026-11-23T10:30:30Z', author: oncall, comment: backfill}]\n"
    )
    lines = [
        call("2026-11-20T10:00:00Z", "churn-prod", "age"),
        call("2026-11-21T12:00:30Z", "fraud-prod", "amount"),
        call("2026-11-22T12:00:00Z", "shop-prod", "price"),
        call("2026-11-24T12:00:00Z", "shop-prod", "price"),
    ]
    found = told(recording(tmp_path, *lines, policy=policy))
    assert ("2026-11-21T12:06:00Z", "first_seen") in found
    assert ("2026-11-22T12:05:00Z", "first_seen") in found
    times = [at for at, _ in found]
    assert times == sorted(times)


def test_after_the_last_signal_nobody_waits_for_the_end_of_a_silence(tmp_path):
    policy = (
        "route: {receiver: ml-oncall, group_wait: 5m, group_by: [endpoint], repeat_interval: 1h}\n"
        "silences: [{matchers: [endpoint=churn-prod], starts_at: '2026-11-20T10:02:00Z', "
        "ends_at: '2026-11-29T10:00:00Z', author: oncall, comment: backfill}]\n"
    )
    lines = [call("2026-11-20T10:00:00Z", "churn-prod", "age"), call("2026-11-20T10:01:00Z", "fraud-prod", "amount")]
    assert told(recording(tmp_path, *lines, policy=policy)) == [("2026-11-20T10:06:00Z", "first_seen")]


@pytest.mark.parametrize(
    ("like", "spelling"),
    [
        ("2026-11-20T10:00:00Z", "2026-11-20T10:05:00Z"),
        ("2026-11-20T11:00:00+01:00", "2026-11-20T11:05:00+01:00"),
        ("2026-11-20T04:30:00.250-05:30", "2026-11-20T04:35:00-05:30"),
        ("2026-11-20T10:00:00+00:00", "2026-11-20T10:05:00+00:00"),
        ("", "2026-11-20T10:05:00Z"),
    ],
)
def test_the_time_of_a_timer_is_spelled_as_the_recording_spells_times(like, spelling):
    assert spelled(datetime(2026, 11, 20, 10, 5, tzinfo=UTC), like) == spelling
