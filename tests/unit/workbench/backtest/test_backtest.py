"""Two policies over one recording: what would differ, and why."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.unit.workbench.replay.calls import SMALLEST, call, recording
from workbench.backtest.night import is_night
from workbench.main import app

PLAIN = "route: {receiver: ml-oncall, group_by: [endpoint]}\n"
CRITICAL = PLAIN + "severities: [{severity: critical, matchers: [cause=input_drift]}]\n"


def policy(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(SMALLEST.replace("name: own", f"name: {name}") + text)
    return file


def against(folder: Path, old: str, new: str, *lines: dict[str, Any]) -> dict[str, Any]:
    files = [policy(folder, "old", old), policy(folder, "new", new)]
    played = recording(folder / "recording", *lines)
    ran = run(played, "--policy", files[0], "--against", files[1], "--json")
    assert ran.exit_code == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def run(*arguments: str | Path):
    return CliRunner().invoke(app, ["replay", *map(str, arguments)])


def day(*hours: int, endpoint: str = "churn-prod", features: tuple[str, ...] = ("age",)) -> list[dict[str, Any]]:
    return [call(f"2026-11-20T{hour:02}:00:00Z", endpoint, *features) for hour in hours]


def test_a_policy_against_itself_changes_nothing(tmp_path):
    told = against(tmp_path, PLAIN, PLAIN, *day(3, 4), *day(5, features=()))
    assert told["differing"] == 0
    assert told["totals"]["messages"] == {"old": 2, "new": 2, "difference": 0}
    assert {row["difference"] for row in told["totals"].values()} == {0}


def test_what_becomes_critical_pages_and_wakes_who_sleeps(tmp_path):
    told = against(tmp_path, PLAIN, CRITICAL, *day(3, 4), *day(12, endpoint="fraud-prod", features=("amount",)))
    assert told["totals"]["pages"] == {"old": 0, "new": 2, "difference": 2}
    assert told["totals"]["woken at night: ml-oncall"] == {"old": 0, "new": 1, "difference": 1}
    assert [each["target"].rpartition("/")[2] for each in told["incidents"]] == ["churn-prod", "fraud-prod"]
    assert told["incidents"][0]["why"] == "warning becomes critical"


def test_that_something_is_over_wakes_nobody(tmp_path):
    told = against(tmp_path, PLAIN, CRITICAL, *day(21), *day(23, features=()))
    assert told["totals"]["woken at night"]["new"] == 0
    assert told["totals"]["messages"]["new"] == 2


def test_an_incident_that_one_policy_does_not_open_says_what_kept_it(tmp_path):
    patient = PLAIN + "evidence: {persistence: [{runs: 2, of: 2, matchers: [monitor=DataQuality]}]}\n"
    told = against(tmp_path, PLAIN, patient, *day(10), *day(11, features=()))
    assert told["totals"]["incidents opened"] == {"old": 1, "new": 0, "difference": -1}
    assert told["incidents"][0]["why"] == (
        "new opens none: not_persistent: bad in 1 of the last 2 runs, and the policy asks for 2"
    )


def test_an_incident_that_opens_later_says_by_how_much(tmp_path):
    patient = PLAIN + "evidence: {persistence: [{runs: 2, of: 2, matchers: [monitor=DataQuality]}]}\n"
    told = against(tmp_path, PLAIN, patient, *day(10, 11, 12))
    assert told["totals"]["incidents opened"]["difference"] == 0
    assert told["incidents"][0]["why"].startswith("opens 1:00:00 later (not_persistent")


def test_what_is_kept_quiet_is_counted_by_its_reason(tmp_path):
    silenced = PLAIN + (
        "silences: [{matchers: [endpoint=churn-prod], starts_at: '2026-11-20T00:00:00Z', "
        "ends_at: '2026-11-21T00:00:00Z', author: oncall, comment: backfill}]\n"
    )
    told = against(tmp_path, PLAIN, silenced, *day(10))
    assert told["totals"]["quieted: silenced"] == {"old": 0, "new": 1, "difference": 1}
    assert told["incidents"][0]["why"] == "ml-oncall gets 0 messages instead of 1; suppressed by new: silenced"


def test_messages_about_several_and_digests_are_counted(tmp_path):
    together = "route: {receiver: ml-oncall, group_by: [cause], group_wait: 5m}\n"
    lines = [call(f"2026-11-20T10:0{n}:00Z", f"e{n}", f"f{n}") for n in range(3)]
    told = against(tmp_path, PLAIN, together, *lines)
    assert told["totals"]["messages"] == {"old": 3, "new": 1, "difference": -2}
    assert told["totals"]["messages about several incidents"]["new"] == 1
    assert told["differing"] == 0  # everybody still hears of each


@pytest.mark.parametrize(("limits", "mode"), [("{}", "dry_run"), ("{dry_run: false}", "auto")])
def test_remedies_are_counted_by_what_their_rules_propose(tmp_path, limits, mode):
    rule = (
        "{remedy: retrain, matchers: [cause=input_drift], mode: auto, persistence: {runs: 2, of: 3}, "
        "using: 'arn:aws:sagemaker:us-east-1:111122223333:pipeline/retrain'}"
    )
    new = PLAIN + f"remedies: [{rule}]\nlimits: {limits}\n"
    told = against(tmp_path, PLAIN, new, *day(10), *day(10, 11, endpoint="fraud-prod", features=("amount",)))
    assert told["totals"]["remedies proposed"] == {"old": 0, "new": 1, "difference": 1}
    assert told["totals"][f"remedies proposed: retrain ({mode})"]["new"] == 1


def test_several_recordings_are_counted_together_each_from_nothing(tmp_path):
    first, second = (recording(tmp_path / name, *day(10)) for name in ("first", "second"))
    files = [policy(tmp_path, "old", PLAIN), policy(tmp_path, "new", CRITICAL)]
    ran = run(first, second, "--policy", files[0], "--against", files[1], "--json")
    told = json.loads(ran.stdout)
    assert told["recordings"] == [str(first), str(second)]
    assert told["totals"]["incidents opened"]["new"] == 2
    assert told["totals"]["pages"]["new"] == 2


def test_people_read_totals_and_the_incidents_that_differ_without_colours(tmp_path):
    files = [policy(tmp_path, "old", PLAIN), policy(tmp_path, "new", CRITICAL)]
    ran = run(recording(tmp_path / "r", *day(3)), "--policy", files[0], "--against", files[1])
    assert ran.exit_code == 0
    assert "old: old@1" in ran.stdout
    assert "1 incident differs" in ran.stdout
    assert "churn-prod DataQuality" in ran.stdout
    assert "new: critical; messages: ml-oncall 1; pages: 1; at night: 1" in ran.stdout
    assert "\x1b" not in ran.stdout
    assert "1 run under two policies" in ran.stderr


def test_what_cannot_be_read_is_told_and_ends_in_failure(tmp_path):
    folder = recording(tmp_path / "r", *day(3))
    (folder / "signals.jsonl").write_text((folder / "signals.jsonl").read_text() + "not json\n")
    ran = run(folder, "--against", policy(tmp_path, "new", CRITICAL))
    assert ran.exit_code == 1
    assert "signals.jsonl:2: $: not JSON" in ran.stderr
    assert "churn-prod" in ran.stdout


def test_a_policy_that_cannot_be_read_is_wrong_usage(tmp_path):
    ran = run(recording(tmp_path / "r", *day(3)), "--against", policy(tmp_path, "new", "route: {reciever: x}\n"))
    assert ran.exit_code == 2
    assert "new.yaml:5:9" in ran.stderr
    assert ran.stdout == ""


@pytest.mark.parametrize(
    ("hour", "zone", "night"),
    [
        (21, "UTC", False),
        (22, "UTC", True),
        (6, "UTC", True),
        (7, "UTC", False),
        (21, "Europe/Berlin", True),
        (6, "Europe/Berlin", False),
        (12, "Asia/Tokyo", False),
        (13, "Asia/Tokyo", True),
    ],
)
def test_night_is_from_ten_to_seven_by_the_clock_of_those_who_sleep(hour, zone, night):
    assert is_night(datetime(2026, 11, 20, hour, tzinfo=UTC), zone) is night
