"""The built functions, each in its own execution environment, and on loopback the services that they call."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from kedge.ledger.items import INDEX
from tests.packaging.artifacts import FUNCTIONS, Artifacts, artifacts, references, variables
from tests.packaging.lambda_runtime import LambdaRuntime
from workbench.local_stack import environment
from workbench.local_stack.local_stack import LocalStack

type Physical = Mapping[str, str]


@pytest.fixture(scope="session")
def made() -> Artifacts:
    """Return the output of sam build for the template."""
    return artifacts()


@pytest.fixture(scope="session")
def services() -> Iterator[LocalStack]:
    """Yield a local stack without a deployment."""
    with LocalStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def physical(services: LocalStack) -> Physical:
    """Return the table, queues, topics and workflow of the functions' environments in the template, by logical id."""
    named = {name for function in FUNCTIONS for name in references(function)}
    return {name: _create(services, name) for name in named}


@pytest.fixture(scope="session")
def function(made: Artifacts, services: LocalStack, physical: Physical) -> Iterator[Callable[[str], LambdaRuntime]]:
    """Yield a starter of functions by name; it returns a function that already runs again."""
    reach = environment.CREDENTIALS | environment.served_by(services.sagemaker)
    reach |= {"AWS_ENDPOINT_URL": services.endpoint}
    with ExitStack() as running:
        started: dict[str, LambdaRuntime] = {}

        def start(name: str) -> LambdaRuntime:
            if name not in started:
                folder = made.function(name)
                one = LambdaRuntime(folder, made.path(folder), variables(name, physical) | reach, f"kedge-{name}")
                started[name] = running.enter_context(one)
            return started[name]

        yield start


def _create(stack: LocalStack, name: str) -> str:
    word = "-".join(re.findall(r"[A-Z][a-z]+", name)).lower()
    if name.endswith("Table"):
        own, index = (("pk", "HASH"), ("sk", "RANGE")), (("listed", "HASH"), ("at", "RANGE"))
        stack.client("dynamodb").create_table(
            TableName=word,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in own],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in (*own, *index)],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": INDEX,
                    "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in index],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        return word
    if name == "Remediation":
        return f"arn:aws:states:{environment.REGION}:{environment.ACCOUNT}:stateMachine:{word}"  # never started
    if name.startswith("Policy"):
        return word  # of AppConfig, and nothing is published there
    if name.endswith("Topic"):
        return str(stack.client("sns").create_topic(Name=word)["TopicArn"])
    return str(stack.client("sqs").create_queue(QueueName=word)["QueueUrl"])
