"""What the table asks of DynamoDB."""

import pytest
from botocore.stub import ANY

from kedge.aws.table import Table
from kedge.errors import Conflict
from kedge.ledger.items import Item, Key, Kind, Write

KEY = Key("INCIDENT#1", "INCIDENT")
ITEM = Item(key=KEY, kind=Kind.INCIDENT, version=2, body="{}", expires_at=9)
ATTRIBUTES = {
    "pk": {"S": "INCIDENT#1"},
    "sk": {"S": "INCIDENT"},
    "kind": {"S": "incident"},
    "version": {"N": "2"},
    "body": {"S": "{}"},
    "expires_at": {"N": "9"},
}


@pytest.fixture
def dynamodb(stubbed):
    client, stubber = stubbed("dynamodb")
    return Table(client, "kedge"), stubber


def test_an_item_is_read_as_it_is_now(dynamodb):
    table, stubber = dynamodb
    key = {"pk": {"S": "INCIDENT#1"}, "sk": {"S": "INCIDENT"}}
    stubber.add_response("get_item", {"Item": ATTRIBUTES}, {"TableName": "kedge", "Key": key, "ConsistentRead": True})
    assert table.get(KEY) == ITEM


def test_what_is_not_there_is_none(dynamodb):
    table, stubber = dynamodb
    stubber.add_response("get_item", {})
    assert table.get(KEY) is None


@pytest.mark.parametrize(
    ("over", "condition"),
    [
        (None, {}),
        (0, {"ConditionExpression": "attribute_not_exists(pk)"}),
        (
            7,
            {
                "ConditionExpression": "#version = :over",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":over": {"N": "7"}},
            },
        ),
    ],
)
def test_an_item_is_written_over_the_version_that_was_read(dynamodb, over, condition):
    table, stubber = dynamodb
    stubber.add_response("put_item", {}, {"TableName": "kedge", "Item": ATTRIBUTES, **condition})
    table.put(Write(item=ITEM, over=over))


def test_a_transaction_is_cancelled_by_another_version(dynamodb):
    table, stubber = dynamodb
    asked = {"TransactItems": [{"Put": {"TableName": "kedge", "Item": ATTRIBUTES}}], "ClientRequestToken": ANY}
    stubber.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        "Transaction cancelled",
        400,
        expected_params=asked,
        modeled_fields={"CancellationReasons": [{"Code": "ConditionalCheckFailed"}]},
    )
    with pytest.raises(Conflict):
        table.put_all([Write(item=ITEM)])


def tokens_of(*transactions):
    seen = []

    class Client:
        def transact_write_items(self, **asked):
            seen.append(asked["ClientRequestToken"])
            return {}

    for writes in transactions:
        Table(Client(), "kedge").put_all(writes)
    return seen


def test_the_same_writes_bear_the_same_token_and_others_another():
    first, again, other = tokens_of([Write(item=ITEM)], [Write(item=ITEM)], [Write(item=ITEM, over=1)])
    assert first == again != other
    assert len(first) <= 36
