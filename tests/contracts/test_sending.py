"""Every channel and every queue delivers the same: in memory, and on SNS and SQS."""

import json
from uuid import uuid4

import pytest

from kedge.adapters.messaging.queues import SqsQueue
from kedge.adapters.messaging.topics import SnsTopic
from kedge.domain.errors import Permanent
from kedge.ports.channels import Message
from tests.contracts.conftest import BOTH
from tests.fakes.channels import MemoryChannel
from tests.fakes.queue import MemoryQueue


def new_queue(stack):
    return stack.client("sqs").create_queue(QueueName=f"q-{uuid4()}")["QueueUrl"]


def received(stack, url):
    """Return every body in a queue, in no order."""
    bodies = []
    while messages := stack.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in messages]
    return bodies


@pytest.fixture(params=BOTH)
def queue(request):
    """Return a queue, and a function that reads it."""
    if request.param == "memory":
        made = MemoryQueue()
        return made, lambda: made.bodies
    stack = request.getfixturevalue("stack")
    url = new_queue(stack)
    return SqsQueue(stack.client("sqs"), url), lambda: received(stack, url)


def test_every_body_that_was_taken_is_in_the_queue_as_it_was(queue):
    to, bodies = queue
    sent = {
        f"01a1/{number}/ml-oncall/mail": json.dumps({"n": number, "name": "größe \U0001f6a2"}) for number in range(23)
    }
    assert to.send(sent) == set()
    assert sorted(bodies()) == sorted(sent.values())


def test_large_bodies_are_taken_too(queue):
    to, bodies = queue
    sent = {str(number): str(number) * 100_000 for number in range(5)}
    assert to.send(sent) == set()
    assert sorted(bodies()) == sorted(sent.values())


def test_nothing_is_nothing(queue):
    to, bodies = queue
    assert to.send({}) == set()
    assert bodies() == []


@pytest.fixture(params=BOTH)
def channel(request):
    """Return a channel, and its output: (subject, body, attributes)."""
    if request.param == "memory":
        made = MemoryChannel()
        return made, lambda: [(sent.subject, sent.body, sent.attributes) for sent in made.sent]
    stack = request.getfixturevalue("stack")
    topic = stack.client("sns").create_topic(Name=f"t-{uuid4()}")["TopicArn"]
    url = new_queue(stack)
    asked = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    queue = asked["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    stack.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    stack.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)

    def heard():
        notes = [json.loads(body) for body in received(stack, url)]
        return [
            (
                note.get("Subject"),
                note["Message"],
                {name: value["Value"] for name, value in note.get("MessageAttributes", {}).items()},
            )
            for note in notes
        ]

    return SnsTopic(stack.client("sns"), topic), heard


def test_a_message_arrives_as_it_was_written(channel):
    to, heard = channel
    attributes = {"severity": "critical", "target": "churn-prod"}
    assert to.send(Message(body="größe drifted\n", subject="[CRITICAL] churn-prod", attributes=attributes))
    assert heard() == [("[CRITICAL] churn-prod", "größe drifted\n", attributes)]


def test_two_messages_have_two_ids(channel):
    to, _ = channel
    assert to.send(Message(body="one")) != to.send(Message(body="two"))


@pytest.mark.stack
def test_a_topic_that_is_gone_is_told(stack):
    with pytest.raises(Permanent):
        SnsTopic(stack.client("sns"), "arn:aws:sns:us-east-1:111122223333:gone").send(Message(body="x"))


@pytest.mark.stack
def test_a_queue_that_is_gone_is_told(stack):
    with pytest.raises(Permanent):
        SqsQueue(stack.client("sqs"), f"{stack.endpoint}/111122223333/gone").send({"a": "x"})
