"""Bodies to a queue, in batches that SQS takes."""

import pytest

from kedge.adapters.messaging.queues import QueueBacklog, SqsQueue
from kedge.domain.errors import Permanent

URL = "https://sqs.us-east-1.amazonaws.com/111122223333/effects"


@pytest.fixture
def sqs(stubbed):
    client, stubber = stubbed("sqs")
    return SqsQueue(client, URL), stubber


def batch(*bodies):
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    return {"QueueUrl": URL, "Entries": entries}


def taken(*failed):
    return {"Successful": [], "Failed": [{"Id": str(number), "SenderFault": False, "Code": "x"} for number in failed]}


def test_nothing_is_sent_of_nothing(sqs):
    queue, _ = sqs
    assert queue.send({}) == set()


def test_bodies_go_in_tens(sqs):
    queue, stubber = sqs
    bodies = {f"effect/{number}": f"body {number}" for number in range(12)}
    stubber.add_response("send_message_batch", taken(), batch(*(f"body {number}" for number in range(10))))
    stubber.add_response("send_message_batch", taken(), batch("body 10", "body 11"))
    assert queue.send(bodies) == set()


def test_a_batch_is_no_larger_than_sqs_takes(sqs):
    queue, stubber = sqs
    half = "ä" * 70_000  # two bytes each
    stubber.add_response("send_message_batch", taken(), batch(half))
    stubber.add_response("send_message_batch", taken(), batch(half, "small"))
    assert queue.send({"a": half, "b": half, "c": "small"}) == set()


def test_those_that_were_not_taken_are_named(sqs):
    queue, stubber = sqs
    stubber.add_response("send_message_batch", taken(1))
    assert queue.send({"a": "1", "b": "2", "c": "3"}) == {"b"}


def test_a_throttled_batch_was_not_taken_and_the_next_one_is_tried(sqs):
    queue, stubber = sqs
    bodies = {str(number): "x" for number in range(11)}
    stubber.add_client_error("send_message_batch", "RequestThrottled", "Rate exceeded", 403)
    stubber.add_response("send_message_batch", taken())
    assert queue.send(bodies) == {str(number) for number in range(10)}


def test_a_queue_that_is_gone_is_permanent(sqs):
    queue, stubber = sqs
    stubber.add_client_error("send_message_batch", "AWS.SimpleQueueService.NonExistentQueue", "gone", 400)
    with pytest.raises(Permanent):
        queue.send({"a": "1"})


def test_the_backlog_of_a_queue_is_what_can_be_received_now(stubbed):
    client, stubber = stubbed("sqs")
    asked = {"QueueUrl": URL, "AttributeNames": ["ApproximateNumberOfMessages"]}
    stubber.add_response("get_queue_attributes", {"Attributes": {"ApproximateNumberOfMessages": "7"}}, asked)
    assert QueueBacklog(client, URL).waiting() == 7
