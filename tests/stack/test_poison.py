"""Input that no function can read is kept as it came, and does not delay other input."""

import json

import pytest

from tests.stack.deployed_ring import SOON, alarm

pytestmark = pytest.mark.usefixtures("one_road")
POISON = ("{not json", '"a word"', "[1, 2]", "{}", '{"detail-type": 7}', '{"Records": []}', '{"AlarmName": null}')


@pytest.mark.parametrize("queue", ["Signals", "Effects"])
def test_what_no_function_can_read_is_kept_as_it_came_and_holds_up_nobody(queue, ring):
    sqs, url, target = ring.stack.client("sqs"), ring.outputs[f"{queue}QueueUrl"], f"beside-{queue.lower()}"
    with ring.hiding_for(SOON):
        for body in POISON[: len(POISON) // 2]:
            sqs.send_message(QueueUrl=url, MessageBody=body)
        ring.stack.bus.put_event(alarm(target))
        for body in POISON[len(POISON) // 2 :]:
            sqs.send_message(QueueUrl=url, MessageBody=body)
        ring.settle()
    assert len(ring.mails(target)) == 1
    letters = ring.letters(f"{queue}DeadLettersUrl")
    assert sorted(letter["Body"] for letter in letters) == sorted(POISON)
    for letter in letters:
        # The function reports it at once: an unreadable input stays unreadable. The queue, after 5 tries, does not report a reason.
        told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        assert told["fault"] == "MalformedSignal"
        assert told["path"].startswith("$")
        assert told["why"]


def test_what_cannot_even_be_kept_aside_becomes_a_dead_letter_of_the_queue_itself(ring):
    ring.stack.let_fail("kedge-dispatch", "sqs:SendMessage", "AccessDenied")
    with ring.hiding_for(1):
        ring.stack.client("sqs").send_message(QueueUrl=ring.outputs["EffectsQueueUrl"], MessageBody=POISON[0])
        ring.settle()
    assert [letter["Body"] for letter in ring.letters("EffectsDeadLettersUrl")] == [POISON[0]]


def test_a_direct_call_that_nobody_waits_for_and_that_cannot_be_read_is_kept_as_it_came(ring):
    ring.invoke_and_go({"nobodys": "event"})
    ring.until(lambda: ring.settle().dead["SignalsDeadLetters"])
    (letter,) = ring.letters("SignalsDeadLettersUrl")
    assert json.loads(letter["Body"])["requestPayload"] == {"nobodys": "event"}
