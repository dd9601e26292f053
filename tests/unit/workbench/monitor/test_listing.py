"""`kedge monitor list` and `kedge monitor show`: each monitor with all its values, from a file or from a stack."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kedge.domain.errors import Transient
from kedge.monitors import lint
from kedge.monitors.definitions import MonitorDefinitions, compile_monitors
from kedge.monitors.spec import DefaultsSpec, MonitorSpec
from tests.unit.monitors.conftest import SMALL
from workbench.cli.connection.stack import NoSuchStack
from workbench.cli.monitor import listing
from workbench.main import app

EXAMPLE = Path(__file__).parents[4] / "monitors" / "example.yaml"


def run(*words: object):
    return CliRunner().invoke(app, ["monitor", *map(str, words)], env={"COLUMNS": "200"})


def test_the_list_has_a_line_for_each_monitor():
    result = run("list", "--file", EXAMPLE)
    head, *lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert head.split("  ")[0] == "name"
    assert [line.split()[0] for line in lines] == [
        "churn-data",
        "churn-quality",
        "search-data",
        "search-attribution",
        "invoices-data",
    ]
    assert "churn-prod (blue)" in lines[1]
    assert "model_quality, bias" in lines[1]


def test_a_program_gets_one_complete_object_for_each_monitor():
    result = run("list", "--file", EXAMPLE, "--json")
    first, quality, *_ = map(json.loads, result.stdout.splitlines())
    assert first["target"] == {"endpoint": "churn-prod"}
    assert (first["window"], first["offset"], first["mode"]) == ("1h", "15m", "promise")
    assert first["promise"] == {"false_pages": 1.0, "within": "26w"}
    assert first["next_due"].endswith(":15:00Z")
    assert quality["sources"]["bias"] == "churn-quality-bias"
    assert quality["ground_truth"] == {"prefix": "s3://example-labels/churn", "delay": "1d", "maximum_age": "2w"}


def test_one_monitor_is_shown_with_the_values_of_the_defaults():
    result = run("show", "churn-quality", "--file", EXAMPLE)
    rows = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert result.exit_code == 0
    assert rows["document"] == "example@1"
    assert rows["reports"] == "s3://example-reports/kedge"
    assert rows["types"] == "model_quality, bias"
    assert rows["promise.false_pages"] == "1"
    assert rows["bias.facets"] == "gender, age_group (18-25)"
    assert rows["schedule"] == "cron(0 0 ? * * *)"


def test_one_monitor_is_shown_to_programs():
    result = run("show", "invoices-data", "--file", EXAMPLE, "--json")
    found = json.loads(result.stdout)
    assert (found["target"], found["mode"]) == ({"batch_schedule": "invoices-nightly"}, "compatible")
    assert "promise" not in found


def test_each_key_of_a_monitor_is_shown():
    shown = set(listing.ShownMonitor.__struct_fields__)
    written = {*MonitorSpec.__struct_fields__, *DefaultsSpec.__struct_fields__} - {"baseline"}
    assert written <= shown


def test_a_name_that_does_not_exist_is_exit_code_two_with_the_nearest_name():
    result = run("show", "churn-date", "--file", EXAMPLE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "kedge monitor show: there is no monitor 'churn-date': did you mean churn-data?\n"


def test_a_file_with_faults_is_exit_code_one(tmp_path):
    file = tmp_path / "m.yaml"
    file.write_text(SMALL + "    widow: 1h\n")
    result = run("list", "--file", file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "did you mean window?" in result.stderr


def test_a_file_that_does_not_exist_is_exit_code_two(tmp_path):
    result = run("list", "--file", tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert "none.yaml cannot be read: No such file or directory" in result.stderr


class Stack:
    """A stack with the monitors of the small document."""

    def __init__(self, *_):
        reading = lint.read(SMALL, "m")
        assert reading.document is not None
        self.monitors = compile_monitors(reading.document)


def test_the_monitors_of_a_stack_are_those_in_force(monkeypatch):
    monkeypatch.setattr(listing, "DeployedStack", Stack)
    result = run("list", "--stack", "kedge-prod", "--json")
    assert [json.loads(line)["name"] for line in result.stdout.splitlines()] == ["churn"]


def test_a_stack_without_monitors_says_so(monkeypatch):
    monkeypatch.setattr(Stack, "__init__", lambda self, *_: setattr(self, "monitors", MonitorDefinitions()))
    monkeypatch.setattr(listing, "DeployedStack", Stack)
    assert run("list").stdout == "No monitor.\n"
    assert run("list", "--json").stdout == ""
    result = run("show", "churn")
    assert (result.exit_code, result.stderr) == (2, "kedge monitor show: there is no monitor 'churn': there are none\n")


@pytest.mark.parametrize(("error", "code"), [(NoSuchStack("no stack"), 2), (Transient("throttled"), 3)])
def test_a_stack_that_cannot_be_asked_has_its_exit_code(monkeypatch, error, code):
    def refuse(*_):
        raise error

    monkeypatch.setattr(listing, "DeployedStack", refuse)
    assert run("list").exit_code == code
