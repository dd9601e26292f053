"""`kedge monitor lint` and `kedge monitor push`, as a person and as a program read them."""

import json
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner

from tests.unit.monitors.conftest import SMALL
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.monitor import document
from workbench.main import app

EXAMPLE = Path(__file__).parents[4] / "monitors" / "example.yaml"
VERSIONED = SMALL.replace("kind: Monitors\n", 'kind: Monitors\nname: ours\nversion: "7"\n')
BROKEN = SMALL + "    schedule: hourly\n"
OUTPUTS = {
    "TableName": "kedge-table",
    "IntakeFunctionName": "kedge-intake",
    "PolicyApplicationId": "k3dg3aa",
    "PolicyEnvironmentId": "pr0denv",
    "MonitorsProfileId": "m0n1t0r",
    "PolicyStrategyId": "a11once",
}
WHOSE = {"ApplicationId": "k3dg3aa", "ConfigurationProfileId": "m0n1t0r"}


def run(*words: str):
    return CliRunner().invoke(app, ["monitor", *map(str, words)])


def write(folder: Path, text: str) -> Path:
    file = folder / "monitors.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_example_is_sound_without_a_note():
    result = run("lint", EXAMPLE)
    assert (result.exit_code, result.stdout) == (0, f"{EXAMPLE}: sound, example@1\n")


def test_each_fault_is_printed_with_its_place_and_its_fix(tmp_path):
    file = write(tmp_path, BROKEN)
    result = run("lint", file)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{file}:8:15: 'hourly' is not a schedule",
        "        schedule: hourly",
        "                  ^",
        "    write one such as cron(0 * ? * * *), rate(1 hour) or 15m",
        "",
        f"{file}: 1 fault",
    ]


def test_a_program_gets_one_object_for_each_file(tmp_path):
    file = write(tmp_path, BROKEN)
    result = run("lint", EXAMPLE, file, "--json")
    sound, broken = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 1
    assert (sound["sound"], sound["name"], sound["version"], sound["faults"]) == (True, "example", "1", [])
    assert (broken["sound"], broken["faults"][0]["line"], broken["faults"][0]["column"]) == (False, 8, 15)


def test_a_file_that_does_not_exist_is_exit_code_two(tmp_path):
    assert run("lint", tmp_path / "none.yaml").exit_code == 2
    assert run("push", tmp_path / "none.yaml").exit_code == 2


def test_a_disk_that_fails_is_exit_code_two(monkeypatch):
    def broken_disk(_file):
        raise OSError(5, "Input/output error", str(EXAMPLE))

    monkeypatch.setattr(document, "monitors_reading_of", broken_disk)
    result = run("lint", EXAMPLE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"kedge monitor lint: {EXAMPLE} cannot be read: Input/output error\n"


class Stack:
    """A stack that was found, whose AppConfig a test answers for."""

    def __init__(self, client):
        self.outputs, self._client = OUTPUTS, client

    def client(self, _service):
        return self._client


@pytest.fixture
def found(monkeypatch):
    client = boto3.client("appconfig", region_name="us-east-1")
    monkeypatch.setattr(document, "DeployedStack", lambda *_: Stack(client))
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def publishes(stubber, text: str):
    label = {"VersionLabel": "ours@7"}
    stubber.add_response("list_hosted_configuration_versions", {"Items": []}, WHOSE | label)
    wanted = WHOSE | label | {"Content": text.encode(), "ContentType": "application/yaml"}
    stubber.add_response("create_hosted_configuration_version", {"VersionNumber": 3}, wanted)
    place = {"ApplicationId": "k3dg3aa", "EnvironmentId": "pr0denv"}
    started = place | {
        "ConfigurationProfileId": "m0n1t0r",
        "ConfigurationVersion": "3",
        "DeploymentStrategyId": "a11once",
    }
    stubber.add_response("start_deployment", {"DeploymentNumber": 4, "State": "DEPLOYING"}, started)
    stubber.add_response("get_deployment", {"State": "COMPLETE"}, place | {"DeploymentNumber": 4})


def test_a_document_is_published_to_the_profile_of_monitors(tmp_path, found):
    publishes(found, VERSIONED)
    result = run("push", write(tmp_path, VERSIONED), "--stack", "kedge-prod")
    assert result.exit_code == 0
    assert result.stdout == ("ours@7 is deployed to kedge-prod, as version 3; its monitors run within two minutes\n")


def test_a_program_gets_the_numbers_of_the_deployment(tmp_path, found):
    publishes(found, VERSIONED)
    result = run("push", write(tmp_path, VERSIONED), "--json")
    assert json.loads(result.stdout) == {"monitors": "ours@7", "version": 3, "deployment": 4}


def test_a_broken_document_is_refused_before_aws_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(document, "DeployedStack", DeployedStack)  # which would fail: there is no AWS here
    result = run("push", write(tmp_path, BROKEN))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "'hourly' is not a schedule" in result.stderr
    assert result.stderr.endswith("kedge monitor push: nothing was published\n")


def test_what_the_stacks_own_check_says_is_shown(tmp_path, found):
    found.add_response("list_hosted_configuration_versions", {"Items": []})
    found.add_response("create_hosted_configuration_version", {"VersionNumber": 3})
    found.add_client_error(
        "start_deployment",
        "BadRequestException",
        modeled_fields={"Details": {"InvalidConfiguration": [{"Type": "LAMBDA", "Reason": "monitors.yaml: 1 fault"}]}},
    )
    result = run("push", write(tmp_path, VERSIONED))
    assert result.exit_code == 1
    assert "monitors.yaml: 1 fault" in result.stderr


def test_a_refusal_of_aws_is_exit_code_three(tmp_path, found):
    found.add_client_error("list_hosted_configuration_versions", "AccessDeniedException")
    result = run("push", write(tmp_path, VERSIONED))
    assert (result.exit_code, result.stdout) == (3, "")
    assert "AccessDeniedException" in result.stderr


def test_a_stack_without_a_profile_for_monitors_is_exit_code_two(tmp_path, found, monkeypatch):
    monkeypatch.delitem(OUTPUTS, "MonitorsProfileId")
    result = run("push", write(tmp_path, VERSIONED))
    assert result.exit_code == 2
    assert "it is older than monitors are; deploy a newer release" in result.stderr
