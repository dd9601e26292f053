"""Clients of boto3 that answer what a test tells them, and refuse what botocore's model of the service refuses."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

type Stubbed = tuple[object, Stubber]


@pytest.fixture
def stubbed() -> Iterator[Callable[[str], Stubbed]]:
    """Makes a client of a service and its stubber; afterwards everything that was prepared must have been asked for."""
    with ExitStack() as stubbers:
        made: list[Stubber] = []

        def make(service: str) -> Stubbed:
            client = boto3.client(service, region_name="us-east-1", config=Config(retries={"total_max_attempts": 1}))
            stubbers.callback(client.close)
            stubber = stubbers.enter_context(Stubber(client))
            made.append(stubber)
            return client, stubber

        yield make
        for stubber in made:
            stubber.assert_no_pending_responses()
