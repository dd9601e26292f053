"""One deployed ring for all tests of this folder: building, deploying and starting the functions takes most of the time."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.stack.asked import keep
from tests.stack.asking import ask_for_all_there_is
from tests.stack.deployed_ring import DeployedRing
from tests.stack.publishing import decide_by, one_by_one
from tests.stack.remedying import NAMED
from workbench.local_stack.deploy import Application, build, deploy
from workbench.local_stack.local_stack import ROOT, LocalStack

PARAMETERS: Final = {
    "AlertEmail": "oncall@example.com",
    "EnvironmentName": "test",
    "RunbookUrl": "https://runbooks.example.com/models",
    "SlackWorkspaceId": "T0000000000",
    "SlackChannelId": "C0000000000",
    **NAMED,
}


@pytest.fixture(scope="session")
def application(request: pytest.FixtureRequest) -> Application:
    """Return Kedge, built as it would be for an account; in its own folder, so that no other process builds it meanwhile."""
    return Application(template=ROOT / "template.yaml", built=ROOT / ".kedge" / "tests")


@pytest.fixture(scope="session")
def ring(application: Application) -> Iterator[DeployedRing]:
    """Yield the whole ring. A test uses its own targets, and leaves the ring at rest, without faults and without dead letters."""
    with LocalStack() as stack:
        build(application, stack.environment)
        deploy(stack, application, PARAMETERS)
        ring = DeployedRing(stack)
        decide_by(ring, one_by_one())
        yield ring
        keep(ring)


@pytest.fixture(scope="session")
def all_there_is(ring: DeployedRing) -> None:
    """Play the story with every call of the ring. The ring decides by another policy from then on."""
    ask_for_all_there_is(ring)


@pytest.fixture
def one_road(ring: DeployedRing) -> Iterator[None]:
    """Send only SageMaker's own events: S3's would report a run on a second path. Both work again afterwards."""
    ring.tell_of_objects(yes=False)
    yield
    ring.stack.mend()
    ring.stack.server.control.clear_faults()
    ring.stack.send_events_to(ring.stack.bus.put_event)
    ring.tell_of_objects()
    # Messages that a failed test left in the queues would disturb the next test.
    assert not any(ring.settle().dead.values())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move 2 groups to the end: the story changes the policy of the ring, and the judgement of calls needs all of them."""
    last = ("test_asking.py", "test_least_privilege.py")
    items.sort(key=lambda item: last.index(item.path.name) + 1 if item.path.name in last else 0)
