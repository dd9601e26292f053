"""What the table asks of DynamoDB."""

from datetime import UTC, datetime

import pytest
from botocore.stub import ANY

from kedge.adapters.dynamodb.table import Table
from kedge.domain.errors import Conflict, Transient
from kedge.ledger.items import Delete, Item, ItemKind, Key, Listed, Listing, Write

KEY = Key("INCIDENT#1", "INCIDENT")
AT = datetime(2026, 11, 20, 11, 10, tzinfo=UTC)
ITEM = Item(key=KEY, kind=ItemKind.INCIDENT, version=2, body="{}", expires_at=9, listed=Listed(Listing.OPEN, AT))
KEYS = {"pk": {"S": "INCIDENT#1"}, "sk": {"S": "INCIDENT"}}
ATTRIBUTES = {
    **KEYS,
    "kind": {"S": "incident"},
    "version": {"N": "2"},
    "body": {"S": "{}"},
    "expires_at": {"N": "9"},
    "listed": {"S": "incident/open"},
    "at": {"S": "2026-11-20T11:10:00.000000Z"},
}


@pytest.fixture
def dynamodb(stubbed):
    client, stubber = stubbed("dynamodb")
    return Table(client, "kedge"), stubber


def test_an_item_is_read_as_it_is_now(dynamodb):
    table, stubber = dynamodb
    stubber.add_response("get_item", {"Item": ATTRIBUTES}, {"TableName": "kedge", "Key": KEYS, "ConsistentRead": True})
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


def test_an_item_is_written_over_one_that_is_no_newer(dynamodb):
    table, stubber = dynamodb
    condition = {
        "ConditionExpression": "attribute_not_exists(pk) OR #version <= :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": ATTRIBUTES["version"]},
    }
    stubber.add_response("put_item", {}, {"TableName": "kedge", "Item": ATTRIBUTES, **condition})
    table.put(Write(item=ITEM, newest=True))


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
        table.change_all([Write(item=ITEM)])


@pytest.mark.parametrize(
    ("must_exist", "condition"), [(False, {}), (True, {"ConditionExpression": "attribute_exists(pk)"})]
)
def test_what_must_exist_is_taken_away_only_where_it_does(dynamodb, must_exist, condition):
    table, stubber = dynamodb
    asked = [{"Delete": {"TableName": "kedge", "Key": KEYS, **condition}}]
    stubber.add_response("transact_write_items", {}, {"TransactItems": asked, "ClientRequestToken": ANY})
    table.change_all([Delete(key=KEY, must_exist=must_exist)])


def many(number):
    return [Key(f"INCIDENT#{each}", "INCIDENT") for each in range(number)]


def asked_for(keys):
    each = [{"pk": {"S": key.pk}, "sk": {"S": key.sk}} for key in keys]
    return {"RequestItems": {"kedge": {"Keys": each, "ConsistentRead": True}}}


def test_many_items_are_read_a_hundred_at_a_time_and_each_once(dynamodb):
    table, stubber = dynamodb
    keys = many(150)
    answer = {"Responses": {"kedge": [ATTRIBUTES]}, "UnprocessedKeys": {}}
    stubber.add_response("batch_get_item", {"Responses": {"kedge": []}, "UnprocessedKeys": {}}, asked_for(keys[:100]))
    stubber.add_response("batch_get_item", answer, asked_for(keys[100:]))
    assert table.get_all(keys + keys) == {KEY: ITEM}


def test_what_dynamodb_left_out_is_asked_for_again(dynamodb):
    table, stubber = dynamodb
    keys = many(3)
    left = {"kedge": {"Keys": asked_for(keys[1:])["RequestItems"]["kedge"]["Keys"]}}
    stubber.add_response("batch_get_item", {"Responses": {"kedge": []}, "UnprocessedKeys": left}, asked_for(keys))
    stubber.add_response(
        "batch_get_item", {"Responses": {"kedge": [ATTRIBUTES]}, "UnprocessedKeys": {}}, asked_for(keys[1:])
    )
    assert table.get_all(keys) == {KEY: ITEM}


def test_a_table_that_answers_nothing_at_all_may_answer_later(dynamodb):
    table, stubber = dynamodb
    everything = asked_for(many(1))["RequestItems"]
    stubber.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": everything})
    with pytest.raises(Transient):
        table.get_all(many(1))


def test_the_newest_items_of_a_partition_are_read_and_given_in_their_order(dynamodb):
    table, stubber = dynamodb
    asked = {
        "TableName": "kedge",
        "KeyConditionExpression": "pk = :pk AND sk >= :since",
        "ExpressionAttributeValues": {":pk": {"S": KEY.pk}, ":since": {"S": "A"}},
        "ScanIndexForward": False,
        "Limit": 2,
    }
    before = {**ATTRIBUTES, "sk": {"S": "EARLIER"}}
    # DynamoDB may give fewer than the limit on a page, and more pages.
    stubber.add_response("query", {"Items": [ATTRIBUTES], "LastEvaluatedKey": KEYS}, asked)
    stubber.add_response("query", {"Items": [before]}, {**asked, "ExclusiveStartKey": KEYS})
    assert [item.key.sk for item in table.newest(KEY.pk, "A", 2)] == ["EARLIER", KEY.sk]


def test_nothing_is_asked_for_where_nothing_is_wanted(dynamodb):
    table, _ = dynamodb
    assert table.get_all([]) == {}


def test_the_index_is_asked_for_no_more_than_is_wanted(dynamodb):
    table, stubber = dynamodb
    entry = {**KEYS, "listed": {"S": "incident/open"}, "at": {"S": "2026-11-20T11:10:00.000000Z"}}
    stubber.add_response(
        "query",
        {"Items": [entry], "LastEvaluatedKey": entry},
        {
            "TableName": "kedge",
            "IndexName": "ByTime",
            "KeyConditionExpression": "listed = :listed AND #at BETWEEN :since AND :until",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {
                ":listed": {"S": "incident/open"},
                ":since": {"S": "0"},
                ":until": {"S": "2026-11-20T11:10:00.000000Z"},
            },
            "ScanIndexForward": False,
            "Limit": 1,
        },
    )
    assert table.listed(Listing.OPEN, 1, until=AT, newest_first=True) == [(KEY, AT)]


def tokens_of(*transactions, **how):
    """The tokens that are asked for, None where it is left to botocore to draw one."""
    seen = []

    class Client:
        def transact_write_items(self, **asked):
            seen.append(asked.get("ClientRequestToken"))
            return {}

    for changes in transactions:
        Table(Client(), "kedge").change_all(changes, **how)
    return seen


def test_the_same_changes_bear_the_same_token_and_others_another():
    first, again, other = tokens_of([Write(item=ITEM)], [Write(item=ITEM)], [Write(item=ITEM, over=1)])
    assert first == again != other
    assert len(first) <= 36


def test_of_two_who_must_not_both_succeed_neither_bears_a_token_that_the_other_could():
    assert tokens_of([Write(item=ITEM)], [Write(item=ITEM)], repeatable=False) == [None, None]
