"""The implementations under contract: fakes in memory, and the adapters on the local stack."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from uuid import uuid4

import pytest

from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.agenda import DynamoAgenda
from kedge.adapters.dynamodb.deliveries import DynamoDeliveries
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.domain.action import WorkflowRequest
from kedge.ledger.items import INDEX, ItemKind, workflow_request_of
from tests.fakes.actions import MemoryActions
from tests.fakes.dynamodb import MemoryDynamoDB
from tests.fakes.ledger import MemoryDeliveries, MemoryLedger
from workbench.local_stack.local_stack import LocalStack

BOTH = ["memory", pytest.param("aws", marks=pytest.mark.stack)]


@pytest.fixture(scope="package")
def stack() -> Iterator[LocalStack]:
    with LocalStack() as running:
        yield running


@pytest.fixture
def table(stack: LocalStack) -> Table:
    """Return an empty table with the keys and the stream of the template."""
    name = f"kedge-{uuid4()}"
    stack.client("dynamodb").create_table(
        TableName=name,
        KeySchema=_keys("pk", "sk"),
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk", "listed", "at")],
        GlobalSecondaryIndexes=[
            {"IndexName": INDEX, "KeySchema": _keys("listed", "at"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return Table(stack.client("dynamodb"), name)


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


@pytest.fixture(params=["table", *BOTH])
def remembered(request: pytest.FixtureRequest) -> SimpleNamespace:
    """Return a ledger with its deliveries, agenda and actions: in memory, in a table in memory, and on the local stack.

    `carried` are the workflow requests that the relay would carry out.
    """
    if request.param == "memory":
        ledger = MemoryLedger()
        return SimpleNamespace(
            ledger=ledger,
            deliveries=MemoryDeliveries(ledger),
            agenda=ledger,
            actions=MemoryActions(ledger),
            carried=lambda: ledger.workflow_requests,
        )
    if request.param == "table":
        dynamodb = MemoryDynamoDB()
        return _in(Table(dynamodb, "kedge"), lambda: workflow_requests_of(dynamodb.records))
    table = request.getfixturevalue("table")
    return _in(table, lambda: carried_of(request.getfixturevalue("stack"), table))


def _in(table: Table, carried: Callable[[], list[WorkflowRequest]]) -> SimpleNamespace:
    return SimpleNamespace(
        ledger=DynamoLedger(table),
        deliveries=DynamoDeliveries(table),
        agenda=DynamoAgenda(table),
        actions=DynamoActions(table),
        carried=carried,
    )


def carried_of(stack: LocalStack, table: Table) -> list[WorkflowRequest]:
    """Return the workflow requests in a table's stream that pass the template's filter for the relay."""
    streams = stack.client("dynamodbstreams")
    stream = streams.list_streams(TableName=table._name)["Streams"][0]["StreamArn"]
    (shard,) = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    asked = {"StreamArn": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    records = streams.get_records(ShardIterator=streams.get_shard_iterator(**asked)["ShardIterator"])["Records"]
    return workflow_requests_of([(each["eventName"], each["dynamodb"].get("NewImage", {})) for each in records])


def workflow_requests_of(records: list[tuple[str, dict[str, dict[str, str]]]]) -> list[WorkflowRequest]:
    new = (image for event, image in records if event == "INSERT")
    found = (workflow_request_of(image["body"]["S"]) for image in new if image["kind"]["S"] == ItemKind.EFFECT)
    return [workflow_request for workflow_request in found if workflow_request is not None]


@pytest.fixture
def ledger(remembered):
    return remembered.ledger


@pytest.fixture
def deliveries(remembered):
    return remembered.deliveries


@pytest.fixture
def agenda(remembered):
    return remembered.agenda


@pytest.fixture
def actions(remembered):
    return remembered.actions


@pytest.fixture
def carried(remembered):
    return remembered.carried
