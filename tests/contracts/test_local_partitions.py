"""IAM limits a role to partition keys of a table: the emulator's policies decide as those of AWS do."""

import contextlib
from uuid import uuid4

import boto3
import botocore.exceptions
import pytest

from tests.contracts.test_local_permissions import keys_of, statement
from workbench.local_stack import environment

pytestmark = pytest.mark.stack

ARN = "arn:aws:dynamodb:us-east-1:111122223333:table"
KEYS = "dynamodb:LeadingKeys"
WRITES = ["dynamodb:PutItem", "dynamodb:DeleteItem"]
READS = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]


def within(*keys):
    """Return the condition of the template: named partitions only, and never a request without a key."""
    return {"ForAllValues:StringLike": {KEYS: list(keys)}, "Null": {KEYS: "false"}}


def item(pk, sk="x"):
    return {"pk": {"S": pk}, "sk": {"S": sk}}


@pytest.fixture
def limited(stack, table):
    """Yield a table, and a maker of clients whose role allows some actions on some of its partitions."""
    with contextlib.ExitStack() as made:

        def of(actions, *keys, place=""):
            allowed = statement(actions, f"{ARN}/{table._name}{place}", within(*keys) if keys else None)
            more = {"region_name": environment.REGION, "endpoint_url": stack.endpoint}
            credentials = keys_of(stack, f"may-{uuid4()}", allowed)
            return made.enter_context(contextlib.closing(boto3.client("dynamodb", **more, **credentials)))

        yield table, of


def refuses():
    return pytest.raises(botocore.exceptions.ClientError, match="not authorized to perform")


def held(table):
    return sorted(each["pk"]["S"] for each in table._dynamodb.scan(TableName=table._name)["Items"])


def test_only_named_partitions_can_be_written_and_a_name_may_end_in_a_star(limited):
    table, of = limited
    client = of(WRITES, "CASE#*", "SILENCES")
    for pk in ("CASE#a", "CASE#", "SILENCES"):
        client.put_item(TableName=table._name, Item=item(pk))
    for pk in ("POLICY", "SILENCES2", "XCASE#a", "case#a"):
        with refuses():
            client.put_item(TableName=table._name, Item=item(pk))
    client.delete_item(TableName=table._name, Key=item("CASE#a"))
    with refuses():
        client.delete_item(TableName=table._name, Key=item("POLICY"))
    assert held(table) == ["CASE#", "SILENCES"]


def test_a_transaction_is_refused_whole_where_one_of_its_items_lies_in_another_partition(limited):
    table, of = limited
    client = of(WRITES, "CASE#*")

    def put(*keys):
        return [{"Put": {"TableName": table._name, "Item": item(pk)}} for pk in keys]

    for last in (put("POLICY"), [{"Delete": {"TableName": table._name, "Key": item("POLICY")}}]):
        with refuses():
            client.transact_write_items(TransactItems=[*put("CASE#a", "CASE#b"), *last])
    assert held(table) == []
    client.transact_write_items(TransactItems=put("CASE#a", "CASE#b"))
    assert held(table) == ["CASE#a", "CASE#b"]


def test_a_batch_is_refused_where_one_of_its_items_lies_in_another_partition(limited):
    table, of = limited
    client = of(["dynamodb:BatchWriteItem"], "CASE#*")
    puts = [{"PutRequest": {"Item": item(pk)}} for pk in ("CASE#a", "POLICY")]
    with refuses():
        client.batch_write_item(RequestItems={table._name: puts})
    client.batch_write_item(RequestItems={table._name: puts[:1]})
    assert held(table) == ["CASE#a"]


def test_reads_are_judged_by_the_partitions_that_they_name(limited):
    table, of = limited
    client = of(READS, "CASE#*")
    asked = {"ExpressionAttributeNames": {"#k": "pk"}, "TableName": table._name}

    def query(pk):
        values = {":a": {"S": "x"}, ":b": {"S": pk}}
        condition = "sk = :a AND #k = :b"
        return client.query(KeyConditionExpression=condition, ExpressionAttributeValues=values, **asked)

    client.get_item(TableName=table._name, Key=item("CASE#a"))
    client.batch_get_item(RequestItems={table._name: {"Keys": [item("CASE#a"), item("CASE#b")]}})
    assert query("CASE#a")["Items"] == []
    for call in (
        lambda: client.get_item(TableName=table._name, Key=item("POLICY")),
        lambda: client.batch_get_item(RequestItems={table._name: {"Keys": [item("CASE#a"), item("POLICY")]}}),
        lambda: query("POLICY"),
    ):
        with refuses():
            call()


def test_a_query_of_an_index_is_judged_by_the_key_of_the_index(limited):
    table, of = limited
    client = of(READS, "due", place="/index/ByTime")

    def listed(under):
        values = {":listed": {"S": under}}
        return client.query(
            TableName=table._name,
            IndexName="ByTime",
            KeyConditionExpression="listed = :listed",
            ExpressionAttributeValues=values,
        )

    assert listed("due")["Items"] == []
    with refuses():
        listed("notice")


def test_a_request_that_names_no_partition_is_refused_though_all_of_none_are_allowed(limited):
    table, of = limited
    with refuses():
        of(["dynamodb:Scan"], "CASE#*").scan(TableName=table._name)
    of(["dynamodb:Scan"]).scan(TableName=table._name)
