"""`kedge policy push`: what is sound is published once, deployed, and waited for."""

import io
import json
from pathlib import Path

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from typer.testing import CliRunner

from kedge.policy.lint import read
from workbench.cli.connection import publishing
from workbench.cli.connection.stack import AwsRefused, DeployedStack
from workbench.cli.policy import push
from workbench.main import app

OUTPUTS = {
    "TableName": "kedge-table",
    "IntakeFunctionName": "kedge-intake",
    "PolicyApplicationId": "k3dg3aa",
    "PolicyEnvironmentId": "pr0denv",
    "PolicyProfileId": "p0l1cya",
    "PolicyStrategyId": "a11once",
}
PLACE = publishing.place_of(OUTPUTS, "kedge")
WHOSE = {"ApplicationId": "k3dg3aa", "ConfigurationProfileId": "p0l1cya"}
ASKED = {"ApplicationId": "k3dg3aa", "EnvironmentId": "pr0denv", "DeploymentNumber": 4}
TEXT = b"""\
apiVersion: kedge/v1
name: ours
version: "7"
receivers: [{name: ml-oncall}]
route: {receiver: ml-oncall}
"""
BROKEN = TEXT.replace(b"route: {receiver: ml-oncall}", b"route: {receiver: nobody}")


@pytest.fixture
def appconfig():
    client = boto3.client("appconfig", region_name="us-east-1")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def lists(stubber, *found):
    stubber.add_response(
        "list_hosted_configuration_versions", {"Items": list(found)}, WHOSE | {"VersionLabel": "ours@7"}
    )


def creates(stubber, number=3):
    wanted = WHOSE | {"Content": TEXT, "ContentType": "application/yaml", "VersionLabel": "ours@7"}
    stubber.add_response("create_hosted_configuration_version", {"VersionNumber": number}, wanted)


def starts(stubber, version=3):
    wanted = {
        "ApplicationId": "k3dg3aa",
        "EnvironmentId": "pr0denv",
        "ConfigurationProfileId": "p0l1cya",
        "ConfigurationVersion": str(version),
        "DeploymentStrategyId": "a11once",
    }
    stubber.add_response("start_deployment", {"DeploymentNumber": 4, "State": "DEPLOYING"}, wanted)


def goes(stubber, *states):
    for state in states:
        stubber.add_response("get_deployment", {"State": state}, ASKED)


def published(client, waits=None, text=TEXT):
    document = read(text, "policy.yaml").document
    return publishing.publish(client, PLACE, text, document, (waits if waits is not None else []).append)


def test_a_new_policy_is_published_deployed_and_waited_for(appconfig):
    client, stubber = appconfig
    waits = []
    lists(stubber)
    creates(stubber)
    starts(stubber)
    goes(stubber, "VALIDATING", "DEPLOYING", "BAKING", "COMPLETE")
    assert published(client, waits) == publishing.PublishedVersion(label="ours@7", version=3, deployment=4)
    assert waits == [1, 1, 1]


def kept(stubber, text):
    lists(stubber, {"VersionNumber": 2, "VersionLabel": "ours@7"})
    body = {"Content": StreamingBody(io.BytesIO(text), len(text)), "VersionNumber": 2}
    stubber.add_response("get_hosted_configuration_version", body, WHOSE | {"VersionNumber": 2})


def test_a_text_that_was_published_before_is_deployed_again(appconfig):
    client, stubber = appconfig
    kept(stubber, TEXT)
    starts(stubber, version=2)
    goes(stubber, "COMPLETE")
    assert published(client).version == 2


def test_another_text_under_the_same_version_is_refused_because_decisions_could_not_tell_them_apart(appconfig):
    client, stubber = appconfig
    kept(stubber, TEXT + b"# changed\n")
    with pytest.raises(publishing.NotSound, match="ours@7 was published before with another text"):
        published(client)


def test_what_the_stacks_own_check_says_is_shown(appconfig):
    client, stubber = appconfig
    lists(stubber)
    creates(stubber)
    stubber.add_client_error(
        "start_deployment",
        "BadRequestException",
        modeled_fields={"Details": {"InvalidConfiguration": [{"Type": "LAMBDA", "Reason": "policy.yaml: 1 fault"}]}},
    )
    with pytest.raises(publishing.NotSound, match=r"policy\.yaml: 1 fault"):
        published(client)


@pytest.mark.parametrize("state", ["ROLLED_BACK", "REVERTED", "ROLLING_BACK"])
def test_a_deployment_that_was_taken_back_is_told(appconfig, state):
    client, stubber = appconfig
    lists(stubber)
    creates(stubber)
    starts(stubber)
    goes(stubber, state)
    with pytest.raises(AwsRefused, match=f"deployment 4 ended as {state}"):
        published(client)


def test_a_deployment_is_waited_for_for_a_quarter_of_an_hour(appconfig):
    client, stubber = appconfig
    lists(stubber)
    creates(stubber)
    starts(stubber)
    goes(stubber, *["DEPLOYING"] * 901)
    with pytest.raises(AwsRefused, match="after 15 minutes"):
        published(client)


@pytest.mark.parametrize(
    ("name", "version", "label"),
    [
        ("ours", "7", "ours@7"),
        ("ours", "the first", r"sha256-[0-9a-f]{12}"),
        ("o" * 64, "7", r"sha256-[0-9a-f]{12}"),
        ("ours", "ä", r"sha256-[0-9a-f]{12}"),
    ],
)
def test_a_label_is_what_decisions_say_or_else_a_digest(name, version, label):
    text = TEXT.replace(b"name: ours", f"name: {name}".encode()).replace(b'"7"', f'"{version}"'.encode())
    document = read(text, "policy.yaml").document
    found = publishing.label_of(document, text)
    assert found == label or (label.startswith("sha256") and found.startswith("sha256-") and len(found) == 19)


class Stack:
    """A stack that was found, whose AppConfig a test answers for."""

    def __init__(self, client):
        self.outputs, self._client = OUTPUTS, client

    def client(self, service):
        assert service == "appconfig"
        return self._client


@pytest.fixture
def found(appconfig, monkeypatch):
    """The stack that the command finds."""
    client, stubber = appconfig
    monkeypatch.setattr(push, "DeployedStack", lambda *_: Stack(client))
    return stubber


def pushed(tmp_path: Path, text: bytes, *options: str):
    file = tmp_path / "policy.yaml"
    file.write_bytes(text)
    return CliRunner().invoke(app, ["policy", "push", str(file), *options])


def test_a_broken_policy_is_refused_before_anybody_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(push, "DeployedStack", DeployedStack)  # which would fail: there is no AWS here
    result = pushed(tmp_path, BROKEN)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no receiver 'nobody'" in result.stderr
    assert result.stderr.endswith("nothing was published\n")


TESTS = """\
apiVersion: kedge/v1
policy_files: [policy.yaml]
tests:
  - name: drift is told
    target: {endpoint: churn-prod}
    input:
      - {monitor: DataQuality, feature: age, limit: 0.1, values: "0.05x1 0.41"}
    expect:
      - {at: 2h, notify: [{receiver: RECEIVER, why: first_seen}]}
"""


def test_a_policy_whose_own_tests_fail_is_not_published(tmp_path, found):
    (tmp_path / "policy.test.yaml").write_text(TESTS.replace("RECEIVER", "somebody-else"))
    result = pushed(tmp_path, TEXT)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "its tests fail, and nothing was published" in result.stderr
    assert "drift is told" in result.stderr


def test_tests_that_cannot_be_played_keep_a_policy_from_being_published(tmp_path, found):
    (tmp_path / "policy.test.yaml").write_text("tests: [")
    result = pushed(tmp_path, TEXT)
    assert result.exit_code == 1
    assert "its tests cannot be played" in result.stderr


def test_a_policy_whose_own_tests_pass_is_published(tmp_path, found):
    (tmp_path / "policy.test.yaml").write_text(TESTS.replace("RECEIVER", "ml-oncall"))
    lists(found)
    creates(found)
    starts(found)
    goes(found, "COMPLETE")
    assert pushed(tmp_path, TEXT).exit_code == 0


def test_the_command_says_what_is_deployed_and_from_when_on_it_decides(tmp_path, found):
    lists(found)
    creates(found)
    starts(found)
    goes(found, "COMPLETE")
    result = pushed(tmp_path, TEXT, "--stack", "kedge-prod")
    assert result.exit_code == 0
    assert result.stdout == "ours@7 is deployed to kedge-prod, as version 3; it decides within two minutes\n"


def test_a_program_hears_the_same(tmp_path, found):
    lists(found)
    creates(found)
    starts(found)
    goes(found, "COMPLETE")
    result = pushed(tmp_path, TEXT, "--json")
    assert json.loads(result.stdout) == {"policy": "ours@7", "version": 3, "deployment": 4}


def test_aws_saying_no_is_exit_code_three(tmp_path, found):
    found.add_client_error("list_hosted_configuration_versions", "AccessDeniedException")
    result = pushed(tmp_path, TEXT)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "AccessDeniedException" in result.stderr


def test_a_deployment_that_is_under_way_is_exit_code_three(tmp_path, found):
    lists(found)
    creates(found)
    found.add_client_error("start_deployment", "ConflictException", "Deployment 3 is already in progress")
    result = pushed(tmp_path, TEXT)
    assert result.exit_code == 3
    assert "already in progress" in result.stderr


def test_a_stack_that_is_older_than_policies_is_told_apart(tmp_path, found, monkeypatch):
    monkeypatch.delitem(OUTPUTS, "PolicyProfileId")
    result = pushed(tmp_path, TEXT)
    assert result.exit_code == 2
    assert "deploy a newer release" in result.stderr
