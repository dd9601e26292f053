"""A failed message comes again within seconds, and is tried for half an hour before it becomes a dead letter."""

from datetime import timedelta

import pytest

from kedge.domain.redelivery import RECEIVES, again_after, again_in
from tests.template.deployed import Deployed, role_statements


def hidden(stack: Deployed, queue: str) -> timedelta:
    return timedelta(seconds=stack.properties(queue)["VisibilityTimeout"])


@pytest.mark.parametrize(("queue", "least"), [("SignalsQueue", 30), ("EffectsQueue", 15)])
def test_a_fault_may_last_for_a_while_before_a_message_is_a_dead_letter(queue, least, stack):
    assert stack.properties(queue)["RedrivePolicy"]["maxReceiveCount"] == RECEIVES
    assert timedelta(minutes=least) <= again_after(RECEIVES - 1, hidden(stack, queue)) < timedelta(minutes=60)


@pytest.mark.parametrize("queue", ["SignalsQueue", "EffectsQueue"])
def test_a_fault_that_passes_costs_seconds(queue, stack):
    assert again_in(1, hidden(stack, queue)) <= timedelta(seconds=15)
    assert again_after(3, hidden(stack, queue)) < timedelta(minutes=2)


@pytest.mark.parametrize(
    ("function", "queue"), [("IntakeFunction", "SignalsQueue"), ("DispatchFunction", "EffectsQueue")]
)
def test_the_function_of_a_queue_may_ask_how_long_it_hides_a_message_and_change_that(function, queue, stack):
    allowed = {
        action
        for it in role_statements(stack, function)
        if f"${{{queue}.Arn}}" in it["Resource"]
        for action in it["Action"]
    }
    assert {"sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"} <= allowed
