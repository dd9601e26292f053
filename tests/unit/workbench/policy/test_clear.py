"""`kedge policy clear`: what was published goes, so that the stack may."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from typer.testing import CliRunner

from tests.unit.workbench.policy.test_push import PLACE, WHOSE, Stack
from workbench.cli.policy import clear
from workbench.main import app


@pytest.fixture
def appconfig():
    client = boto3.client("appconfig", region_name="us-east-1")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def lists(stubber, *pages):
    for number, page in enumerate(pages):
        more = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
        asked = WHOSE | ({"NextToken": str(number)} if number else {})
        items = [{"VersionNumber": each} for each in page]
        stubber.add_response("list_hosted_configuration_versions", {"Items": items, **more}, asked)


def deletes(stubber, *numbers):
    for number in numbers:
        stubber.add_response("delete_hosted_configuration_version", {}, WHOSE | {"VersionNumber": number})


def test_every_version_of_every_page_is_deleted(appconfig):
    client, stubber = appconfig
    lists(stubber, (3, 2), (1,))
    deletes(stubber, 3, 2, 1)
    assert clear.deleted(client, PLACE) == (3, 2, 1)


def test_where_nothing_was_published_nothing_is_deleted(appconfig):
    client, stubber = appconfig
    lists(stubber, ())
    assert clear.deleted(client, PLACE) == ()


def test_a_refusal_is_raised(appconfig):
    client, stubber = appconfig
    lists(stubber, (1,))
    stubber.add_client_error("delete_hosted_configuration_version", "AccessDeniedException")
    with pytest.raises(ClientError):
        clear.deleted(client, PLACE)


@pytest.fixture
def deployed(monkeypatch, appconfig):
    client, stubber = appconfig
    monkeypatch.setattr(clear, "DeployedStack", lambda *_: Stack(client))
    return stubber


def test_the_command_says_what_it_deleted(deployed):
    lists(deployed, (1,))
    deletes(deployed, 1)
    ran = CliRunner().invoke(app, ["policy", "clear", "--stack", "kedge"])
    assert (ran.exit_code, ran.stdout) == (
        0,
        "1 published version deleted from kedge; the policy in force stays until the stack is deleted\n",
    )


def test_the_command_says_it_to_programs_in_json(deployed):
    lists(deployed, (2, 1))
    deletes(deployed, 2, 1)
    ran = CliRunner().invoke(app, ["policy", "clear", "--json"])
    assert (ran.exit_code, json.loads(ran.stdout)) == (0, {"versions": [2, 1]})


def test_what_aws_refuses_ends_with_3(deployed):
    deployed.add_client_error("list_hosted_configuration_versions", "AccessDeniedException")
    ran = CliRunner().invoke(app, ["policy", "clear"])
    assert ran.exit_code == 3
    assert "AccessDeniedException" in ran.stderr
