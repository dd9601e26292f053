"""`kedge policy explain`: of an event, of a signal of a recording, of an incident of the past."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kedge.domain.run import Verdict
from kedge.routing.pipeline import TELLING
from tests.fakes.deployed import MemoryStack
from tests.support.stories import drift
from tests.support.stories import run as a_run
from tests.unit.workbench.replay.calls import SMALLEST, call, recording
from workbench.main import app

RECORDINGS = Path(__file__).parents[3] / "recordings"
CASES = sorted(folder.name for folder in RECORDINGS.iterdir())


def explain(*arguments: str | Path):
    return CliRunner().invoke(app, ["policy", "explain", *map(str, arguments)])


def test_a_signal_of_a_recording_is_explained_by_what_lay_around_it():
    ran = explain("--recording", RECORDINGS / "a-silence-that-ends", "--signal", "2")
    assert ran.exit_code == 0
    assert "  silence               ml-oncall silenced by maintenance" in ran.stdout
    assert (
        "to change that: kedge silence expire maintenance (oncall (not proven): Backfill of the feature store)"
        in ran.stdout
    )


def test_an_endpoint_kept_quiet_by_its_alarm_says_by_which():
    ran = explain(
        "--recording", RECORDINGS / "a-critical-alarm-keeps-its-endpoints-drift-quiet", "--signal", "3", "--json"
    )
    told = json.loads(ran.stdout)
    assert [heard["step"] for heard in told["receivers"]] == ["inhibit"]
    assert told["receivers"][0]["change"].endswith("must be over first, or inhibit_rules[0] be another")
    assert [step["name"] for step in told["steps"]][-len(TELLING) :] == [step.__name__ for step in TELLING]


def test_a_target_of_a_problem_upstream_says_which_incident_speaks_for_it():
    ran = explain("--recording", RECORDINGS / "one-feature-on-three-endpoints-is-one-incident", "--signal", "4")
    assert "  suppress_upstream     ml-oncall upstream by" in ran.stdout


def test_without_a_number_the_last_signal_that_was_decided_on_is_explained():
    ran = explain("--recording", RECORDINGS / "drift-comes-stays-and-goes", "--json")
    assert json.loads(ran.stdout)["decision"]["reason"] == "clean"


@pytest.mark.parametrize("case", CASES)
def test_every_signal_of_every_recording_can_be_explained_as_it_was_decided(case):
    lines = (RECORDINGS / case / "signals.jsonl").read_text().splitlines()
    for number in range(1, len(lines) + 1):
        ran = explain("--recording", RECORDINGS / case, "--signal", str(number), "--json")
        assert "explained" not in ran.stderr
        assert ran.exit_code in (0, 1, 2), ran.output
        assert not ran.exception or isinstance(ran.exception, SystemExit), ran.exception


def test_an_event_is_explained_as_the_first_that_ever_came(tmp_path):
    event = tmp_path / "event.json"
    event.write_text(json.dumps(call("2026-11-20T10:00:00Z", "churn-prod", "age")["event"]))
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        SMALLEST + "route: {receiver: ml-oncall, mute_time_intervals: [always]}\n"
        "mute_time_intervals: [{name: always, time_intervals: [{weekdays: ['monday:sunday']}]}]\n"
    )
    ran = explain("--event", event, "--policy", policy, "--at", "2026-11-20T10:13:00Z")
    assert ran.exit_code == 0
    assert "first_seen: churn-prod-dq found 1 violation: no incident was open (policy own@1)" in ran.stdout
    assert "ml-oncall  not notified, at mute: muted by always" in ran.stdout


def test_an_event_that_is_ignored_says_so(tmp_path):
    event = tmp_path / "event.json"
    event.write_text('{"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification"}')
    ran = explain("--event", event)
    assert ran.exit_code == 0
    assert "ignored: unknown_source" in ran.stdout


@pytest.mark.parametrize(
    "arguments",
    [[], ["--labels", "a=b", "--incident", "x"], ["--recording", "nowhere"], ["--labels", "nonsense"]],
)
def test_wrong_usage_ends_in_2(arguments):
    assert explain(*arguments).exit_code == 2


def test_a_line_that_does_not_exist_is_wrong_usage(tmp_path):
    folder = recording(tmp_path, call("2026-11-20T10:00:00Z", "churn-prod", "age"))
    ran = explain("--recording", folder, "--signal", "7")
    assert ran.exit_code == 2
    assert "there is no such signal in line 7 of signals.jsonl" in ran.stderr


def test_an_incident_of_the_past_says_who_was_told_and_who_was_not_and_why(monkeypatch):
    stack = MemoryStack()
    monkeypatch.setattr("workbench.cli.policy.past.DeployedStack", lambda *_: stack)
    silence = {
        "id": "s1",
        "matchers": ['endpoint="churn-prod"'],
        "starts_at": (stack.now() - timedelta(hours=1)).isoformat(),
        "ends_at": (stack.now() + timedelta(hours=1)).isoformat(),
        "author": "oncall",
        "comment": "backfill",
    }
    stack.say("Silence Changed", {"silence": silence})
    decision = stack.intake.settle(a_run("10:00", Verdict.VIOLATED, drift("age"))).decision
    assert decision is not None
    assert decision.incident is not None
    ran = explain("--incident", decision.incident.id, "--json")
    assert ran.exit_code == 0, ran.stderr
    (entry,) = json.loads(ran.stdout)["decisions"]
    assert (entry["reason"], entry["told_now"]) == ("first_seen", [])
    assert entry["quiet"][0]["step"] == "silence"
    assert entry["quiet"][0]["change"].startswith("kedge silence expire s1 (user/oncall: backfill), or wait until ")
    assert json.loads(ran.stdout)["rules"]["severity"] == "no rule matches: a warning"
    text = explain("--incident", decision.incident.id).stdout
    assert "not notified, at silence: ml-oncall, silenced by s1" in text
