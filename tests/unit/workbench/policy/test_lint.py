"""`kedge policy lint`, as a person and as a program reads it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kedge.domain.errors import MalformedPolicy
from workbench.cli.policy_files import policy_in
from workbench.main import app

ROOT = Path(__file__).parents[4]
DEFAULT = ROOT / "policies" / "default.yaml"
BROKEN = DEFAULT.read_text(encoding="utf-8").replace("receiver: ml-oncall\n  #", "receiver: ml-oncal\n  #")


def lint(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["policy", "lint", *map(str, arguments)])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    file = tmp_path / "broken.yaml"
    file.write_text(BROKEN.replace("reopen_within: 6h", "reopen_within: 6"), encoding="utf-8")
    return file


def test_a_sound_policy_is_called_so_with_its_name_and_version():
    result = lint(DEFAULT)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{DEFAULT}: sound, default@3\n", "")


def test_every_fault_is_shown_with_its_line_and_counted(broken):
    result = lint(DEFAULT, broken)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == f"{DEFAULT}: sound, default@3"
    first = lines[1:5]
    assert first[0].startswith(f"{broken}:")
    assert first[0].endswith(": '6' is not a duration")
    assert first[1] == "      reopen_within: 6"
    assert first[2] == "                     ^"
    assert first[3] == "    write a number and a unit, such as 30s, 5m, 1h30m or 7d"
    assert "    did you mean ml-oncall?" in lines
    # The receiver that is there now has no route.
    assert lines[-1] == f"{broken}: 2 faults, 1 note"


def test_a_program_gets_a_line_of_json_for_each_file(broken):
    result = lint("--json", DEFAULT, broken)
    assert result.exit_code == 1
    sound, other = map(json.loads, result.stdout.splitlines())
    assert sound == {"file": str(DEFAULT), "sound": True, "name": "default", "version": "3", "faults": [], "notes": []}
    assert other["sound"] is False
    assert [fault["mend"] for fault in other["faults"]][-1] == "did you mean ml-oncall?"
    source = broken.read_text(encoding="utf-8").splitlines()
    for fault in other["faults"]:
        assert set(fault) == {"line", "column", "why", "mend", "source"}
        assert fault["source"] == source[fault["line"] - 1]


def test_notes_alone_are_no_fault(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text("apiVersion: kedge/v1\nreceivers: [{name: a}, {name: b}]\nroute: {receiver: a}\nversion: 1\n")
    result = lint(file)
    assert result.exit_code == 0
    assert f"{file}:2:31: note: no route names 'b'" in result.stdout
    assert result.stdout.endswith(f"{file}: sound, default@1, 1 note\n")


def test_tests_of_policies_are_left_to_the_command_that_reads_them():
    result = lint("--json", DEFAULT, DEFAULT.with_name("default.test.yaml"))
    assert result.exit_code == 0
    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == [str(DEFAULT)]
    assert result.stderr.endswith("default.test.yaml: tests, which `kedge policy test` reads\n")


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path):
    result = lint(tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert result.stdout == ""


def test_a_file_that_cannot_be_read_is_told_in_a_sentence(monkeypatch):
    def broken_disk(file: Path) -> None:
        raise OSError(5, "Input/output error", str(file))

    monkeypatch.setattr("workbench.cli.policy.lint.reading_of", broken_disk)
    result = lint(DEFAULT)
    assert result.exit_code == 2
    assert result.stderr == f"kedge policy lint: {DEFAULT} cannot be read: Input/output error\n"


def test_what_is_printed_has_no_colour_where_none_is_wanted(broken):
    result = CliRunner().invoke(app, ["policy", "lint", str(broken)], env={"NO_COLOR": "1", "FORCE_COLOR": "1"})
    assert "\x1b[3" not in result.stdout


def test_brackets_in_a_policy_are_no_markup(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text("'[bold]x[/red]': 1\n")
    assert "'[bold]x[/red]' is not a key here" in lint(file).stdout


def test_a_policy_that_is_asked_for_comes_compiled_or_with_all_its_faults(broken):
    assert policy_in(DEFAULT).label == "default@3"
    with pytest.raises(MalformedPolicy) as refused:
        policy_in(broken)
    assert refused.value.path.startswith(f"{broken}:")
    assert str(refused.value).count(f"{broken}:") == 2
    assert "did you mean ml-oncall?" in str(refused.value)


def test_a_policy_that_is_not_there_is_refused_with_its_name(tmp_path):
    with pytest.raises(MalformedPolicy, match="No such file"):
        policy_in(tmp_path / "none.yaml")


def test_a_file_without_end_is_refused_as_too_large():
    with pytest.raises(MalformedPolicy, match="larger than 256 kB"):
        policy_in(Path("/dev/zero"))
