"""What AppConfig hands out, and what the table keeps of it."""

import io

import pytest
from botocore.response import StreamingBody

from kedge.adapters.appconfig import AppConfigDocuments, Profile
from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.table import Table
from kedge.domain.errors import Conflict, Permanent, Transient
from kedge.ports.storage import Published

PROFILE = Profile(application="kedge", environment="prod", profile="policy")
BEGIN = {
    "ApplicationIdentifier": "kedge",
    "EnvironmentIdentifier": "prod",
    "ConfigurationProfileIdentifier": "policy",
    "RequiredMinimumPollIntervalInSeconds": 15,
}
GET = "get_latest_configuration"


class Seconds:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Seconds()


@pytest.fixture
def appconfig(stubbed, clock):
    client, stubber = stubbed("appconfigdata")
    return AppConfigDocuments(client, PROFILE, clock), stubber


def began(stubber, handed="first"):
    stubber.add_response("start_configuration_session", {"InitialConfigurationToken": handed}, BEGIN)


def gets(stubber, token, following, data=b"", **more):
    body = {"Configuration": StreamingBody(io.BytesIO(data), len(data)), "NextPollConfigurationToken": following}
    stubber.add_response(GET, body | {"NextPollIntervalInSeconds": 15} | more, {"ConfigurationToken": token})


def test_the_newest_is_handed_out_once_and_known_from_then_on(appconfig, clock):
    policies, stubber = appconfig
    began(stubber)
    gets(stubber, "first", "second", b"one", VersionLabel="release-7")
    assert policies.newest() == Published(b"one", "release-7")
    clock.now += 60
    gets(stubber, "second", "third")
    assert policies.newest() == Published(b"one", "release-7")
    clock.now += 60
    gets(stubber, "third", "fourth", b"two")
    assert policies.newest() == Published(b"two")


def test_appconfig_is_asked_no_sooner_than_it_wants(appconfig, clock):
    policies, stubber = appconfig
    began(stubber)
    gets(stubber, "first", "second", b"one", NextPollIntervalInSeconds=40)
    assert policies.newest() == Published(b"one")
    clock.now += 39
    assert policies.newest() == Published(b"one")
    clock.now += 1
    gets(stubber, "second", "third", b"two")
    assert policies.newest() == Published(b"two")


def test_where_nothing_was_deployed_there_is_none(appconfig):
    policies, stubber = appconfig
    stubber.add_client_error("start_configuration_session", "ResourceNotFoundException", http_status_code=404)
    assert policies.newest() is None


def test_where_nothing_was_deployed_yet_the_next_look_may_find_something(appconfig):
    policies, stubber = appconfig
    began(stubber)
    stubber.add_client_error(GET, "ResourceNotFoundException", http_status_code=404)
    assert policies.newest() is None
    began(stubber, "again")
    gets(stubber, "again", "more", b"one")
    assert policies.newest() == Published(b"one")


def test_a_session_that_never_had_anything_has_none(appconfig):
    policies, stubber = appconfig
    began(stubber)
    gets(stubber, "first", "second")
    assert policies.newest() is None


@pytest.mark.parametrize(("code", "error"), [("ThrottlingException", Transient), ("BadRequestException", Permanent)])
def test_a_token_that_failed_is_not_used_again(appconfig, clock, code, error):
    policies, stubber = appconfig
    began(stubber)
    gets(stubber, "first", "second", b"one")
    policies.newest()
    clock.now += 60
    stubber.add_client_error(GET, code, expected_params={"ConfigurationToken": "second"})
    with pytest.raises(error):
        policies.newest()
    began(stubber, "again")
    gets(stubber, "again", "more", b"two")
    assert policies.newest() == Published(b"two")


def item(body, version):
    return {
        "pk": {"S": "POLICY"},
        "sk": {"S": "KEPT"},
        "kind": {"S": "policy"},
        "version": {"N": str(version)},
        "body": {"S": body},
    }


@pytest.fixture
def shelf(stubbed):
    client, stubber = stubbed("dynamodb")
    return DynamoStoredDocument(Table(client, "kedge")), stubber


def test_an_empty_shelf_has_no_text(shelf):
    kept, stubber = shelf
    stubber.add_response("get_item", {})
    assert kept.load() == (None, 0)


def test_what_was_kept_is_found_with_its_version(shelf):
    kept, stubber = shelf
    stubber.add_response(
        "get_item",
        {"Item": item("{}", 3)},
        {"TableName": "kedge", "Key": {"pk": {"S": "POLICY"}, "sk": {"S": "KEPT"}}, "ConsistentRead": True},
    )
    assert kept.load() == ("{}", 3)


def test_a_text_is_kept_over_the_one_that_was_read(shelf):
    kept, stubber = shelf
    expected = {
        "TableName": "kedge",
        "Item": item("{}", 4),
        "ConditionExpression": "#version = :over",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":over": {"N": "3"}},
    }
    stubber.add_response("put_item", {}, expected)
    kept.keep("{}", 3)
    stubber.add_client_error("put_item", "ConditionalCheckFailedException")
    with pytest.raises(Conflict):
        kept.keep("{}", 3)
