"""What relay carries, and what it leaves."""

import json

import pytest

from kedge.domain.errors import MalformedSignal
from kedge.services.dispatch import Dispatch
from kedge.services.relay import Relay
from kedge.services.workflow.start import WorkflowStarter
from tests.fakes.actions import MemoryActions
from tests.fakes.ledger import MemoryDeliveries, MemoryLedger
from tests.fakes.queue import MemoryQueue
from tests.fakes.reading import FakeAudience
from tests.fakes.workflows import MemoryWorkflows
from tests.support.ring import record


def test_bodies_are_carried_as_they_are():
    queue = MemoryQueue()
    assert Relay(queue).carry([record(1, "one"), record(2, '{"any": "thing"}')]) == ()
    assert queue.bodies == ["one", '{"any": "thing"}']


def test_what_the_queue_did_not_take_is_asked_for_again_in_order():
    queue = MemoryQueue()
    queue.refused = {f"{number:021}" for number in (3, 1)}
    left = Relay(queue).carry([record(number, str(number)) for number in range(5)])
    assert left == (f"{1:021}", f"{3:021}")
    assert queue.bodies == ["0", "2", "4"]


@pytest.mark.parametrize("image", [{}, {"body": {"N": "1"}}, {"body": {"S": ""}}])
def test_a_record_without_a_body_does_not_hold_up_the_stream_and_ends_with_the_dead_letters(image):
    queue = MemoryQueue()
    odd = {"dynamodb": {"SequenceNumber": "1", "NewImage": image}}
    assert Relay(queue).carry([odd, record(2, "two")]) == ()
    assert json.loads(queue.bodies[0]) == odd
    ledger = MemoryLedger()
    workflow_starter = WorkflowStarter(MemoryActions(ledger), MemoryWorkflows())
    with pytest.raises(MalformedSignal):
        Dispatch(
            MemoryDeliveries(ledger),
            {},
            "",
            lambda: pytest.fail("no time is needed"),
            workflow_starter,
            FakeAudience(),
            FakeAudience(),
        ).perform(queue.bodies[0], last=False)
