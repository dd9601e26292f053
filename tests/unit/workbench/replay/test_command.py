import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kedge.domain.redelivery import RECEIVES as MOST
from kedge.domain.redelivery import again_after
from tests.benchmarks.fleet import write
from workbench.main import app
from workbench.replay.delivering import RECEIVES, VISIBILITY

ROOT = Path(__file__).parents[4]
RECORDINGS = ROOT / "tests" / "recordings"
SMALLEST = "apiVersion: kedge/v1\nname: own\nreceivers: [{name: ml-oncall}]\nroute: {receiver: ml-oncall}\n"


def kedge(*arguments: str | Path, env: dict[str, str] | None = None):
    """Run the command as a shell would, without a terminal."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=env)


def test_results_go_to_standard_output_and_nothing_else_does():
    ran = kedge("replay", RECORDINGS / "drift-comes-stays-and-goes", "--json")
    assert ran.exit_code == 0
    assert ran.stderr == ""
    assert [json.loads(line)["decision"]["reason"] for line in ran.stdout.splitlines()] == [
        "first_seen",
        "still_firing",
        "resolved",
        "clean",
    ]


def test_an_object_has_the_keys_of_its_description_and_no_others():
    ran = kedge("replay", RECORDINGS / "drift-comes-stays-and-goes", "--json")
    told = json.loads(ran.stdout.splitlines()[0])
    assert list(told) == ["at", "signal", "ignored", "decision"]
    assert list(told["signal"]) == [
        "kind", "id", "target", "monitor", "verdict", "findings", "evidence", "provenance", "vouched",
    ]  # fmt: skip
    assert list(told["signal"]["provenance"]) == ["door", "voucher", "says"]
    assert list(told["decision"]) == ["incident", "reason", "effects", "policy"]
    assert list(told["decision"]["incident"]) == ["id", "state", "severity", "cause"]
    assert list(told["decision"]["effects"][0]) == ["kind", "receiver", "why"]


def test_people_read_what_happened_why_and_who_was_told():
    ran = kedge("replay", RECORDINGS / "drift-comes-stays-and-goes")
    assert ran.exit_code == 0
    assert "2026-11-20 10:13  churn-prod DataQuality  violated, 6 findings" in ran.stdout
    assert "first_seen: churn-dq found 6 violations" in ran.stdout
    assert "notified: ml-oncall" in ran.stdout
    assert ran.stdout.splitlines()[-2:] == [
        "4 signals: 1 first_seen, 1 still_firing, 1 resolved, 1 clean",
        "1 incident, 0 still open; 2 notifications",
    ]


def test_an_alarm_of_no_endpoint_is_named_once(tmp_path):
    event = (ROOT / "events" / "sns.alarm.minimal.json").read_text().replace("\n", " ")
    (tmp_path / "signals.jsonl").write_text(f'{{"at": "2026-11-20T10:13:00Z", "event": {event}}}\n')
    assert "2026-11-20 10:13  alarm churn-prod drift: tenure  alarm\n" in kedge("replay", tmp_path).stdout


def test_people_read_which_event_was_ignored():
    ran = kedge("replay", RECORDINGS / "events-that-are-nobodys-monitor")
    assert "2026-11-20 11:27  kmeans-1  ignored: unknown_source" in ran.stdout


def test_a_name_cannot_give_orders_to_the_terminal(tmp_path):
    event = {"AlarmName": "\x1b[2Jgone\u202e", "NewStateValue": "ALARM"}
    (tmp_path / "signals.jsonl").write_text(json.dumps({"at": "2026-11-20T10:00:00Z", "event": event}))
    ran = kedge("replay", tmp_path)
    assert ran.exit_code == 0
    assert "gone" in ran.stdout
    assert ran.stdout.replace("\n", "").isprintable()


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "xterm-256color"}])
def test_without_a_terminal_or_with_no_color_there_are_no_colours(env):
    assert "\x1b[3" not in kedge("replay", RECORDINGS / "drift-comes-stays-and-goes", env=env).stdout


def test_what_burns_is_red_and_what_is_over_is_not():
    env = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "NO_COLOR": ""}
    lines = kedge("replay", RECORDINGS / "drift-comes-stays-and-goes", env=env).stdout.splitlines()
    colours = [line.partition(" ")[0] for line in lines if " incident " in line and "was open" not in line]
    assert colours == ["\x1b[1;31m", "\x1b[1;31m", "\x1b[32m"]


@pytest.mark.parametrize("case", ["lines-that-cannot-be-read", "throttled-then-answered"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_what_could_not_be_handled_ends_in_failure_after_everything_was_played(case, form):
    ran = kedge("replay", RECORDINGS / case, *form)
    assert ran.exit_code == 1
    assert "first_seen" in ran.stdout


def test_a_fault_among_the_answers_is_noted_and_ends_in_failure(tmp_path):
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws" / "cloudwatch.DescribeAlarms.jsonl").write_text("not json\n")
    event = {"AlarmName": "x", "AlarmDescription": "", "NewStateValue": "ALARM"}
    (tmp_path / "signals.jsonl").write_text(json.dumps({"at": "2026-11-20T10:00:00Z", "event": event}) + "\n")
    ran = kedge("replay", tmp_path, "--json")
    assert ran.exit_code == 1
    assert json.loads(ran.stdout)["decision"]["reason"] == "first_seen"
    assert "aws/cloudwatch.DescribeAlarms.jsonl:1: $: not JSON" in ran.stderr


def test_a_policy_on_the_command_line_takes_the_place_of_the_recordings_own(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(SMALLEST + "evidence:\n  minimum_records: 5000\n")
    ran = kedge("replay", RECORDINGS / "a-policy-beside-it", "--policy", policy, "--json")
    assert [json.loads(line)["decision"]["reason"] for line in ran.stdout.splitlines()] == ["too_few_records"] * 2


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (SMALLEST + "evidence:\n  minimum_records: many\n", ":6:20: "),
        (SMALLEST + "nonsense: 1\n", ":5:1: "),
        ("a: [\n", ":2:1: "),
    ],
)
def test_a_policy_that_cannot_be_read_is_wrong_usage_with_its_place(tmp_path, text, where):
    policy = tmp_path / "policy.yaml"
    policy.write_text(text)
    ran = kedge("replay", RECORDINGS / "a-policy-beside-it", "--policy", policy)
    assert ran.exit_code == 2
    assert where in ran.stderr.replace("\n", "")
    assert ran.stdout == ""


@pytest.mark.parametrize("arguments", [["replay"], ["replay", "nowhere"], ["replay", "--nonsense"], ["nonsense"]])
def test_wrong_usage_ends_in_2_and_says_why(arguments):
    ran = kedge(*arguments)
    assert ran.exit_code == 2
    assert ran.stdout == ""
    assert ran.stderr != ""


def test_the_version_is_told():
    ran = kedge("--version")
    assert ran.exit_code == 0
    assert re.fullmatch(r"kedge \d+\.\d+\.\d+\n", ran.stdout)


def test_help_imports_no_part_of_aws():
    program = (
        "import sys, contextlib\n"
        "from workbench.main import app\n"
        "with contextlib.suppress(SystemExit):\n    app(['--help'])\n"
        "print([name for name in ('botocore', 'kedge.policy', 'workbench.replay') if name in sys.modules])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_a_replay_imports_no_http_stack_no_reader_of_yaml_and_no_rich(tmp_path):
    write(tmp_path, 1)
    program = (
        "import sys, contextlib\n"
        "from workbench.main import app\n"
        f"with contextlib.suppress(SystemExit):\n    app(['replay', {str(tmp_path)!r}, '--json'])\n"
        "print([name for name in ('boto3', 'botocore.model', 'urllib3', 'yaml', 'rich') if name in sys.modules])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_whoever_stops_reading_gets_no_traceback():
    replay = [
        sys.executable,
        "-m",
        "workbench.main",
        "replay",
        str(RECORDINGS / "reports-that-cannot-be-read"),
        "--json",
    ]
    command = f"{shlex.join(replay)} | head -n 1"
    ran = subprocess.run(["bash", "-c", command], cwd=ROOT, check=True, capture_output=True, text=True)
    assert ran.stderr == ""
    assert len(ran.stdout.splitlines()) == 1


def test_the_queue_of_a_replay_gives_up_no_later_than_the_queue_of_the_template():
    queue = re.search(r"\n  SignalsQueue:\n.*?(?=\n  \w)", (ROOT / "template.yaml").read_text(), re.DOTALL)
    assert queue is not None
    assert f"VisibilityTimeout: {VISIBILITY.total_seconds():.0f}\n" in queue[0]
    assert again_after(MOST - 1, VISIBILITY) >= (RECEIVES - 1) * VISIBILITY
    assert f"maxReceiveCount: {MOST}\n" in queue[0]
