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
    """Kedge, built as it would be for an account; in a folder of its own, so that nobody builds it meanwhile."""
    return Application(template=ROOT / "template.yaml", built=ROOT / ".kedge" / "tests")


@pytest.fixture(scope="session")
def ring(application: Application) -> Iterator[DeployedRing]:
    """The whole ring. A test takes targets of its own, and leaves it at rest, without faults and without dead letters."""
    with LocalStack() as stack:
        build(application, stack.environment)
        deploy(stack, application, PARAMETERS)
        ring = DeployedRing(stack)
        decide_by(ring, one_by_one())
        yield ring
        keep(ring)


@pytest.fixture(scope="session")
def all_there_is(ring: DeployedRing) -> None:
    """The story in which the ring asks for all there is. It decides by another policy from then on."""
    ask_for_all_there_is(ring)


@pytest.fixture
def one_road(ring: DeployedRing) -> Iterator[None]:
    """Only SageMaker's own events: with S3's, a run would be heard of by another road. All works again afterwards."""
    ring.tell_of_objects(yes=False)
    yield
    ring.stack.mend()
    ring.stack.server.control.clear_faults()
    ring.stack.send_events_to(ring.stack.bus.put_event)
    ring.tell_of_objects()
    # What a failed test left in the queues would be the next one's.
    assert not any(ring.settle().dead.values())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The story changes the policy of the ring, and what was asked for is judged when all have asked: both come last."""
    last = ("test_asking.py", "test_least_privilege.py")
    items.sort(key=lambda item: last.index(item.path.name) + 1 if item.path.name in last else 0)
