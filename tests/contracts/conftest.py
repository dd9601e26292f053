"""What the contracts are held against: fakes in memory, and the adapters on the local stack."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from kedge.aws.deliveries import DynamoDeliveries
from kedge.aws.ledger import DynamoLedger
from kedge.aws.table import Table
from tests.fakes.ledger import MemoryDeliveries, MemoryLedger
from workbench.stack.local_stack import LocalStack

BOTH = ["memory", pytest.param("aws", marks=pytest.mark.stack)]


@pytest.fixture(scope="package")
def stack() -> Iterator[LocalStack]:
    with LocalStack() as running:
        yield running


@pytest.fixture
def table(stack: LocalStack) -> Table:
    """An empty table with the keys that the template gives it."""
    name = f"kedge-{uuid4()}"
    stack.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return Table(stack.client("dynamodb"), name)


@pytest.fixture(params=BOTH)
def remembered(request: pytest.FixtureRequest) -> tuple[object, object]:
    """A ledger and its deliveries, once in memory and once in a table."""
    if request.param == "memory":
        ledger = MemoryLedger()
        return ledger, MemoryDeliveries(ledger)
    table = request.getfixturevalue("table")
    return DynamoLedger(table), DynamoDeliveries(table)


@pytest.fixture
def ledger(remembered):
    return remembered[0]


@pytest.fixture
def deliveries(remembered):
    return remembered[1]
