"""A recording that leads out of its folder is refused by its path, and nothing of what it leads to is said."""

import os

import pytest

from tests.unit.workbench.recordings.build import signals
from workbench.cli.exits import Exit
from workbench.main import app
from workbench.recordings.plain import NotPlain, check

SECRET = "aws_secret_access_key = wJalrXUtnFEMI"
PARTS = [
    "policy.yaml",
    "signals.jsonl",
    "aws/sagemaker.DescribeProcessingJob.jsonl",
    "s3/reports/a/constraint_violations.json",
    "notes.txt",
]
FOLDERS = ["aws", "s3", "s3/reports"]


@pytest.fixture
def secret(tmp_path):
    """A folder that holds a file of keys, under each of the names that a recording has."""
    elsewhere = tmp_path / "elsewhere"
    for part in ("credentials", "sagemaker.DescribeProcessingJob.jsonl", "reports/x.json", "x.json"):
        path = elsewhere / part
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[default]\n{SECRET}\n")
    return elsewhere


def linked(folder, part, to):
    signals(folder, ['{"at": "2026-11-20T10:00:00Z", "event": {}}'])
    place = folder / part
    place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(to)
    return place


def run(capfd, *words):
    capfd.readouterr()
    with pytest.raises(SystemExit) as end:
        app([*map(str, words)])
    said = "".join(capfd.readouterr())
    return end.value.code, said


COMMANDS = [
    ("replay", "{}"),
    ("replay", "{}", "--json"),
    ("replay", "{}", "--policy", "policies/default.yaml", "--against", "policies/default.yaml"),
    ("policy", "explain", "--recording", "{}", "--signal", "1"),
    ("policy", "explain", "--event", "events/sns.alarm.minimal.json", "--recording", "{}"),
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("part", "to"),
    [*((part, "credentials") for part in PARTS), *((part, ".") for part in FOLDERS), ("policy.yaml", "nowhere")],
)
def test_a_link_in_a_recording_is_named_and_not_followed(tmp_path, secret, capfd, command, part, to):
    place = linked(tmp_path / "sent", part, secret / to)
    code, said = run(capfd, *(word.format(tmp_path / "sent") for word in command))
    assert code == Exit.USAGE
    assert f"{place} is a symbolic link" in said
    assert "secret" not in said
    assert "default]" not in said


def test_a_link_to_a_part_of_the_recording_itself_is_refused_like_any_other(tmp_path):
    folder = tmp_path / "sent"
    linked(folder, "policy.yaml", folder / "signals.jsonl")
    with pytest.raises(NotPlain, match=r"policy\.yaml is a symbolic link"):
        check(folder)


def test_what_is_no_regular_file_is_refused_before_anything_waits_for_it(tmp_path, capfd):
    folder = signals(tmp_path / "sent", [])
    os.mkfifo(folder / "policy.yaml")
    code, said = run(capfd, "replay", folder)
    assert code == Exit.USAGE
    assert "policy.yaml is neither a folder nor a regular file" in said


def test_the_folder_itself_may_be_a_link_since_its_user_named_it(tmp_path, capfd):
    signals(tmp_path / "sent", [])
    (tmp_path / "mine").symlink_to(tmp_path / "sent")
    assert run(capfd, "replay", tmp_path / "mine")[0] == Exit.DONE


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path):
    with pytest.raises(NotPlain, match="nowhere cannot be listed: No such file"):
        check(tmp_path / "nowhere")
